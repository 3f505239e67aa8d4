"""Columns are known by every name a service or a person has for them."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.mcp.operation import ToolFunction
from shared.tools.microsoft365.list_items import (
    sharepoint_create_list_item,
    sharepoint_get_list_items,
    sharepoint_update_list_item,
)
from tests.shared.tools.played_graph import PlayedGraph, Sent, refusal

LIST = {"list_name": "Orders", "site": "https://contoso.sharepoint.com/sites/finance"}
WORLD, YEAR = "_x4e16__x754c_", "_x0032_026_x0020_Plan"
COLUMNS = {
    "Title": "Title", WORLD: "世界", YEAR: "2026 Plan", "Amount_x0020__x0028_EUR_x0029_": "Amount (EUR)",
    "field_3": "Größe", "Lead": "Leiter\u00a0(in)", "Twice1": "Zwei mal", "Twice2": "Zwei mal",
    "_Status": "Stand",
}  # fmt: skip


class Orders:
    """A list that may want underscored names with the prefix of SharePoint's OData."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.written: dict[str, Any] = {}

    def spell(self, name: str) -> str:
        return f"{self.prefix}{name}" if name.startswith("_") else name

    def __call__(self, sent: Sent) -> Any:
        if sent.path.endswith("/columns"):
            return {"value": [{"name": name, "displayName": title} for name, title in COLUMNS.items()]}
        used = f"{sent.query}{sent.body}".replace(f"{self.prefix}_", "") if self.prefix else ""
        if any(name in used for name in (WORLD, YEAR)):
            return refusal(400, "invalidRequest", "Field is not recognied")
        values = {self.spell(WORLD): "hello", self.spell("_UIVersionString"): "1.0", "_ComplianceFlags": ""}
        fields = {"@odata.etag": "1", "id": "7", "Title": "T", "_Status": "open", **values}
        if sent.method != "GET":
            self.written = sent.body.get("fields", sent.body)
        if sent.method == "PATCH":
            return fields
        item = {"id": "7", "eTag": "1", "fields": fields}
        return (201, item) if sent.method == "POST" else {"value": [item]}


@pytest.mark.parametrize("prefix", ["", "OData_"])
async def test_columns_of_other_scripts_are_shown_and_those_of_the_system_are_not(prefix: str):
    (item,) = (await PlayedGraph(Orders(prefix)).call(sharepoint_get_list_items, **LIST)).items

    assert {"Title": "T", "_Status": "open", WORLD: "hello"} == item.fields


@pytest.mark.parametrize("given", [WORLD, "世界"])
@pytest.mark.parametrize("prefix", ["", "OData_"])
async def test_a_column_is_filtered_sorted_and_chosen_by_name_or_title(given: str, prefix: str):
    graph = PlayedGraph(Orders(prefix))
    where = [{"column": given, "value": "hello"}]
    page = await graph.call(sharepoint_get_list_items, **LIST, where=where, columns=[given], order_by=given)
    query = graph.requests[-1].query
    name = f"{prefix}{WORLD}"

    assert f"fields/{name} eq 'hello'" == query["$filter"]
    assert (f"fields/{name}", f"fields($select={name})") == (query["$orderby"], query["$expand"])
    assert "hello" == page.items[0].fields[WORLD]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("世界", WORLD),
        ("2026 Plan", YEAR),
        ("2026 plan", YEAR),
        ("Amount (EUR)", "Amount_x0020__x0028_EUR_x0029_"),
        ("Größe", "field_3"),
        ("Leiter\u00a0(in)", "Lead"),
        ("Leiter\u00a0(in)LookupId", "LeadLookupId"),
        ("field_3", "field_3"),
        ("Zwei mal", None),
        ("Title desc", None),
        ("Title)", None),
        ("a' or 'b", None),
    ],
)
async def test_a_title_in_any_script_means_its_column(given: str, name: str | None):
    graph = PlayedGraph(Orders())
    if name:
        await graph.call(sharepoint_create_list_item, **LIST, fields={given: "x"})
        assert {name: "x"} == graph.requests[-1].body["fields"]
    else:
        with pytest.raises(ToolError) as refused:
            await graph.call(sharepoint_create_list_item, **LIST, fields={given: "x"})
        assert "invalid_argument" == refused.value.code
        assert refused.value.message.startswith("fields: ")
        assert ["GET"] == [each.method for each in graph.requests]


@pytest.mark.parametrize("prefix", ["", "OData_"])
async def test_a_column_of_another_script_is_written(prefix: str):
    orders = Orders(prefix)
    changes = {"item_id": "7", "version": "1", "fields": {WORLD: ["a", "b"], "Title": "U"}}
    item = await PlayedGraph(orders).call(sharepoint_update_list_item, **LIST, **changes)
    name = f"{prefix}{WORLD}"

    assert {name: ["a", "b"], "Title": "U", f"{name}@odata.type": "Collection(Edm.String)"} == orders.written
    assert "hello" == item.fields[WORLD]


async def test_a_title_of_one_plain_word_means_its_column():
    graph = PlayedGraph(Orders())
    await graph.call(sharepoint_create_list_item, **LIST, fields={"Stand": "x", "Else": "y"})
    written = graph.requests[-1].body["fields"]
    await graph.call(sharepoint_get_list_items, **LIST, where=[{"column": "stand", "value": "x"}])

    assert {"_Status": "x", "Else": "y"} == written
    assert "fields/_Status eq 'x'" == graph.requests[-1].query["$filter"]


async def test_a_column_given_by_name_and_title_is_refused():
    graph = PlayedGraph(Orders())
    with pytest.raises(ToolError) as refused:
        await graph.call(sharepoint_create_list_item, **LIST, fields={"field_3": 1, "Größe": 2})

    assert refused.value.message.startswith("fields: ")


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (sharepoint_get_list_items, {"where": [{"column": "Größe", "value": "x"}], "columns": ["世界"]}),
        (sharepoint_create_list_item, {"fields": {"Größe": "x"}}),
        (sharepoint_update_list_item, {"fields": {"Größe": "x"}, "item_id": "7", "version": "1"}),
    ],
)
async def test_one_reading_of_the_columns_serves_titles_and_types(
    function: ToolFunction, arguments: dict[str, Any]
):
    graph = PlayedGraph(Orders())
    await graph.call(function, **LIST, **arguments)

    assert 1 == sum(each.path.endswith("/columns") for each in graph.requests)


@pytest.mark.parametrize("given", ["Größe\u200b (m)", "Größe (m)"])
async def test_a_title_is_found_as_it_is_and_as_it_is_shown(given: str):
    written: list[Any] = []

    def play(sent: Sent) -> Any:
        if sent.path.endswith("/columns"):
            return {"value": [{"name": "field_9", "displayName": "Größe\u200b (m)", "text": {}}]}
        if sent.method == "GET":
            return {}
        written.append(sent.body["fields"])
        return 201, {"id": "7", "eTag": "1", "fields": {}}

    await PlayedGraph(play).call(sharepoint_create_list_item, **LIST, fields={given: "x"})

    assert [{"field_9": "x"}] == written
