"""Writes the facts of descriptions of Graph, Azure DevOps and Azure's resource types beside this file.

    python -m tests.contract.distil FOLDER

FOLDER holds the descriptions, as tests/contract/README.md says. What is kept are facts: methods, paths,
parameters, names and types of properties, success codes, permissions. Prose is left out. The same folder
gives the same bytes.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.contract.corrections import correct, supplement

HERE = Path(__file__).parent
_WIDTH = 110
_KEPT = ("type", "format", "enum", "required", "minimum", "maximum", "minLength", "maxLength", "pattern")
_METHODS = ("get", "put", "post", "patch", "delete", "head")
_NAMESPACE = "microsoft.graph."


def main(folder: Path) -> None:
    """Write every file anew."""
    rows = _read(folder / "operations.json")["operations"]
    rules = [rule["id"] for rule in _read(folder / "devops" / "overlay.json")["rules"]]
    described = {
        api: {
            path.name.removesuffix(ending): _area(
                _read(path), [row for row in rows if row["spec"] == f"{api}/{path.name}"]
            )
            for path in sorted((folder / api).glob(f"*{ending}"))
        }
        for api, ending in (("graph", ".openapi.json"), ("devops", ".swagger.json"))
    }
    correct(described["devops"], rules)
    supplement(described)
    for api, areas in described.items():
        (HERE / api).mkdir(exist_ok=True)
        for stale in (HERE / api).glob("*.json"):
            stale.unlink()
        for name, area in areas.items():
            _write(HERE / api / f"{name}.json", area)
    _write(HERE / "permissions.json", _permissions(_read(folder / "permissions.json")))
    _write(HERE / "resource_types.json", _read(folder / "bicep" / "types.json"))


def _area(document: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The operations of a description, in the order of the list of operations, and their types."""
    types = document.get("definitions") or document["components"]["schemas"]
    operations = [_operation(document, row) for row in rows]
    described = sum(method in _METHODS for methods in _paths(document).values() for method in methods)
    if described != len(operations):
        raise SystemExit(f"{document['info']['title']}: {described} operations, {len(operations)} listed")
    return {
        "source": _source(document["info"]),
        "operations": operations,
        "types": {_short(name): _schema(each) for name, each in sorted(types.items())},
    }


def _source(info: dict[str, Any]) -> list[dict[str, str]]:
    """Where a description comes from, as it says itself."""
    given = info.get("x-slice-source") or info["x-source"]
    if isinstance(given, str):
        return [{"made": "by hand, from the code of Microsoft's clients"}]
    sources = [given] if "repo" in given else [each for each in given.values() if isinstance(each, dict)]
    return [
        {name: each[name] for name in ("repo", "path", "commit", "license") if name in each}
        for each in sources
        if "repo" in each
    ]


def _paths(document: dict[str, Any]) -> dict[str, Any]:
    return {**document["paths"], **document.get("x-ms-paths", {})}


def _operation(document: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    operation = _paths(document)[row["path"]][row["method"].lower()]
    if operation["operationId"] != row["id"]:
        raise SystemExit(f"{row['method']} {row['path']} is {operation['operationId']}, not {row['id']}")
    parameters = [_resolved(document, each) for each in operation.get("parameters", [])]
    facts = {
        "id": row["id"],
        "method": row["method"],
        "path": row["path"],
        "optional": row.get("optionalPathSegments"),
        "base": row["base"],
        "version": row.get("apiVersion"),
        "permissions": [each["name"] for each in row.get("permissions", row.get("scopes"))],
        **{place: {} for place in ("segments", "query", "header")},
        "required": [
            each["name"] for each in parameters if each.get("required") and each["in"] in ("query", "header")
        ],
        "body": _contents(operation.get("requestBody", {}), None),
        "answers": {
            code: _contents(answer, row.get("produces"))
            for code, answer in operation["responses"].items()
            if code.startswith(("2", "3"))
        },
    }
    for each in parameters:
        schema = _schema(each.get("schema", each))
        if each["in"] == "body":
            facts["body"] = {row["consumes"]: schema}
            continue
        schema.pop("required", None)
        if each["in"] != "path":
            facts[each["in"]][each["name"]] = schema
        elif schema != {"type": "string"}:
            facts["segments"][each["name"]] = schema
    return {name: value for name, value in facts.items() if value or name in ("permissions", "answers")}


def _contents(described: dict[str, Any], produces: list[str] | None) -> dict[str, Any]:
    """The schema of each media type of a body or an answer."""
    if "schema" in described:
        binary = described["schema"].get("format") == "Stream"
        return {
            kind: {} if binary and kind != "application/json" else _schema(described["schema"])
            for kind in produces or ["application/json"]
        }
    return {kind: _schema(each.get("schema", {})) for kind, each in described.get("content", {}).items()}


def _resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    found: Any = node
    if "$ref" in node:
        found = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
    return dict(found)


def _schema(node: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of one of OpenAPI or Swagger, without its prose."""
    if "$ref" in node:
        return _nullable({"$ref": "#/types/" + _short(node["$ref"].rpartition("/")[2])}, node)
    facts = {name: node[name] for name in _KEPT if name in node}
    parts = [_schema(each) for each in node.get("allOf", [])]
    if len(parts) == 1 and not facts and "properties" not in node:
        return _nullable(parts[0], node)
    for part in parts:
        # What a type adds to its base is part of the type.
        if "$ref" in part or part.get("type") == "array":
            facts.setdefault("allOf", []).append(part)
        else:
            facts = {**facts, **part}
    properties = {name: _schema(each) for name, each in node.get("properties", {}).items()}
    # Of these only the name is described.
    for part in (node, *node.get("allOf", [])):
        properties |= {name: {} for name in part.get("x-trimmed-navigation-properties", [])}
    properties = {**facts.pop("properties", {}), **properties}
    properties.pop("@odata.type", None)
    if properties:
        facts["properties"] = dict(sorted(properties.items()))
    if "items" in node:
        facts["items"] = _schema(node["items"])
    if "additionalProperties" in node:
        more = node["additionalProperties"]
        facts["additionalProperties"] = _schema(more) if isinstance(more, dict) else more
    return _nullable(facts, node)


def _nullable(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    if node.get("nullable") is not True or not schema:
        return schema
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    if "enum" in schema:
        schema = {**schema, "enum": [*schema["enum"], None]}
    return {**schema, "type": [schema["type"], "null"]} if "type" in schema else schema


def _short(name: str) -> str:
    return name.removeprefix(_NAMESPACE)


def _permissions(document: dict[str, Any]) -> dict[str, Any]:
    """Each resource with its delegated permissions, their ids, and whether an administrator must consent."""
    return {
        "resources": [
            {
                "name": resource["name"],
                "appId": resource["appId"],
                "scopes": [
                    {name: scope[name] for name in ("name", "id", "adminConsentRequired") if name in scope}
                    for scope in resource["scopes"]
                ],
            }
            for resource in document["resources"]
        ]
    }


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _write(path: Path, value: Any) -> None:
    path.write_text(written(value), encoding="utf-8")


def written(value: Any) -> str:
    """JSON with a line for whatever fits on one, so that a change shows as a few lines."""
    return "\n".join(_lines(value, "")) + "\n"


def _lines(value: Any, indent: str, name: str = "", end: str = "") -> Iterator[str]:
    line = f"{indent}{name}{json.dumps(value, ensure_ascii=False)}{end}"
    if len(line) <= _WIDTH or not value or not isinstance(value, dict | list):
        yield line
        return
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    members = (
        [(json.dumps(key) + ": ", each) for key, each in value.items()]
        if isinstance(value, dict)
        else [("", each) for each in value]
    )
    yield f"{indent}{name}{opening}"
    for place, (key, each) in enumerate(members, 1):
        yield from _lines(each, indent + " ", key, "," if place < len(members) else "")
    yield f"{indent}{closing}{end}"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
