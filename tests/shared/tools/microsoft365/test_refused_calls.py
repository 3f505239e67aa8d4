"""What all tools for people, times, tasks, sites and files owe to a call that is refused."""

from typing import Any

import pytest

from local.organisation import organisation
from shared.errors import ToolError
from shared.tools import CATALOGUE
from shared.tools.microsoft365.availability import graph_find_meeting_times, graph_get_availability
from shared.tools.microsoft365.chat_writing import graph_send_teams_message
from shared.tools.microsoft365.chats import (
    graph_get_channel_messages,
    graph_get_chat_messages,
    graph_list_chats,
    graph_list_teams,
    graph_search_teams_messages,
)
from shared.tools.microsoft365.files import (
    sharepoint_download_file,
    sharepoint_get_file,
    sharepoint_list_files,
    sharepoint_read_file,
    sharepoint_search_files,
)
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
from shared.tools.microsoft365.people import graph_get_org, graph_list_my_groups, graph_search_people
from shared.tools.microsoft365.plans import graph_get_plan
from shared.tools.microsoft365.sites import (
    sharepoint_list_lists,
    sharepoint_list_sites,
    sharepoint_search_sites,
)
from shared.tools.microsoft365.task_changes import graph_update_task
from shared.tools.microsoft365.task_details import graph_get_task
from shared.tools.microsoft365.tasks import graph_list_tasks
from shared.tools.microsoft365.tasks_writing import graph_complete_task, graph_create_task
from tests.shared.tools.mailroom import requests
from tests.shared.tools.sandbox import Sandbox, consented

HOST = "https://larkspur.sharepoint.com"
SITE, HARBOUR = f"{HOST}/sites/engineering", f"{HOST}/sites/harbour-ops"
BEN, CHIARA = "ben.osei@larkspur.example", "chiara.rossi@larkspur.example"
INCIDENTS = {"site": HARBOUR, "list_name": "Incidents"}
FILE = {"file": f"{SITE}/Shared Documents/glossary.csv"}
GLOSSARY = {"file": "/glossary.csv", "site": SITE}
ARGUMENTS: dict[Any, dict[str, Any]] = {
    graph_find_meeting_times: {
        "attendees": [BEN, CHIARA], "start": "next week", "time_zone": "Europe/Lisbon",
    },
    graph_get_availability: {"people": [BEN], "start": "next week", "time_zone": "Europe/Lisbon"},
    graph_search_people: {"query": "ben"},
    graph_get_org: {},
    graph_list_my_groups: {},
    graph_list_chats: {},
    graph_list_teams: {},
    graph_get_chat_messages: {"chat_id": "19:x@thread.v2"},
    graph_get_channel_messages: {"channel": "4f0c6182-a3b4-4d5e-8f70-819203142536/19:c@thread.tacv2"},
    graph_search_teams_messages: {"query": "4711"},
    graph_send_teams_message: {"chat_id": "19:x@thread.v2", "text": "Green"},
    graph_list_tasks: {},
    graph_get_plan: {"plan": "Cache move"},
    graph_get_task: {"task_id": "planner:nothing-of-this-kind"},
    graph_update_task: {"task_id": "planner:nothing-of-this-kind", "version": 'W/"x"', "title": "x"},
    graph_create_task: {"title": "Call the harbour"},
    graph_complete_task: {"task_id": "planner:nothing-of-this-kind", "version": 'W/"x"'},
    sharepoint_search_files: {"query": "cache", "site": SITE},
    sharepoint_list_files: {"site": SITE},
    sharepoint_get_file: GLOSSARY,
    sharepoint_read_file: GLOSSARY,
    sharepoint_download_file: GLOSSARY,
    sharepoint_upload_file: {"name": "new.txt", "text": "x", "site": SITE},
    sharepoint_create_folder: {"name": "New", "site": SITE},
    sharepoint_organize_file: {**FILE, "action": "copy", "name": "new.csv"},
    sharepoint_delete_file: {**FILE, "version": '"x,1"'},
    sharepoint_share_file: {**FILE, "people": [BEN]},
    sharepoint_list_sites: {},
    sharepoint_search_sites: {"query": "harbour"},
    sharepoint_list_lists: {"site": HARBOUR},
    sharepoint_get_list_items: INCIDENTS,
    sharepoint_create_list_item: {**INCIDENTS, "fields": {"Title": "x"}},
    sharepoint_update_list_item: {
        **INCIDENTS, "item_id": "1", "version": '"x,1"', "fields": {"Title": "x"},
    },
    sharepoint_delete_list_item: {**INCIDENTS, "item_id": "1", "version": '"x,1"'},
}  # fmt: skip
# Who of the demo organisation lacks the consent: Dmitri gave none, Chiara none to write.
LACKS_CONSENT = {graph_find_meeting_times: "eva", graph_get_org: "chiara"}
each_tool = pytest.mark.parametrize("function", ARGUMENTS, ids=lambda function: function.__name__)


async def refused(sandbox: Sandbox, function: Any, user: str = "ana", **arguments: Any) -> ToolError:
    with pytest.raises(ToolError) as caught:
        await sandbox.call(function, user=user, **arguments)
    return caught.value


def outlook_error(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": "Words of Graph."}}


@each_tool
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 403}, "forbidden"),
        ({"status": 403, "json": outlook_error("accessDenied")}, "forbidden"),
        ({"status": 404}, "not_found"),
        ({"status": 404, "json": outlook_error("itemNotFound")}, "not_found"),
        ({"status": 429}, "throttled"),
        ({"status": 503}, "unavailable"),
        ({"status": 507}, "forbidden"),
        ({"status": 200, "body": "<html>"}, "upstream_error"),
    ],
    ids=["403", "403 with a code", "404", "404 with a code", "429", "503", "507", "200 with a page"],
)
async def test_a_refusal_has_its_code_and_its_delay_and_nothing_is_repeated(
    read_only: Sandbox, function: Any, fault: dict[str, Any], code: str
):
    await read_only.fail("graph", path="/v1.0/*", headers={"Retry-After": "2.128"}, **fault)
    error = await refused(read_only, function, **ARGUMENTS[function])
    succeeded = [each for each in await requests(read_only) if each.get("status", 500) < 300]

    assert (code, None if fault["status"] == 200 else 2.128) == (error.code, error.retry_after)
    assert fault["status"] == 200 or [] == succeeded


@each_tool
async def test_who_has_not_consented_is_told_which_permission_is_missing(read_only: Sandbox, function: Any):
    tool = next(each for each in CATALOGUE if each.function is function)
    user = LACKS_CONSENT.get(function, "chiara" if tool.writes else "dmitri")
    error = await refused(read_only, function, user=user, **ARGUMENTS[function])

    missing = [scope for scope in tool.scopes if scope not in consented(organisation().user(user), "graph")]
    assert ("consent_required", ", ".join(missing)) == (error.code, error.details["missing_scopes"])
    assert [] == await requests(read_only)


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (graph_find_meeting_times, {**ARGUMENTS[graph_find_meeting_times], "attendees": []}, "attendees: "),
        (
            graph_find_meeting_times,
            {**ARGUMENTS[graph_find_meeting_times], "attendees": ["Ben Osei"]},
            "attendees.0: ",
        ),
        (graph_find_meeting_times, {**ARGUMENTS[graph_find_meeting_times], "minutes": 0}, "minutes: "),
        (
            graph_find_meeting_times,
            {**ARGUMENTS[graph_find_meeting_times], "start": "2020-01-01"},
            "end: is in the past",
        ),
        (
            graph_find_meeting_times,
            {**ARGUMENTS[graph_find_meeting_times], "end": "2100-01-01"},
            "end: is more than 31 days after start",
        ),
        (
            graph_get_availability,
            {**ARGUMENTS[graph_get_availability], "people": ["a@b.example"] * 20},
            "people: ",
        ),
        (
            graph_get_availability,
            {**ARGUMENTS[graph_get_availability], "from_hour": 18, "to_hour": 9},
            "to_hour: is not after from_hour",
        ),
        (
            graph_get_availability,
            {**ARGUMENTS[graph_get_availability], "end": "2100-01-01"},
            "end: is more than 14 days after start",
        ),
        (graph_search_people, {}, "query: is missing"),
        (graph_search_people, {"query": ""}, "query: "),
        (graph_search_people, {"query": ' "\\ '}, "query: "),
        (graph_search_people, {"query": "x" * 201}, "query: "),
        (graph_get_org, {"person": ["a"]}, "person: "),
        (graph_list_my_groups, {"limit": 0}, "limit: "),
        (graph_list_tasks, {"due": "soon"}, "due: must be a date"),
        (graph_list_tasks, {"completed": "yes"}, "completed: "),
        (graph_create_task, {"title": "  "}, "title: "),
        (graph_create_task, {"title": "x", "due": "tomorrow"}, "due: must be a date (2026-11-21)"),
        (graph_create_task, {"title": "x", "due": "2026-11-21T10:00"}, "due: must be a date (2026-11-21)"),
        (graph_create_task, {"title": "x", "importance": "urgent"}, "importance: "),
        (graph_complete_task, {"task_id": "4711", "version": "1"}, "task_id: "),
        (graph_complete_task, {"task_id": "planner:x"}, "version: is missing"),
        (graph_complete_task, {"task_id": "planner:x", "version": ""}, "version: "),
        (sharepoint_get_file, {"file": "/../a.txt", "site": SITE}, "file:"),
        (sharepoint_get_file, {"file": "/a//b.txt", "site": SITE}, "file:"),
        (
            sharepoint_get_file,
            {"file": f"{SITE}/_layouts/15/Doc.aspx?sourcedoc=%7Bx%7D&file=a.docx"},
            "file:",
        ),
        (sharepoint_get_file, {"file": "https://[bad"}, "file:"),
        (sharepoint_get_file, {"file": "https://127.0.0.1:8080/x"}, "file:"),
        (sharepoint_get_file, {"file": "/a.txt", "site": "engineering"}, "site:"),
        (sharepoint_get_file, {"file": "/a.txt"}, "site:"),
        (sharepoint_list_files, {"folder": "/../x", "site": SITE}, "folder:"),
        (sharepoint_list_files, {"site": SITE, "sort": "oldest"}, "sort:"),
        (sharepoint_search_files, {"site": SITE, "query": ".."}, "query:"),
        (sharepoint_read_file, {"file": "/a.txt", "site": SITE, "offset": -1}, "offset:"),
        (sharepoint_read_file, {"file": "/a.txt", "site": SITE, "length": 2_000_000}, "length:"),
        (sharepoint_upload_file, {"name": "a.txt", "site": SITE}, "text, content_base64:"),
        (
            sharepoint_upload_file,
            {"name": "a.txt", "site": SITE, "text": "x", "content_base64": "eA=="},
            "text, content_base64:",
        ),
        (sharepoint_upload_file, {"name": "a.txt", "site": SITE, "content_base64": "e A"}, "content_base64:"),
        (
            sharepoint_upload_file,
            {"name": "a.txt", "site": SITE, "text": "x", "on_conflict": "replace"},
            "version:",
        ),
        (sharepoint_upload_file, {"name": "a.txt", "site": SITE, "text": "x", "version": "1"}, "version:"),
        *(
            (sharepoint_upload_file, {"name": name, "site": SITE, "text": "x"}, "name:")
            for name in ("a/b.txt", "..", ".", "a:b", " a", "a ", "a.", "con|x", "", "x" * 256, "a\nb")
        ),
        (sharepoint_list_lists, {"site": "engineering"}, "site:"),
        (sharepoint_list_lists, {"site": "/sites/engineering"}, "site:"),
        (sharepoint_list_lists, {"site": f"{HOST}/sites/../x"}, "site:"),
        (sharepoint_list_lists, {"site": f"{HOST}:8443/sites/x"}, "site:"),
        (sharepoint_list_lists, {"site": "ftp://larkspur.sharepoint.com/sites/x"}, "site:"),
        (sharepoint_list_lists, {"site": "https://[/sites/x"}, "site:"),
        (sharepoint_list_lists, {}, "site:"),
        (sharepoint_list_lists, {"site": HARBOUR, "limit": 0}, "limit:"),
        (sharepoint_list_lists, {"site": HARBOUR, "cursor": "x"}, "cursor:"),
        (sharepoint_list_sites, {"which": "mine"}, "which:"),
        (sharepoint_search_sites, {"query": " "}, "query:"),
        (sharepoint_get_list_items, {**INCIDENTS, "columns": ["\n"]}, "columns.0:"),
        (sharepoint_get_list_items, {**INCIDENTS, "order_by": "Ti\ntle"}, "order_by:"),
        (
            sharepoint_get_list_items,
            {**INCIDENTS, "where": [{"column": " ", "value": 1}]},
            "where.0.column:",
        ),
        (sharepoint_get_list_items, {**INCIDENTS, "where": [{"column": "a"}]}, "where.0.value:"),
        (
            sharepoint_get_list_items,
            {**INCIDENTS, "where": [{"column": "a", "value": 1, "operator": "like"}]},
            "where.0.operator:",
        ),
        (sharepoint_create_list_item, {**INCIDENTS, "fields": {}}, "fields:"),
        (sharepoint_create_list_item, {**INCIDENTS, "fields": {"a": {}}}, "fields.a"),
        (
            sharepoint_update_list_item,
            {**INCIDENTS, "item_id": "1", "fields": {"Title": "x"}},
            "version: is missing",
        ),
        (
            sharepoint_update_list_item,
            {**INCIDENTS, "item_id": "1", "fields": {"Title": "x"}, "version": "a\r\nX: y"},
            "version:",
        ),
    ],
)
async def test_a_bad_argument_is_named_before_anything_is_sent(
    read_only: Sandbox, function: Any, arguments: dict[str, Any], message: str
):
    error = await refused(read_only, function, **arguments)

    assert "invalid_argument" == error.code
    assert error.message.startswith(message)
    assert [] == await requests(read_only)
