"""Names come as they are, since other tools take them: two spaces, and white space of other scripts."""

from typing import Any

import pytest

from shared.text.names import clean_name
from shared.tools.microsoft365.files import sharepoint_get_file, sharepoint_list_files
from shared.tools.microsoft365.list_items import sharepoint_get_list_items
from shared.tools.microsoft365.mail import graph_get_emails, graph_list_mail_folders
from shared.tools.microsoft365.sites import sharepoint_list_lists
from shared.tools.microsoft365.tasks import graph_list_tasks
from shared.tools.microsoft365.tasks_writing import graph_create_task
from tests.shared.tools.played_graph import PlayedGraph, Sent, refusal

SITE = "https://contoso.sharepoint.com/sites/finance"
each_name = pytest.mark.parametrize(
    "name",
    [
        "Budget  2026",
        "予算\u30002026",
        "\u202fOuvert\u00a0: oui",
        "Zahlen ",
        "a\u2003b\u2009c",
        "مالیات\u00a0۲۰۲۶",
    ],
)


@each_name
async def test_a_file_is_found_by_the_path_that_the_list_shows(name: str):
    item = {
        "id": "01N",
        "name": f"{name}.txt",
        "file": {"mimeType": "text/plain"},
        "parentReference": {"driveId": "b!me", "path": f"/drives/b!me/root:/{name}"},
    }

    def library(sent: Sent) -> Any:
        if sent.path == "/me/drive":
            return {"id": "b!me", "webUrl": "https://contoso-my.sharepoint.com/personal/ana/Documents"}
        if sent.path.endswith("/children"):
            return {"value": [item]}
        return item if sent.path == f"/drives/b!me/root:/{name}/{name}.txt" else refusal(404, "itemNotFound")

    graph = PlayedGraph(library)
    (listed,) = (await graph.call(sharepoint_list_files, site="onedrive")).items
    found = await graph.call(sharepoint_get_file, site="onedrive", file=f"{listed.folder}/{listed.name}")

    assert (f"{name}.txt", f"/{name}") == (found.name, found.folder)


@each_name
async def test_a_list_its_columns_choices_and_values_keep_their_spaces(name: str):
    def site(sent: Sent) -> Any:
        if sent.path.endswith("/columns"):
            column = {"name": "Kind", "displayName": name, "choice": {"choices": [name]}}
            return {"value": [column]}
        if sent.path.endswith("/lists"):
            return {"value": [{"id": "L", "displayName": name, "webUrl": SITE, "list": {}}]}
        if sent.path.endswith(f"/lists/{name}/items"):
            return {"value": [{"id": "1", "eTag": '"1"', "fields": {"Title": name}}]}
        return refusal(404, "itemNotFound")

    graph = PlayedGraph(site)
    (listed,) = (await graph.call(sharepoint_list_lists, site=SITE)).items
    (item,) = (await graph.call(sharepoint_get_list_items, site=SITE, list_name=listed.title)).items

    assert [(name, [name])] == [(each.title, each.choices) for each in listed.columns]
    assert name == item.fields["Title"]


@each_name
async def test_a_mail_folder_is_found_by_the_name_that_the_list_shows(name: str):
    about = {"id": "F0", "displayName": " ".join(name.split()).upper()}
    folders = [about, {"id": "F1", "displayName": name}]
    counts = {"unreadItemCount": 0, "totalItemCount": 0, "childFolderCount": 0}

    def box(sent: Sent) -> Any:
        if sent.path == "/me/mailFolders":
            return {"value": [{**counts, **each} for each in folders]}
        return {"value": []}

    graph = PlayedGraph(box)
    listed = (await graph.call(graph_list_mail_folders)).items[1]
    await graph.call(graph_get_emails, folder=listed.name)

    assert "/me/mailFolders/F1/messages" == graph.requests[-1].path


@each_name
async def test_a_to_do_list_is_found_by_the_name_that_a_task_shows(name: str):
    about = name.swapcase() if name.swapcase() != name else f"{name}."
    lists = [{"id": "L0", "displayName": about}, {"id": "L1", "displayName": name}]
    task = {"@odata.etag": "1", "id": "T", "title": "x", "status": "notStarted", "importance": "normal"}

    def todo(sent: Sent) -> Any:
        if sent.path == "/me/todo/lists":
            return {"value": lists}
        if sent.method == "POST":
            return 201, task
        return {"value": [task] if "/L1/" in sent.path else []}

    graph = PlayedGraph(todo)
    (listed,) = (await graph.call(graph_list_tasks)).items
    await graph.call(graph_create_task, title="y", list_name=listed.list_name)

    assert "/me/todo/lists/L1/tasks" == graph.requests[-1].path


@pytest.mark.parametrize("hidden", ["a\nb", "a\u2028b", "a\tb", "a\x85b"])
def test_a_name_is_one_line(hidden: str):
    assert "a b" == clean_name(hidden)
