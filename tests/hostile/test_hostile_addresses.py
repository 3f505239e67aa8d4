"""URL tricks in every argument of every tool: whatever is given stays in the place that it is for."""

import base64
import re
from collections.abc import Iterable
from functools import partial
from typing import Any
from urllib.parse import unquote

import pytest

from shared.apis.literals import odata_string
from shared.tools import CATALOGUE
from tests.hostile.samples import HARMLESS, arguments_of, attacked, tricks_for, with_value
from tests.hostile.world import TOOLS, Sent, World, code_of

PLACES = [(tool.name, *place) for tool in CATALOGUE for place in attacked(tool)]
HOSTS = {
    "graph.test",
    "graph-files.test",
    "devops.test",
    "devops-profile.test",
    "devops-search.test",
    "devops-identities.test",
    "devops-releases.test",
    "devops-security.test",
}
# Below a folder of a drive, a path may have any number of segments; those are looked at one by one.
_OPEN_ENDED = "root:"

# Of items, which are made anew in each call.
_ITEM_ID = re.compile(r"01[A-Z2-7]{32}")

type Shape = tuple[str, tuple[str, ...]]

each_place = pytest.mark.parametrize(
    ("name", "argument", "listed"), PLACES, ids=[f"{name}.{argument}" for name, argument, _ in PLACES]
)


def shape(sent: Sent, values: Iterable[str]) -> Shape:
    """Host and segments of a request, those that hold a value left open."""
    segments: list[str] = []
    in_site = False
    for segment in _ITEM_ID.sub("{id}", sent.path).split("/")[1:]:
        decoded = _shared_address(unquote(segment))
        if in_site:
            # The path of a site has any number of segments; the one that a colon ends is its last.
            in_site = not segment.endswith(":")
            if segments[-2] == "sites":
                segments.append("{}")
            continue
        in_site = segments[-1:] == ["sites"] and segment.endswith(":")
        segments.append("{}" if any(value in decoded for value in values) else segment)
        if segment == _OPEN_ENDED:
            # The path itself, and what is asked of what is there.
            rest = sent.path.partition("/root:/")[2].partition(":/")[2]
            segments.append(rest)
            break
    return sent.host, tuple(segments)


def _shared_address(segment: str) -> str:
    """The address in an encoded sharing address ("Access shared items"); any other segment as it is."""
    token = re.fullmatch(r"u!([A-Za-z0-9_-]+)", segment)
    if token is None:
        return segment
    return base64.urlsafe_b64decode(token[1] + "=" * (-len(token[1]) % 4)).decode("utf-8", "replace")


async def requests_of(world: World, name: str, arguments: dict[str, Any]) -> list[Sent]:
    """What a call sends; however it ends, it is no bug that ends it."""
    result, sent = await world.watched(name, **arguments)
    assert code_of(result) != "internal_error", result
    return sent


@each_place
async def test_a_value_stays_in_its_place(name: str, argument: str, listed: bool, world: World):
    fill = partial(with_value, TOOLS[name], argument, listed=listed)
    known = [
        sent
        for arguments in (arguments_of(TOOLS[name]), *(fill(value=each) for each in HARMLESS))
        for sent in await requests_of(world, name, arguments)
    ]
    shapes = {shape(sent, ("probe-value", *HARMLESS)) for sent in known}
    methods = {sent.method for sent in known} | {"GET"}
    names = {parameter for sent in known for parameter, _ in sent.parameters}
    headers = {header for sent in known for header in sent.headers}

    for trick, value in tricks_for(argument).items():
        for sent in await requests_of(world, name, fill(value=value)):
            segments = [unquote(segment) for segment in sent.path.split("/")[1:]]

            assert sent.host in HOSTS, trick
            assert not {"", ".", ".."} & set(segments), trick
            assert not set("\\#?") & set(sent.path), trick
            assert shape(sent, [value, odata_string(value)[1:-1], "attacker.example"]) in shapes, trick
            assert sent.method in methods, trick
            assert {parameter for parameter, _ in sent.parameters} <= names, trick
            assert set(sent.headers) <= headers, trick


def test_every_tool_that_takes_a_text_is_attacked():
    without = {tool.name for tool in CATALOGUE} - {name for name, _, _ in PLACES}

    assert {
        "check_access",
        "devops_get_profile",
        "get_preferences",
        "get_user_context",
        "graph_get_mailbox_settings",
        "graph_get_profile",
        "graph_list_my_groups",
        "sharepoint_list_sites",
    } == without


def test_the_table_is_as_large_as_it_says():
    assert sum(len(tricks_for(argument)) for _, argument, _ in PLACES) > 1000
