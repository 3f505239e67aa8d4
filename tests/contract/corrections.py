"""Corrects descriptions where the live services differ: by the overlay's rules, and by what else is known."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.contract.known_tasks import add_tasks
from tests.contract.known_variable_groups import add_variable_groups

type Areas = dict[str, dict[str, Any]]


def correct(areas: Areas, rules: list[str]) -> None:
    """Apply every rule of the overlay to Azure DevOps; a rule that nobody carries out here is an error."""
    if unlike := {*rules} ^ {*_CORRECTIONS}:
        raise SystemExit(f"rules without a correction, or corrections without a rule: {sorted(unlike)}")
    for correction in _CORRECTIONS.values():
        if correction:
            correction(areas)


def supplement(described: dict[str, Areas]) -> None:
    """Add what Microsoft documents elsewhere, or the services are seen to do."""
    graph, devops = described["graph"], described["devops"]
    # "Get message", optional query parameters.
    for operation in _operations(graph, "GET_me_messages_message_id"):
        operation["query"]["$expand"] = {"type": "array", "items": {"type": "string"}}
    # "Get event", an example of cancelled and changed occurrences of a series.
    _add_calendars_of_others(graph)
    for operation in graph["calendar"]["operations"]:
        if operation["method"] == "GET" and operation["path"].endswith("/events/{event-id}"):
            operation["query"]["$expand"] = {"type": "array", "items": {"type": "string"}}
    # "Download a file in another format".
    for operation in _operations(graph, "GET_drives_drive_id_items_driveItem_id_content"):
        operation.setdefault("query", {})["format"] = {"type": "string", "enum": ["pdf", "html"]}
    # "Send a sharing invitation"; 207 where some of several people could not be invited.
    for operation in [*_operations(graph, "POST_drives_drive_id_items_driveItem_id_createLink")]:
        permissions = {"type": "array", "items": {"$ref": "#/types/permission"}}
        answer = {"type": "object", "required": ["value"], "properties": {"value": permissions}}
        answer["properties"]["@odata.context"] = {"type": "string"}
        recipient = {name: {"type": ["string", "null"]} for name in ("alias", "email", "objectId")}
        body = {
            "recipients": {"type": "array", "items": {"type": "object", "properties": recipient}},
            "roles": {"type": "array", "items": {"type": "string", "enum": ["read", "write"]}},
            **{name: {"type": "boolean"} for name in ("requireSignIn", "sendInvitation")},
            **{name: {"type": "string"} for name in ("message", "expirationDateTime", "password")},
        }
        graph["files"]["operations"].append(
            {
                **operation,
                "id": operation["id"].replace("createLink", "invite"),
                "path": operation["path"].replace("createLink", "invite"),
                "body": {"application/json": {"type": "object", "properties": body}},
                "answers": {"200": {"application/json": answer}, "207": {"application/json": {}}},
            }
        )
    # "List directReports" has both paths and the same permission for them.
    for operation in [*_operations(graph, "GET_me_directReports")]:
        of_users = {"id": "GET_users_user_id_directReports", "path": "/users/{user-id}/directReports"}
        graph["identity"]["operations"].append({**operation, **of_users})
    _add_other_mailboxes(graph["mail"])
    # The identities that SharePoint and OneDrive name have an address ("driveItem", "listItem").
    for area in graph.values():
        if "identity" in area["types"]:
            area["types"]["identity"]["properties"]["email"] = {"type": ["string", "null"]}
    # A message of Teams is found with the sender and the link of an e-mail ("Use the Microsoft Search API to
    # search Teams messages", an example).
    search = graph["search"]["types"]
    search["chatMessageFromIdentitySet"]["properties"] = {"emailAddress": {"$ref": "#/types/emailAddress"}}
    search["chatMessage"]["properties"]["webLink"] = {"type": ["string", "null"]}
    add_tasks(graph["tasks"])
    # A folder's size is given where it is selected.
    graph["mail"]["types"]["mailFolder"]["properties"]["sizeInBytes"] = {"type": "integer", "format": "int64"}
    # The process of a definition that a YAML file describes names that file.
    devops["build"]["types"]["BuildProcess"]["properties"]["yamlFilename"] = {"type": "string"}
    # A pipeline of a YAML file names it and its repository ("Pipelines", an example of "Create").
    pipelines = devops["pipelines"]["types"]
    pipelines["Repository"]["properties"]["id"] = {"type": "string"}
    pipelines["PipelineConfiguration"]["properties"] |= {
        "path": {"type": "string"},
        "repository": {"$ref": "#/types/Repository"},
    }
    # A change may be several things at once, such as `edit, rename`.
    change = devops["git"]["types"]["Change"]["properties"]
    kinds = "|".join(change["changeType"]["enum"])
    change["changeType"] = {"type": "string", "pattern": f"^({kinds})(, ({kinds}))*$"}
    # Settings and contexts of policies and checks are JSON of any form, not the class of a library.
    for area in ("policy", "checks"):
        devops[area]["types"]["JObject"] = {}
    add_variable_groups(devops["environments"])
    # A build that has not begun has no timeline.
    for operation in _operations(devops, "Timeline_Get"):
        operation["answers"]["204"] = {}


def _add_other_mailboxes(mail: dict[str, Any]) -> None:
    """Add the form of each path of mail for others' mailboxes ("Share mail folders"), with its permission."""
    shared = {"Mail.ReadBasic": "Mail.Read.Shared"}
    described = {(each["method"], each["path"]): each for each in mail["operations"]}
    for (method, path), operation in described.items():
        if not path.startswith(("/me/messages", "/me/mailFolders")) or "messageRules" in path:
            continue
        other = f"/users/{{user-id}}{path.removeprefix('/me')}"
        if known := described.get((method, other)):
            known["query"] = operation["query"] if "query" in operation else known.get("query", {})
            continue
        mail["operations"].append(
            {
                **operation,
                "id": operation["id"].replace("_me_", "_users_user_id_"),
                "path": other,
                "permissions": [shared.get(each, f"{each}.Shared") for each in operation["permissions"]],
            }
        )


def _add_calendars_of_others(graph: Areas) -> None:
    """Each path of events exists for a calendar and for a user too ("Get event", "Update event" and others).

    What is another's needs the permission for what is shared.
    """
    described = graph["calendar"]["operations"]
    [owned] = _operations(graph, "GET_users_user_id_calendar")
    own = {"id": "GET_me_calendar", "path": "/me/calendar", "permissions": ["Calendars.ReadBasic"]}
    described.append({**owned, **own, "segments": {}} if "segments" in owned else {**owned, **own})
    known = {(each["method"], each["path"]) for each in described}
    for prefix in (
        "/me/calendars/{calendar-id}",
        "/users/{user-id}",
        "/users/{user-id}/calendars/{calendar-id}",
    ):
        for kind in ("GET_me_calendarView", "POST_me_events", "GET_me_events_event_id"):
            described += _moved(graph, kind, prefix, known)
        for kind in ("PATCH_me_events_event_id", "POST_me_events_event_id_cancel"):
            described += _moved(graph, kind, prefix, known)


def _moved(graph: Areas, kind: str, prefix: str, known: set[tuple[str, str]]) -> list[dict[str, Any]]:
    """The operation of this id with paths that begin so, unless they are described."""
    [operation] = _operations(graph, kind)
    path = operation["path"].replace("/me", prefix, 1)
    if (operation["method"], path) in known:
        return []
    right = "Read" if operation["method"] == "GET" else "ReadWrite"
    permissions = [f"Calendars.{right}.Shared"] if prefix.startswith("/users") else operation["permissions"]
    named = re.sub(r"[^A-Za-z]+", "_", path)
    return [{**operation, "id": f"{operation['method']}{named}", "path": path, "permissions": permissions}]


def _operations(areas: Areas, *ids: str, area: str | None = None) -> Iterator[dict[str, Any]]:
    """The operations of these ids, or all; each id must be there."""
    chosen = areas if area is None else {area: areas[area]}
    found = [
        each
        for described in chosen.values()
        for each in described["operations"]
        if each["id"] in ids or not ids
    ]
    if missing := {*ids} - {each["id"] for each in found}:
        raise SystemExit(f"operations of the overlay that are not described: {sorted(missing)}")
    yield from found


def _schemas(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside, the inner ones first."""
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _schemas(each)
    if isinstance(value, dict):
        yield value


def _wrap_arrays(areas: Areas) -> None:
    for operation in _operations(areas):
        for contents in operation["answers"].values():
            for kind, schema in contents.items():
                # A build's log, which is text, comes as its lines in the same wrapping.
                if kind == "application/json" and schema.get("format") == "Stream":
                    contents[kind] = _wrapped({"type": "array", "items": {"type": "string"}})
                if schema.get("type") == "array":
                    contents[kind] = _wrapped(schema)


def _wrapped(value: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["value", "count"],
        "properties": {"count": {"type": "integer"}, "value": value},
    }


def _send_etags_as_if_match(areas: Areas) -> None:
    for operation in _operations(areas, "Pages_Create Or Update", "Pages_Update", area="wiki"):
        operation["header"]["If-Match"] = operation["header"].pop("Version")
        operation["required"] = ["If-Match" if name == "Version" else name for name in operation["required"]]
    # A page that is created has no ETag yet.
    for operation in _operations(areas, "Pages_Create Or Update", area="wiki"):
        operation["required"].remove("If-Match")


def _type_enums(areas: Areas) -> None:
    for schema in _schemas(areas):
        if isinstance(schema.get("enum"), list):
            schema.setdefault("type", "string")


def _open_bare_objects(areas: Areas) -> None:
    for schema in _schemas(areas):
        # A type parameter of the service's own code, written as a format, stands for any type.
        if schema == {"type": "object"} or schema.get("format") == "T":
            schema.clear()


def _patch_with_arrays(areas: Areas) -> None:
    areas["wit"]["types"]["JsonPatchDocument"] = {
        "type": "array",
        "items": {"$ref": "#/types/JsonPatchOperation"},
    }


def _name_links(areas: Areas) -> None:
    for described in areas.values():
        if "ReferenceLinks" in described["types"]:
            link = {"type": "object", "required": ["href"], "properties": {"href": {"type": "string"}}}
            described["types"]["ReferenceLinks"] = {"type": "object", "additionalProperties": link}


def _flatten_profile(areas: Areas) -> None:
    flat = {name: {"type": "string"} for name in ("displayName", "emailAddress", "publicAlias")}
    areas["profile"]["types"]["Profile"]["properties"] |= flat


def _answer_other_success_codes(areas: Areas) -> None:
    for area, id_ in (
        ("git", "Pull Requests_Create"),
        ("git", "Pushes_Create"),
        ("git", "Merges_Create"),
        ("wit", "Attachments_Create"),
        ("wit", "Queries_Create"),
        ("work", "Iterations_Post Team Iteration"),
    ):
        for operation in _operations(areas, id_, area=area):
            operation["answers"] = {"201": next(iter(operation["answers"].values()))}
    for area, id_ in (
        ("wit", "Work Items_Delete"),
        ("wit", "Work Items_Delete Work Items"),
        ("wit", "Queries_Delete"),
        ("work", "Iterations_Delete"),
    ):
        for operation in _operations(areas, id_, area=area):
            operation["answers"] = {"204": {}}


def _change_items(areas: Areas) -> None:
    areas["git"]["types"]["Change"]["properties"]["item"] = {"$ref": "#/types/GitItem"}


def _tell_formats_of_fields(areas: Areas) -> None:
    areas["wit"]["types"]["WorkItem"]["properties"]["multilineFieldsFormat"] = {
        "type": "object",
        "additionalProperties": {"type": "string", "enum": ["markdown", "html"]},
    }


def _write_identity_descriptors(areas: Areas) -> None:
    types = areas["identities"]["types"]
    types["IdentityDescriptor"] = {"type": "string"}
    types["IdentityBase"]["properties"]["properties"] = {
        "type": "object",
        "additionalProperties": {"type": "object", "properties": {"$type": {"type": "string"}, "$value": {}}},
    }


def _wrap_maps(areas: Areas) -> None:
    for operation in _operations(areas, "Subject Lookup_Lookup Subjects"):
        for contents in operation["answers"].values():
            contents["application/json"] = _wrapped(contents["application/json"])


# None: the rule says nothing of operations and types. That null may stand for any value of an answer is
# applied where answers are checked.
_CORRECTIONS: dict[str, Callable[[Areas], None] | None] = {
    "array-wrapped": _wrap_arrays,
    "optional-path-segments": None,
    "wiki-if-match": _send_etags_as_if_match,
    "json-patch-body": _patch_with_arrays,
    "links-open": _name_links,
    "enum-without-type": _type_enums,
    "git-change-item": _change_items,
    "identity-descriptor": _write_identity_descriptors,
    "object-means-any": _open_bare_objects,
    "nulls": None,
    "x-ms-paths": None,
    "profile-shape": _flatten_profile,
    "comment-id": None,
    "errors-not-described": None,
    "continuation-header": None,
    "security-definitions": None,
    "success-codes": _answer_other_success_codes,
    "multiline-fields-format": _tell_formats_of_fields,
    "map-wrapped": _wrap_maps,
    "not-wrapped": None,
    "tags-add-merges": None,
    "commit-changes-paging": None,
    "search-paging": None,
    "two-scopes-one-requirement": None,
    "advsec-7.2-only": None,
    "unpublished": None,
}
