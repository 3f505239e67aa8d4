"""Optional arguments sent as nothing make the same requests as ones left out: for tools that write."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.tools import CATALOGUE
from shared.tools.devops.branch_creation import devops_create_branch
from shared.tools.devops.pull_request_writing import devops_create_pull_request, devops_update_pull_request
from shared.tools.microsoft365.files import sharepoint_get_file
from shared.tools.microsoft365.files_organizing import (
    sharepoint_create_folder,
    sharepoint_delete_file,
    sharepoint_organize_file,
)
from shared.tools.microsoft365.files_sharing import sharepoint_share_file
from shared.tools.microsoft365.files_writing import sharepoint_upload_file
from shared.tools.microsoft365.list_item_deletion import sharepoint_delete_list_item
from shared.tools.microsoft365.list_items import (
    sharepoint_create_list_item,
    sharepoint_get_list_items,
    sharepoint_update_list_item,
)
from shared.tools.microsoft365.mail import graph_get_emails
from shared.tools.microsoft365.mail_organizing import graph_organize_email
from shared.tools.microsoft365.mail_rules import graph_change_mail_rule
from shared.tools.microsoft365.mailbox import graph_update_mailbox_settings
from shared.tools.preferences import set_preferences
from tests.shared.tools.sandbox import Sandbox

type Given = dict[str, Any]
type Setup = Callable[[Sandbox], Awaitable[Given]]

SITE = "https://larkspur.sharepoint.com/sites/engineering"
INCIDENTS = {"site": "https://larkspur.sharepoint.com/sites/harbour-ops", "list_name": "Incidents"}
API = {"organization": "larkspur", "project": "Booking", "repository": "booking-api"}
BEN = "ben.osei@larkspur.example"


async def a_file(sandbox: Sandbox) -> Given:
    found = await sandbox.call(sharepoint_get_file, file="/glossary.csv", site=SITE)
    return {"file": found.id, "version": found.version}


async def the_file(sandbox: Sandbox) -> Given:
    return {"file": (await a_file(sandbox))["file"]}


async def an_item(sandbox: Sandbox) -> Given:
    (found,) = (await sandbox.call(sharepoint_get_list_items, **INCIDENTS, limit=1)).items
    return {**INCIDENTS, "item_id": found.id, "version": found.version}


async def an_email(sandbox: Sandbox) -> Given:
    (found,) = (await sandbox.call(graph_get_emails, limit=1)).items
    return {"message_id": found.id}


async def nothing_more(sandbox: Sandbox) -> Given:
    return {}


WRITES: list[tuple[Any, Setup, Given]] = [
    (graph_update_mailbox_settings, nothing_more, {"text": "Away.", "outside_text": "Out."}),
    (graph_update_mailbox_settings, nothing_more, {"working_hours": "08:00-16:00"}),
    (graph_update_mailbox_settings, nothing_more, {"new_time_zone": "Asia/Kolkata"}),
    (graph_change_mail_rule, nothing_more, {"action": "disable", "rule": "ferry weekly"}),
    (
        graph_change_mail_rule,
        nothing_more,
        {"action": "create", "rule": "x", "senders": ["a@x.example"], "mark_read": True},
    ),
    (graph_organize_email, an_email, {"mark": "unread"}),
    (graph_organize_email, an_email, {"add_categories": ["Customers"]}),
    (sharepoint_create_folder, nothing_more, {"name": "Drafts", "site": "onedrive"}),
    (sharepoint_organize_file, a_file, {"action": "move", "name": "words.csv"}),
    (sharepoint_organize_file, a_file, {"action": "move", "folder": "/Runbooks"}),
    (sharepoint_organize_file, the_file, {"action": "copy", "name": "words.csv"}),
    (sharepoint_delete_file, a_file, {}),
    (sharepoint_share_file, the_file, {"people": [BEN]}),
    (sharepoint_share_file, the_file, {"organization_link": True}),
    (sharepoint_upload_file, nothing_more, {"name": "x.txt", "text": "x", "site": "onedrive"}),
    (sharepoint_create_list_item, nothing_more, {**INCIDENTS, "fields": {"Title": "x"}}),
    (sharepoint_update_list_item, an_item, {"fields": {"Title": "x"}}),
    (sharepoint_update_list_item, an_item, {"clear": ["DelayMinutes"]}),
    (sharepoint_delete_list_item, an_item, {}),
    (devops_create_branch, nothing_more, {**API, "name": "ana/x"}),
    (
        devops_create_pull_request,
        nothing_more,
        {**API, "repository": "booking-web", "source_branch": "chiara/tiles", "title": "Tiles"},
    ),
    (devops_update_pull_request, nothing_more, {**API, "pull_request": 412, "add_labels": ["cache"]}),
    (devops_update_pull_request, nothing_more, {**API, "pull_request": 412, "title": "New"}),
]


async def sent(folder: Path, function: Any, setup: Setup, given: Given, nothing: Any = ...) -> list[Any]:
    """The changing requests of a call with nothing beside what is given, in a sandbox of its own."""
    sandbox = Sandbox(folder)
    tool = next(each for each in CATALOGUE if each.function is function)
    await sandbox.call(set_preferences, organization="larkspur", project="Booking", site=SITE)
    arguments = {**await setup(sandbox), **given}
    arguments = {name: value for name, value in arguments.items() if name in tool.input_schema["properties"]}
    requests: list[Any] = []

    async def note(request: httpx.Request) -> None:
        if request.method != "GET":
            requests.append(
                (request.method, request.url.path, request.headers.get("if-match"), request.content)
            )

    sandbox.http.event_hooks = {"request": [note]}
    kinds = {name: each.get("type") for name, each in tool.input_schema["properties"].items()}
    kinds = {name: kind for name, kind in kinds.items() if nothing is not ... and name not in arguments}
    if nothing == []:
        kinds = {name: kind for name, kind in kinds.items() if kind == "array"}
    await sandbox.call(function, **arguments, **dict.fromkeys(kinds, nothing))
    await sandbox.server.close()
    return requests


@pytest.mark.parametrize(
    ("function", "setup", "given"), WRITES, ids=[f"{each[0].__name__}-{[*each[2]]}" for each in WRITES]
)
async def test_a_call_with_nothing_beside_sends_what_one_without_sends(
    tmp_path: Path, function: Any, setup: Setup, given: Given
) -> None:
    plain = await sent(tmp_path / "plain", function, setup, given)

    assert plain
    for number, nothing in enumerate((None, "", " \n", [])):
        assert plain == await sent(tmp_path / str(number), function, setup, given, nothing)
