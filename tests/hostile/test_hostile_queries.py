"""Quoting attacks on OData, KQL and WIQL: read back by the services' own parsers."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, unquote_plus

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from local.devops import wiql
from local.graph.errors import GraphError
from local.graph.filters import parse_filter
from local.graph.kql import Searchable, parse_kql
from shared.apis.devops.wiql import QueryScope, full_text_query
from shared.apis.literals import kql_phrase, odata_string, search_string, wiql_string
from shared.errors import ToolError
from tests.hostile.world import World

BREAKOUTS = {
    "quote": "'",
    "quoted truth": "' or 1 eq 1 or subject eq '",
    "doubled quote": "'' or 1 eq 1",
    "closed function": "') or startswith(subject,'",
    "double quote": '"',
    "double quote and operator": '" OR from:"ceo',
    "brackets": "] = '' OR [System.Id] > 0 OR [System.Title",
    "parentheses": ") OR (1 = 1",
    "backslash and quote": '\\" OR subject:\\"',
    "parameters": "a&$filter=isRead eq true",
    "macro": "@Me",
    "comment": "--",
    "query separator": "; DROP",
    "typographic quotes": "’ or 1 eq 1 or ‘",
    "wildcards": "* OR *",
}
each_breakout = pytest.mark.parametrize("value", BREAKOUTS.values(), ids=BREAKOUTS.keys())
steady = settings(derandomize=True, database=None, deadline=None)
# What breaks out of quotes, more often than chance would have it.
awkward = st.lists(
    st.sampled_from(
        [
            "'",
            "''",
            '"',
            "\\",
            "[",
            "]",
            "(",
            ")",
            " or ",
            " AND ",
            " eq ",
            "=",
            "a",
            "7",
            ",",
            "@Me",
            "é",
            "*",
        ]
    ),
    max_size=12,
).map("".join) | st.text(max_size=40)


@steady
@given(value=awkward)
def test_an_odata_text_means_itself_and_nothing_beside_it(value: str):
    assume(len(value) < 1000)
    wanted = parse_filter(f"subject eq {odata_string(value)} and isRead eq false")

    assert wanted({"subject": value, "isRead": False})
    assert not wanted({"subject": value, "isRead": True})
    assert not wanted({"subject": value + "x", "isRead": False})


@steady
@given(value=awkward)
def test_a_function_of_an_odata_text_looks_for_that_text(value: str):
    begins = parse_filter(f"startswith(fields/Title,{odata_string(value)})")

    assert begins({"fields": {"Title": value + "x"}})
    assert not begins({"fields": {"Title": "\0" + value}}) or value == "" or value.startswith("\0")


@steady
@given(value=awkward)
def test_a_wiql_text_means_itself(value: str):
    assume(value.strip())
    query = wiql.parse(f"SELECT [System.Id] FROM WorkItems WHERE [System.Title] = {wiql_string(value)}")

    assert isinstance(query.where, wiql.Condition)
    assert (value,) == query.where.values


@steady
@given(words=awkward)
def test_words_become_a_query_for_those_words_in_that_project_and_no_other(words: str):
    try:
        text = full_text_query(words, QueryScope("larkspur", "Booking"))
    except ToolError as refused:
        assert refused.code == "invalid_argument"
        return
    query = wiql.parse(text)

    assert isinstance(query.where, wiql.Group)
    assert query.where.all_of
    *asked, place = query.where.members
    assert isinstance(place, wiql.Condition)
    assert ("System.TeamProject", "=") == (place.field.ref, place.operator)
    for occurrence in asked:
        conditions = occurrence.members if isinstance(occurrence, wiql.Group) else (occurrence,)
        for condition in conditions:
            assert isinstance(condition, wiql.Condition)
            assert condition.field.ref in (
                "System.Title",
                "System.Description",
                "Microsoft.VSTS.TCM.ReproSteps",
                "System.Tags",
                "System.Id",
            )


@steady
@given(value=awkward)
def test_a_kql_phrase_asks_for_no_property(value: str):
    assume(value.replace('"', "").strip())
    wanted = parse_kql(kql_phrase(value), datetime.now(UTC))

    assert 2 == kql_phrase(value).count('"')
    assert not wanted(Searchable({"from": value, "subject": value, "title": ""}, ("title",)))


@steady
@given(value=awkward)
def test_a_search_text_is_one_text_in_double_quotes(value: str):
    written = search_string(value)
    # Read as the service does: a backslash takes the next character as it is.
    inner, position = [], 1
    while written[position] != '"':
        position += written[position] == "\\"
        inner.append(written[position])
        position += 1

    assert len(written) - 1 == position
    assert value == "".join(inner)


def filters_of(world: World) -> list[str]:
    """The `$filter` of each request sent."""
    return [value for sent in world.wire.sent for name, value in sent.parameters if name == "$filter"]


@each_breakout
async def test_no_conversation_id_opens_the_mailbox(value: str, world: World):
    code = await world.code("graph_get_email_thread", conversation_id=value)

    assert "not_found" == code
    (asked,) = set(filters_of(world))
    assert asked.endswith(f"conversationId eq {odata_string(value)}")
    assert not parse_filter(asked)({"conversationId": "any", "receivedDateTime": "2026-11-20T10:00:00Z"})


@each_breakout
async def test_no_condition_on_a_list_lets_more_through(value: str, world: World):
    await world.call(
        "sharepoint_get_list_items",
        site="https://larkspur.sharepoint.com/sites/harbour-ops",
        list_name="Incidents",
        where=[{"column": "Title", "operator": "eq", "value": value}, {"column": "DelayMinutes", "value": 5}],
    )

    (asked,) = filters_of(world)
    wanted = parse_filter(asked)
    assert wanted({"fields": {"Title": value, "DelayMinutes": 5}})
    assert not wanted({"fields": {"Title": value, "DelayMinutes": 6}})
    assert not wanted({"fields": {"Title": "other", "DelayMinutes": 5}})


@pytest.mark.parametrize(
    "column",
    [
        "Title eq 'x' or fields/Open",
        "Title'",
        "Title)",
        "a/b",
        "Title desc,fields/Id",
        "Ti tle",
        "Title\0",
    ],
)
@pytest.mark.parametrize("argument", ["where", "columns", "order_by"])
async def test_no_name_of_a_column_is_more_than_a_name(argument: str, column: str, world: World):
    given_: Any = {"where": [{"column": column, "value": "x"}], "columns": [column], "order_by": column}
    code = await world.code(
        "sharepoint_get_list_items",
        site="https://larkspur.sharepoint.com/sites/harbour-ops",
        list_name="Incidents",
        **{argument: given_[argument]},
    )

    assert "invalid_argument" == code
    # It is looked for among the columns of the list, and stands in no request.
    assert [] == [sent for sent in world.wire.sent if column in unquote_plus(f"{sent.path}?{sent.query}")]
    assert not any(sent.path.endswith("/items") for sent in world.wire.sent)


async def test_a_sender_with_an_apostrophe_is_one_sender(world: World):
    value = await world.value("graph_get_emails", sender="o'brien'or'1'eq'1@larkspur.example")

    assert [] == value["items"]
    (asked,) = filters_of(world)
    assert asked.endswith("from/emailAddress/address eq 'o''brien''or''1''eq''1@larkspur.example'")


@each_breakout
async def test_no_words_find_work_items_beyond_them(value: str, world: World):
    await world.call("devops_search_work_items", query=value, organization="larkspur", project="Booking")

    for sent in world.wire.sent:
        if sent.path.endswith("/wiql"):
            where = wiql.parse(json.loads(sent.body)["query"]).where
            assert isinstance(where, wiql.Group)
            assert where.all_of
            assert isinstance(where.members[-1], wiql.Condition)
            assert "System.TeamProject" == where.members[-1].field.ref


@each_breakout
async def test_no_words_break_out_of_a_search_for_people(value: str, world: World):
    await world.call("graph_search_people", query=value)

    for sent in world.wire.sent:
        for name, asked in sent.parameters:
            if name == "$search":
                # Clauses are in double quotes, so their number is half that of the quotes.
                assert asked.count('"') == (6 if sent.path.endswith("/users") else 2)
                assert asked.count(" OR ") <= 2 + 3 * value.count(" OR ")


@each_breakout
async def test_no_words_break_out_of_a_search_for_files(value: str, world: World):
    await world.call("sharepoint_search_files", query=f"word {value}", site="onedrive")

    search = world.wire.sent[-1]
    assert unquote(search.path).endswith(f"search(q={odata_string(f'word {value}')})")


@each_breakout
async def test_what_is_searched_for_in_mail_is_one_search(value: str, world: World):
    await world.call("graph_search_emails", query=f"word {value}")

    for sent in world.wire.sent:
        assert {"$select", "$top", "$search"} >= {name for name, _ in sent.parameters}


def test_the_oracle_knows_a_broken_text():
    with pytest.raises(GraphError):
        parse_filter("subject eq 'it's'")
    assert parse_filter("subject eq '' or isRead eq true")({"subject": "x", "isRead": True})
