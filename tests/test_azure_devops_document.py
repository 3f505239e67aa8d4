"""The comparison with Microsoft's server names tools that are there, and all of theirs."""

import json
import re

from shared.tools import ROOT

_TEXT = (ROOT / "docs" / "azure-devops-tools.md").read_text()
_ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in _TEXT.splitlines() if line[:3] == "| `"
]


_THEIRS = """
    advsec_get_alert_details advsec_get_alerts core_get_identity_ids core_list_project_teams
    core_list_projects pipelines_artifact pipelines_build pipelines_build_log pipelines_definition
    pipelines_run pipelines_write repo_branch repo_create_branch repo_file repo_pull_request
    repo_pull_request_org repo_pull_request_thread repo_pull_request_thread_write
    repo_pull_request_write repo_repository repo_search_commits search_code search_wiki
    search_workitem testplan testplan_show_test_results_from_build_id testplan_test_case_write
    testplan_test_plan_write testplan_test_suite_write wiki wiki_upsert_page wit_backlog wit_query
    wit_work_item wit_work_item_attachment wit_work_item_comment_write wit_work_item_link_write
    wit_work_item_write work work_capacity_write work_iteration_write
"""


def test_all_of_their_tools_have_a_row() -> None:
    theirs = [name for row in _ROWS for name in re.findall(r"`(\w+)`", row[0])]

    assert sorted(_THEIRS.split()) == sorted(theirs)


def test_what_is_named_here_is_here() -> None:
    tools = {tool["name"] for tool in json.loads((ROOT / "infra" / "permissions.json").read_text())["tools"]}
    named = set(re.findall(r"`(devops_\w+)`", _TEXT))

    assert set() == named - tools
    assert all("not here" in row[2] or "`devops_" in row[2] for row in _ROWS)
