"""Values that fit a tool's input schema: the part of JSON Schema that pydantic writes."""

from typing import Any

from hypothesis import strategies as st

_FORMATS = {
    "date-time": st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
    "date": st.dates().map(lambda day: day.isoformat()),
}

_AWKWARD = "aZ0 '\"\\/?#%&@.:;,<>()[]{}\u200b\u202e\x00\né漢🛥"


def fitting(  # noqa: PLR0912 - a case for each kind of schema
    schema: dict[str, Any], root: dict[str, Any] | None = None
) -> st.SearchStrategy[Any]:
    """Values that fit the schema; `root` is where its references lead."""
    root = root or schema
    match schema:
        case {"$ref": str(reference)}:
            return fitting(root["$defs"][reference.rsplit("/", 1)[-1]], root)
        case {"const": value}:
            return st.just(value)
        case {"enum": list(values)}:
            return st.sampled_from(values)
        case {"anyOf": list(choices)} | {"oneOf": list(choices)}:
            return st.one_of(*(fitting(choice, root) for choice in choices))
        case {"type": "object", "properties": properties}:
            required = schema.get("required", [])
            members = {name: fitting(each, root) for name, each in properties.items()}
            return st.fixed_dictionaries(
                {name: each for name, each in members.items() if name in required},
                optional={name: each for name, each in members.items() if name not in required},
            )
        case {"type": "object"}:
            inner = schema.get("additionalProperties")
            values = fitting(inner, root) if isinstance(inner, dict) else st.text(max_size=10) | st.integers()
            return st.dictionaries(st.text(min_size=1, max_size=10), values, max_size=3)
        case {"type": "array"}:
            least, most = schema.get("minItems", 0), schema.get("maxItems", 4)
            items = fitting(schema.get("items", {}), root)
            return st.lists(items, min_size=least, max_size=max(least, min(most, 4)))
        case {"type": "string"}:
            return _strings(schema)
        case {"type": "integer"}:
            return st.integers(schema.get("minimum", -(2**40)), schema.get("maximum", 2**40))
        case {"type": "number"}:
            return st.floats(
                schema.get("minimum"), schema.get("maximum"), allow_nan=False, allow_infinity=False
            )
        case {"type": "boolean"}:
            return st.booleans()
        case {"type": "null"}:
            return st.none()
        case _:
            return st.text(max_size=10) | st.integers() | st.booleans()


def _strings(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    least, most = schema.get("minLength", 0), schema.get("maxLength", 10_000)
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    if "pattern" in schema:
        found = st.from_regex(schema["pattern"])
        return found.filter(lambda text: least <= len(text) <= most)
    # Mostly short, with what breaks out of quotes, paths and queries; now and then as long as allowed.
    awkward = st.text(st.sampled_from(_AWKWARD), min_size=least, max_size=max(least, 40))
    known = st.sampled_from(["..", "today", "a@b.example", "1", "*", "x" * most])
    return (awkward | known).filter(lambda text: least <= len(text) <= most)
