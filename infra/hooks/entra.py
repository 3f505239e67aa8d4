"""Finds and removes the Entra objects of a deployment.

They outlive the resource group; deleted, they keep their names.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from choices import Choices
from clouds import signed_in_to
from commands import CommandError, pages, rest
from report import Finding

_DELETED = "directory/deletedItems"


def name_clashes(choices: Choices) -> list[Finding]:
    """Returns the deleted objects that still hold the unique names of what is to be created.

    Raises:
        CommandError: Deleted objects cannot be listed.
    """
    if not choices.creates_application:
        return []
    names = [("application", choices.application_name)]
    if choices.signs_in:
        names.append(("application", choices.sign_in_name))
    if choices.creates_group:
        names.append(("group", choices.group_name))
    return [
        Finding(
            f"a deleted {kind} still holds the unique name {name}",
            f"az rest --method delete --url {_graph(_DELETED)}/{each['id']}   (it is gone for good then)",
        )
        for kind, name in names
        for each in _deleted(kind)
        if each.get("uniqueName") == name
    ]


def remove(choices: Choices, patience_seconds: float) -> Iterator[str]:
    """Removes what the deployment created, deleted objects too, and yields each step done.

    Nothing is left to be done where it is called again.

    Raises:
        CommandError: Something could not be removed.
    """
    # The sign-in proxy may have been chosen once and not any more, and then its registration is still there.
    applications = (choices.sign_in_name, choices.application_name)
    for name in applications:
        application = _by_unique_name("applications", name)
        if application is None:
            continue
        principal = _find(_graph(f"servicePrincipals(appId='{application['appId']}')"))
        if principal is not None:
            yield from _remove("servicePrincipals", principal, patience_seconds)
        yield from _remove("applications", application, patience_seconds)
    group = _by_unique_name("groups", choices.group_name)
    if group is not None:
        yield from _remove("groups", group, patience_seconds)
    # What an earlier attempt, or somebody in the portal, deleted but not for good.
    for kind, names in (("application", applications), ("group", (choices.group_name,))):
        for each in _deleted(kind):
            if each.get("uniqueName") in names:
                yield from _purge(kind, each, patience_seconds=0)


def _remove(collection: str, found: dict[str, Any], patience_seconds: float) -> Iterator[str]:
    kind = {"servicePrincipals": "service principal"}.get(collection, collection.removesuffix("s"))
    rest("delete", _graph(f"{collection}/{found['id']}"))
    yield f"deleted the {kind} {found['displayName']} ({found['id']})"
    yield from _purge(kind, found, patience_seconds)


def _purge(kind: str, found: dict[str, Any], patience_seconds: float) -> Iterator[str]:
    """Deletes for good. An object takes a moment to appear among the deleted ones; some kinds never do."""
    give_up = time.monotonic() + patience_seconds
    while True:
        try:
            rest("delete", _graph(f"{_DELETED}/{found['id']}"))
        except CommandError as error:
            if not error.not_found:
                raise
            if time.monotonic() >= give_up:
                return
            time.sleep(min(2, patience_seconds / 5))
        else:
            yield f"removed the deleted {kind} {found['displayName']} for good ({found['id']})"
            return


def _by_unique_name(collection: str, name: str) -> dict[str, Any] | None:
    return _find(_graph(f"{collection}(uniqueName='{name}')"))


def _find(url: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = rest("get", url)
    except CommandError as error:
        if error.not_found:
            return None
        raise
    return found


def _deleted(kind: str) -> list[dict[str, Any]]:
    return pages(_graph(f"{_DELETED}/microsoft.graph.{kind}"), **{"$select": "id,displayName,uniqueName"})


def _graph(path: str) -> str:
    return f"{signed_in_to().graph}/v1.0/{path}"
