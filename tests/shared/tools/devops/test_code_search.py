"""Code that was searched, as a caller of the tool finds it."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.text.content import NOTICE
from shared.tools.devops.code_search import devops_search_code
from shared.tools.devops.repository_files import devops_read_file
from tests.shared.tools.devops_calls import BOOKING, pages
from tests.shared.tools.sandbox import Sandbox

LABS = {"organization": "larkspur-labs", "project": "Prototypes"}


async def paths(sandbox: Sandbox, **arguments: Any) -> list[str]:
    return [each.path for each in (await sandbox.call(devops_search_code, **arguments)).items]


async def test_a_hit_leads_to_its_lines(read_only: Sandbox):
    page = await read_only.call(devops_search_code, query="refused ext:py", **BOOKING)
    hit = page.items[0]
    read = await read_only.call(devops_read_file, path=hit.web_url)

    assert ("/src/booking/cache/client.py", "booking-api", [32], 1) == (
        hit.path,
        hit.repository,
        hit.lines,
        hit.matches,
    )
    assert NOTICE == hit.snippets.notice
    assert hit.snippets.text == f"32: {read.content.text.strip()}"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"query": "hostAliases"}, ["/deploy/test/values.yaml"]),
        ({"query": "refused", "repository": "booking-web"}, []),
        (
            {"query": "hostAliases", "repository": "booking-api", "path": "deploy"},
            ["/deploy/test/values.yaml"],
        ),
        ({"query": "hostAliases", "repository": "booking-api", "path": "/src"}, []),
        ({"query": "CENT", "repository": "booking-api", "branch": "refs/heads/ben/prices"}, []),
    ],
    ids=str,
)
async def test_files_are_chosen(read_only: Sandbox, arguments: dict[str, Any], expected: list[str]):
    assert expected == await paths(read_only, **arguments, **BOOKING)


async def test_pages_of_hits_hold_each_once(read_only: Sandbox):
    whole = await read_only.call(devops_search_code, query="booking", limit=100, **BOOKING)
    found = await pages(read_only, devops_search_code, query="booking", limit=1, **BOOKING)

    assert len(whole.items) > 3
    assert [each.web_url for each in whole.items] == [each.web_url for each in found]


async def test_a_wildcard_at_the_beginning_is_said(read_only: Sandbox):
    page = await read_only.call(devops_search_code, query="*ache", **BOOKING)

    assert "A word of a search cannot begin with * or ?: nothing was searched." == page.note


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 403, "json": {"message": "no"}},
        {"status": 404, "body": "<html>no</html>"},
        {"status": 500, "json": {"typeKey": "ExtensionNotFoundException", "message": "no"}},
    ],
    ids=str,
)
async def test_without_the_extension_somebody_can_do_something(read_only: Sandbox, answer: dict[str, Any]):
    with pytest.raises(ToolError) as real:
        await paths(read_only, query="x", **LABS)
    await read_only.fail("devops", path="*/codesearchresults", **answer)
    with pytest.raises(ToolError) as refused:
        await paths(read_only, query="x", **BOOKING)

    for each in (real.value, refused.value):
        assert "Code search is not available" in each.message
        assert "install the free extension Code Search" in each.remedy


async def test_folders_and_branches_need_their_repository(read_only: Sandbox):
    with pytest.raises(ToolError) as refused:
        await paths(read_only, query="x", path="/src", **BOOKING)

    assert "invalid_argument" == refused.value.code


async def test_hits_without_lines_or_snippets_are_kept(read_only: Sandbox):
    hit = {"path": "/a.py", "repository": {"name": "r"}, "project": None, "versions": None}
    bare = {**hit, "matches": {"content": [{"charOffset": 3, "length": 4, "codeSnippet": None}]}}
    body = {"count": 2, "results": [{**hit, "matches": None}, bare], "infoCode": 0, "facets": None}
    await read_only.fail("devops", path="*/codesearchresults", status=200, json=body)
    page = await read_only.call(devops_search_code, query="x", **BOOKING)

    assert [(0, [], None, None), (1, [], None, None)] == [
        (each.matches, each.lines, each.snippets, each.commit_id) for each in page.items
    ]
