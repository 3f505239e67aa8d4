"""Content blocks and resource contents as the extension's SDK reads and writes them.

What MCP knows is checked by type and kept, in the SDK's own order; all else is dropped.
"""

from __future__ import annotations

from typing import Any

from local.host.dotnet_json import Number
from local.host.errors import InvocationError
from local.host.extension_version import ExtensionVersion

# What each type of block cannot be without, and what it may have besides.
_REQUIRED = {
    "text": ("text",),
    "image": ("data", "mimeType"),
    "audio": ("data", "mimeType"),
    "resource": ("resource",),
    "resource_link": ("uri", "name"),
}
_LINK_EXTRAS = ("description", "mimeType", "size")
_TEXTS = ("type", "text", "name", "data", "mimeType", "uri", "description")
_RESOURCE_TEXTS = ("uri", "mimeType", "blob", "text")


def block(given: Any, version: ExtensionVersion) -> dict[str, Any]:
    """Returns a content block as it is sent.

    Raises:
        InvocationError: It is none of MCP's, lacks a member, or has one of the wrong type.
    """
    if not isinstance(given, dict):
        raise InvocationError("a content block is no object")
    kind = given.get("type")
    if not isinstance(kind, str) or kind not in _REQUIRED:
        raise InvocationError(f"a content block is none of {', '.join(_REQUIRED)}")
    members = _typed(given, version)
    for name in _REQUIRED[kind]:
        if members.get(name) is None:
            raise InvocationError(f"a {kind} block has no {name}")
    sent: dict[str, Any] = {"type": kind, **{name: members[name] for name in _REQUIRED[kind]}}
    if kind == "resource_link":
        extras = (*(("title",) if version.keeps_link_titles else ()), *_LINK_EXTRAS)
        sent.update((name, members[name]) for name in extras if members.get(name) is not None)
    elif members.get("_meta") is not None:
        sent["_meta"] = members["_meta"]
    if members.get("annotations") is not None:
        sent["annotations"] = members["annotations"]
    return sent


def resource_contents(given: Any, version: ExtensionVersion) -> dict[str, Any] | None:
    """Returns the contents of a resource as they are sent, None when they hold neither text nor blob.

    Raises:
        InvocationError: They are no object, or hold what ends the SDK's reading.
    """
    if not isinstance(given, dict):
        raise InvocationError("the contents of a resource are no object")
    for name, value in given.items():
        if name in _RESOURCE_TEXTS:
            if not isinstance(value, str | None):
                raise InvocationError(f"{name} of a resource is no text")
        elif name != "_meta" and not version.skips_unknown_objects and _holds_object(value):
            raise InvocationError(f"an unknown object, {name!r}, ends the reading of a resource")
    metadata = object_or_none(given, "_meta")
    kind = next((name for name in ("blob", "text") if given.get(name) is not None), None)
    if kind is None:
        return None
    sent = {"uri": given.get("uri") or "", **typed_member(given.get("mimeType"), version), kind: given[kind]}
    return sent if metadata is None else {**sent, "_meta": metadata}


def typed_member(mime_type: str | None, version: ExtensionVersion) -> dict[str, Any]:
    """Returns the member that says of what type a resource is, as this version writes it."""
    return {} if mime_type is None and not version.writes_null_types else {"mimeType": mime_type}


def object_or_none(given: dict[str, Any], name: str) -> dict[str, Any] | None:
    """Returns a member that must be an object where it is given.

    Raises:
        InvocationError: It is something else.
    """
    value = given.get(name)
    if value is not None and not isinstance(value, dict):
        raise InvocationError(f"{name} is no object")
    return value


def caseless_members(given: dict[str, Any]) -> dict[str, Any]:
    """Returns the members by lower-case name: most of the SDK's types are read regardless of case."""
    return {name.casefold(): value for name, value in given.items()}


def _typed(given: dict[str, Any], version: ExtensionVersion) -> dict[str, Any]:
    """Returns the members of a block that the SDK knows, whatever its type.

    Raises:
        InvocationError: One of them is of another type than MCP says.
    """
    members: dict[str, Any] = {}
    for name in (*_TEXTS, *(("title",) if version.keeps_link_titles else ())):
        members[name] = given.get(name)
        if not isinstance(members[name], str | None):
            raise InvocationError(f"{name} of a block is no text")
    if "size" in given:
        size = given["size"]
        members["size"] = size.as_int64() if isinstance(size, Number) else None
        if members["size"] is None:
            raise InvocationError("size of a block is no whole number")
    if given.get("resource") is not None:
        members["resource"] = resource_contents(given["resource"], version)
    members["annotations"] = _annotations(object_or_none(given, "annotations"))
    members["_meta"] = object_or_none(given, "_meta")
    return members


def _annotations(given: dict[str, Any] | None) -> dict[str, Any] | None:
    if given is None:
        return None
    members = caseless_members(given)
    audience, priority, modified = (members.get(name) for name in ("audience", "priority", "lastmodified"))
    if audience is not None and (
        not isinstance(audience, list) or any(each not in ("user", "assistant") for each in audience)
    ):
        raise InvocationError("audience of a block's annotations is no list of roles")
    if not isinstance(priority, Number | None) or not isinstance(modified, str | None):
        raise InvocationError("priority or lastModified of a block's annotations has the wrong type")
    sent = {"audience": audience, "priority": priority, "lastModified": modified}
    return {name: value for name, value in sent.items() if value is not None}


def _holds_object(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_holds_object, value)))
