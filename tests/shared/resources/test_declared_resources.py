"""The resources there are: what their addresses may hold, and that each is read as its tool is called."""

import re
from urllib.parse import quote

import pytest

from shared.errors import ToolError
from shared.resources.declared_resources import RESOURCES, offered_resources
from shared.tools import CATALOGUE

BY_NAME = {each.name: each for each in RESOURCES}
GOOD = {
    "organization": ["contoso", "contoso-labs", "a", "A1"],
    "project": ["Booking", "Harbour Ops", "a.b", "Ünïcode", "2c7e91d4-6b58-4a3f-9e0d-7f1a2b3c4d5e", "a-b_c"],
    "wiki": ["Booking.wiki", "b9f47326-4877-58ab-9062-90c80185ed6b", "Two words"],
    "id": ["1", "4711", "2147483647"],
}
CLIMBING = ["..", ".", "a/b", "a\\b", "a%2Fb", "%2e%2e", "a?b", "a#b", "a\nb", "a\x00b", " /", "a/../b"]
BAD = {
    "organization": [*CLIMBING, "-a", "a-", "a_b", "a.b", "ä", "a" * 51],
    "project": [*CLIMBING, "_apis", ".hidden", "ends.", "a" * 65, "a:b", "a*b", 'a"b', "a{b}", "a,b"],
    "wiki": [*CLIMBING, "a" * 257],
    "id": [*CLIMBING, "0", "-1", "1.0", "1e3", "01", "٣", "1 ", "12345678901", "abc", "1,2"],
}
MESSAGES = ["AAMkAGI1", "AAMkAGI1-_x=", "AAMkAGI1==", "x" * 500]
BAD_MESSAGES = [*CLIMBING, "a b", "a=b", "===", "a+b", "ä", "x" * 600, "$value", "'", "a;b", "a:b"]


def address(name: str, **variables: str) -> str:
    """The URI of a resource, each variable percent-encoded."""
    return re.sub(r"\{(\w+)\}", lambda found: quote(variables[found[1]], safe=""), BY_NAME[name].uri)


def first(name: str) -> dict[str, str]:
    """A good value for each variable of a resource."""
    return {each: GOOD[each][0] for each in BY_NAME[name].variables}


OF_DEVOPS = [name for name in BY_NAME if name != "message"]
CASES = [(name, variable) for name in OF_DEVOPS for variable in BY_NAME[name].variables]


@pytest.mark.parametrize(("name", "variable"), CASES)
def test_good_values_come_through_whole(name: str, variable: str) -> None:
    for value in GOOD[variable]:
        given = {**first(name), variable: value}

        assert given == BY_NAME[name].parse(address(name, **given))


@pytest.mark.parametrize(("name", "variable"), CASES)
def test_values_that_lead_elsewhere_are_refused(name: str, variable: str) -> None:
    for value in BAD[variable]:
        with pytest.raises(ToolError, match=r"\w+: is not one\."):
            BY_NAME[name].parse(address(name, **{**first(name), variable: value}))


def test_ids_of_messages_are_graphs() -> None:
    for value in MESSAGES:
        assert {"id": value} == BY_NAME["message"].parse(address("message", id=value))
    for value in BAD_MESSAGES:
        with pytest.raises(ToolError, match="id: is not one"):
            BY_NAME["message"].parse(address("message", id=value))


def test_no_two_templates_match_the_same_address() -> None:
    """The host takes the first of those that match."""
    for name in BY_NAME:
        uri = address(name, **(first(name) if name != "message" else {"id": MESSAGES[0]}))
        matching = [each.name for each in RESOURCES if each._pattern.fullmatch(uri)]

        assert [name] == matching


def test_each_goes_with_a_tool_that_reads() -> None:
    offered = offered_resources(CATALOGUE)

    assert [*RESOURCES] == [resource for resource, _ in offered]
    assert [] == [tool.name for _, tool in offered if tool.writes]
    assert [] == offered_resources([])


def test_each_says_what_it_holds_and_of_which_type() -> None:
    for each in RESOURCES:
        assert each.title
        assert each.description.endswith(".")
        assert each.mime_type in ("text/plain", "text/markdown")
        assert set(each.variables) == set(re.findall(r"\{(\w+)\}", each.uri))
