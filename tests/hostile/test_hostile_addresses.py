"""URL tricks in every argument of every tool: whatever is given stays in the place that it is for."""

import base64
import re
from collections.abc import Iterable
from functools import partial
from typing import Any
from urllib.parse import quote, unquote

import pytest

from shared.apis.literals import odata_string
from shared.tools import CATALOGUE
from tests.hostile.samples import HARMLESS, URL_TRICKS, arguments_of, attacked, tricks_for, with_value
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

# Of what is made anew in each call, and of a label, which its name leads to: an item, a task, a label.
_MADE_ID = re.compile(r"01[A-Z2-7]{32}|(?<=/tasks/)AAMk[\w=-]+|(?<=/labels/)[0-9a-f-]{36}")
# What a service's own address of a further page has: a list that values made longer has more pages.
_PAGING = "$skiptoken"

type Shape = tuple[str, tuple[str, ...]]

each_place = pytest.mark.parametrize(
    ("name", "argument", "listed"), PLACES, ids=[f"{name}.{argument}" for name, argument, _ in PLACES]
)


def shape(sent: Sent, values: Iterable[str]) -> Shape:
    """Host and segments of a request, those that hold a value left open."""
    segments: list[str] = []
    in_site = False
    for segment in _MADE_ID.sub("{id}", sent.path).split("/")[1:]:
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


class Places:
    """Where harmless values arrived, which is where every other value may arrive."""

    def __init__(self, known: Iterable[Sent]) -> None:
        known = [*known]
        self.shapes = {shape(sent, ("probe-value", *HARMLESS)) for sent in known}
        self._methods = {sent.method for sent in known} | {"GET"}
        self._names = {parameter for sent in known for parameter, _ in sent.parameters}
        self._headers = {header for sent in known for header in sent.headers}

    def check(self, sent: Sent, trick: str, value: str) -> None:
        """Assert that a value is in no other place of a request."""
        segments = [unquote(segment) for segment in sent.path.split("/")[1:]]
        further = [token for name, token in sent.parameters if name == _PAGING]

        assert sent.host in HOSTS, trick
        assert not {"", ".", ".."} & set(segments), trick
        assert not set("\\#?") & set(sent.path), trick
        assert shape(sent, [value, odata_string(value)[1:-1], "attacker.example"]) in self.shapes, trick
        assert sent.method in self._methods, trick
        assert {parameter for parameter, _ in sent.parameters} <= {*self._names, _PAGING}, trick
        assert not any(value in token for token in further), trick
        assert set(sent.headers) <= self._headers, trick


@each_place
async def test_a_value_stays_in_its_place(name: str, argument: str, listed: bool, world: World):
    fill = partial(with_value, TOOLS[name], argument, listed=listed)
    places = Places(
        [
            sent
            for arguments in (arguments_of(TOOLS[name]), *(fill(value=each) for each in HARMLESS))
            for sent in await requests_of(world, name, arguments)
        ]
    )

    for trick, value in tricks_for(argument).items():
        for sent in await requests_of(world, name, fill(value=value)):
            places.check(sent, trick, value)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("graph_read", "/me/messages/ID"),
        ("graph_read", "/me/mailFolders/ID/messages"),
        ("graph_read", "/drives/ID/root/search(q='ID')"),
        ("devops_read", "/{project}/_apis/wit/tags/ID"),
        ("devops_read", "/_apis/projects/ID"),
    ],
)
async def test_an_id_in_the_path_of_a_read_stays_in_its_place(name: str, path: str, world: World):
    def fill(value: str) -> dict[str, Any]:
        return {**arguments_of(TOOLS[name]), "path": path.replace("ID", value)}

    places = Places(await requests_of(world, name, fill("probe-value")))
    assert any("{}" in segments for _, segments in places.shapes)

    for trick, value in URL_TRICKS.items():
        for written in (value, quote(value, safe="")):
            for sent in await requests_of(world, name, fill(written)):
                places.check(sent, trick, value)


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
        "graph_list_teams",
        "sharepoint_list_sites",
    } == without


def test_the_table_is_as_large_as_it_says():
    assert sum(len(tricks_for(argument)) for _, argument, _ in PLACES) > 1000
