"""What Microsoft documents of tasks and notes beyond the descriptions."""

from typing import Any

_BASE = "https://graph.microsoft.com/v1.0"
_TASK = "/me/todo/lists/{todoTaskList-id}/tasks/{todoTask-id}"


def add_tasks(area: dict[str, Any]) -> None:
    """Adds the steps and links of To Do's tasks ("checklistItem", "linkedResource": methods)."""
    read, write = ["Tasks.Read"], ["Tasks.ReadWrite"]
    step = {"$ref": "#/types/checklistItem"}
    steps = f"{_TASK}/checklistItems"
    one = f"{steps}/{{checklistItem-id}}"
    area["operations"] += [
        _operation("GET", steps, read, {"200": _list("checklistItem")}),
        _operation("POST", steps, write, {"201": {"application/json": step}}, step),
        _operation("PATCH", one, write, {"200": {"application/json": step}}, step),
        _operation("DELETE", one, write, {"204": {}}),
        _operation("GET", f"{_TASK}/linkedResources", read, {"200": _list("linkedResource")}),
    ]


def _operation(
    method: str,
    path: str,
    permissions: list[str],
    answers: dict[str, Any],
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    name = path.strip("/").replace("/", "_").replace("{", "").replace("}", "").replace("-", "_")
    return {
        "id": f"{method}_{name}",
        "method": method,
        "path": path,
        "base": _BASE,
        "permissions": permissions,
        **({"query": _QUERY} if method == "GET" else {}),
        **({"body": {"application/json": body}} if body else {}),
        "answers": answers,
    }


_QUERY = {
    "$top": {"type": "integer", "minimum": 0},
    "$skip": {"type": "integer", "minimum": 0},
    "$filter": {"type": "string"},
    "$orderby": {"type": "array", "items": {"type": "string"}},
    "$select": {"type": "array", "items": {"type": "string"}},
    "$expand": {"type": "array", "items": {"type": "string"}},
}


def _list(of: str) -> dict[str, Any]:
    return {
        "application/json": {
            "type": "object",
            "required": ["value"],
            "properties": {
                "@odata.context": {"type": "string"},
                "@odata.count": {"type": "integer", "format": "int64"},
                "@odata.nextLink": {"type": "string"},
                "value": {"type": "array", "items": {"$ref": f"#/types/{of}"}},
            },
        }
    }
