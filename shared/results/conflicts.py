"""Explains a change that was refused because the item has a newer version."""

from collections.abc import Mapping

from shared.errors import ToolError
from shared.text.content import clean_line

_LONGEST = 200


def conflict(what: str, *, version: str | None, differs: Mapping[str, tuple[object, object]]) -> ToolError:
    """Returns the error of a change that was based on an old version.

    Args:
        what: The thing, as in `The event`.
        version: The one it has now, where the service tells it.
        differs: Present and wanted value of what to tell of; where the two are the same, there is
            nothing to tell.
    """
    present = {name: _short(now) for name, (now, wanted) in differs.items() if now != wanted}
    said = "; ".join(f"{name} is now {value!r}" for name, value in present.items())
    return ToolError(
        "conflict",
        f"{what} has changed since you read it, and was left as it is: "
        f"{said or 'what you want to set is as you want it, something else has changed'}.",
        "Read it again, look at what changed, and repeat the change with the current version if it still "
        "makes sense.",
        details={
            "current_version": version or "",
            **{f"current_{name}": value for name, value in present.items()},
        },
    )


def _short(value: object) -> str:
    line = clean_line(str(value))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
