"""Presets: what they offer, what that costs a model, and who has to consent to it."""

import json
from collections.abc import Sequence

import pytest

from shared.mcp.tool import Tool
from shared.settings import Settings
from shared.tools import CATALOGUE, ROOT, offered, presets, waiting
from tests.shared.golden import LISTING, PERMISSION_IDS
from tests.tool_counts import OFFERED

CHARACTERS_A_TOKEN = 4
"""Fewer than the o200k tokenizer has in these texts (4.2), so the bounds hold with it."""
SETTINGS = {
    "AZURE_TENANT_ID": "11111111-1111-4111-8111-111111111111",
    "AZURE_CLIENT_ID": "22222222-2222-4222-8222-222222222222",
    "AZURE_CLIENT_SECRET": "unused",
    "WEBSITE_HOSTNAME": "localhost:7071",
}
_LISTED = {tool["name"]: tool for tool in json.loads(LISTING.read_text())}


def tokens(tools: Sequence[Tool]) -> float:
    """About how many tokens a model reads before it is asked anything."""
    seen = [
        {key: _LISTED[tool.name][key] for key in ("name", "description", "inputSchema")} for tool in tools
    ]
    return len(json.dumps(seen, ensure_ascii=False, separators=(",", ":"))) / CHARACTERS_A_TOKEN


def chosen(names: str, **environ: str) -> list[Tool]:
    return offered(Settings.from_environ({**SETTINGS, "TOOLS": names, **environ}))


def test_all_tools_cost_a_model_no_more_than_their_budget() -> None:
    assert tokens(CATALOGUE) < 28_000
    assert len(CATALOGUE) <= 120


@pytest.mark.parametrize("read_more", ["", "graph:*;devops:*"])
@pytest.mark.parametrize("preset", presets.PRESETS)
def test_a_preset_is_small_enough_to_choose_from(preset: str, read_more: str) -> None:
    assert tokens(chosen(preset, READ_MORE=read_more)) < 10_000


def test_what_reads_more_costs_little() -> None:
    assert tokens([tool for tool in CATALOGUE if tool.reads]) < 900


@pytest.mark.parametrize("preset", presets.PRESETS)
def test_a_preset_names_what_there_is(preset: str) -> None:
    known = {name for tool in CATALOGUE for name in (tool.name, tool.family)}

    assert set() == presets.PRESETS[preset] - known


def test_no_preset_has_the_name_of_a_tool_or_a_family() -> None:
    assert not {name for tool in CATALOGUE for name in (tool.name, tool.family)} & set(presets.NAMES)


@pytest.mark.parametrize("nothing", ["", " "])
def test_nothing_chosen_is_the_lean_preset_in_azure_and_all_on_a_developers_machine(nothing: str) -> None:
    azure = {"WEBSITE_HOSTNAME": "app.azurewebsites.net", "ENABLE_WRITE_TOOLS": "true"}

    assert chosen("lean", **azure) == chosen(nothing, **azure) == chosen("lean") != []
    reads = {"READ_MORE": "graph:*;devops:*"}
    with_reads = [tool for tool in CATALOGUE if tool.family not in {*presets.BY_NAME, waiting.FAMILY}]
    assert chosen("all") == chosen(nothing) == OFFERED
    assert chosen("all", **reads) == chosen(nothing, **reads) == with_reads
    assert len(chosen("lean")) < len(CATALOGUE)


def test_what_needs_an_administrator_is_not_in_the_lean_preset() -> None:
    listed = json.loads((ROOT / "tests" / "contract" / "permissions.json").read_text())["resources"]
    administrators = {
        scope["name"] for each in listed for scope in each["scopes"] if scope.get("adminConsentRequired")
    }

    assert administrators
    assert set() == administrators & {scope for tool in chosen("lean") for scope in tool.all_scopes}


def test_presets_families_and_tools_add_up() -> None:
    both = {tool.name for tool in chosen("scrum,mail,devops_get_diff")}

    assert both == {tool.name for name in ("scrum", "mail", "devops_get_diff") for tool in chosen(name)}
    assert {tool.name for tool in chosen("all,mail")} == {tool.name for tool in OFFERED}


def test_what_reads_more_is_there_where_it_is_set_by_api() -> None:
    def reading(**environ: str) -> list[str]:
        return [tool.name for tool in chosen("lean", **environ) if tool.reads]

    graph, devops = (["graph_find_reads", "graph_read"], ["devops_find_reads", "devops_read"])
    assert [] == reading()
    assert graph == reading(READ_MORE="graph:mail")
    assert graph + devops == reading(READ_MORE="graph:mail;devops:*")


@pytest.mark.parametrize("family", sorted(presets.BY_NAME))
def test_what_no_deployment_can_ask_for_is_chosen_by_name_alone(family: str) -> None:
    tools = [tool for tool in CATALOGUE if tool.family == family]

    assert tools == chosen(family) == chosen(",".join(tool.name for tool in tools)) != []
    assert not {tool.name for tool in tools} & {
        tool.name for names in presets.NAMES for tool in chosen(names)
    }


def test_only_what_is_chosen_by_name_needs_a_permission_without_a_published_id() -> None:
    ids = json.loads(PERMISSION_IDS.read_text())
    without = {scope for known in ids.values() for scope, number in known.items() if number is None}

    assert {"vso.advsec"} == without
    assert presets.BY_NAME == {tool.family for tool in CATALOGUE if without & set(tool.all_scopes)}
