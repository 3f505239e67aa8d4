"""Names sets of tools by the role of who uses them, each small enough for a model to choose from."""

from collections.abc import Mapping, Set

from shared.tools import waiting

ALL = "all"
DEFAULT = "lean"
"""What is offered in Azure where `TOOLS` names nothing; on a developer's machine it is `ALL`."""

_EVERYBODY = frozenset({"get_user_context", "check_access", "preferences", "reads"})
_FOR_DEVOPS = _EVERYBODY | {"devops_list_projects", "devops_search_people"}
_WORK_ITEMS = frozenset(
    {
        "devops_search_work_items", "devops_list_my_work_items", "devops_get_work_item",
        "devops_create_work_item", "devops_update_work_item", "devops_comment_on_work_item",
    }
)  # fmt: skip
_READ_WIKI = frozenset({"devops_search_wiki", "devops_get_wiki_page"})

PRESETS: Mapping[str, Set[str]] = {
    DEFAULT: _EVERYBODY
    | _WORK_ITEMS
    | _READ_WIKI
    | {
        "graph_search_people", "graph_search", "graph_get_emails", "graph_search_emails", "graph_get_email",
        "graph_create_draft", "graph_send_draft", "graph_get_calendar", "graph_get_event",
        "graph_create_event", "graph_list_tasks", "graph_create_task",
        "sharepoint_search_files", "sharepoint_read_file", "devops_list_projects", "devops_list_builds",
        "devops_diagnose_build", "devops_read_file", "devops_list_pull_requests", "devops_get_pull_request",
    },
    "developer": _EVERYBODY
    | _WORK_ITEMS
    | {
        "devops_list_projects", "repos", "devops_list_builds", "devops_get_build_status",
        "devops_trigger_build", "devops_change_build", "devops_diagnose_build", "devops_get_build_log",
        "devops_get_test_results",
    },
    "scrum": _FOR_DEVOPS
    | {
        "work_items", "boards", "wiki", "devops_list_builds", "devops_get_build_status",
        "devops_list_pull_requests", "graph_get_calendar", "graph_create_event",
    },
    "office": _EVERYBODY
    | {
        "mail", "calendar", "graph_get_mailbox_settings", "graph_update_mailbox_settings",
        "graph_search", "graph_search_people", "graph_list_tasks",
        "graph_create_task", "graph_complete_task", "graph_list_chats", "graph_get_chat_messages",
        "graph_send_teams_message", "sharepoint_search_files", "sharepoint_read_file",
    },
    "teamwork": _EVERYBODY
    | {
        "chats", "tasks", "notes", "meetings", "files", "graph_search", "graph_search_people",
        "graph_get_calendar", "graph_get_event", "sharepoint_search_sites", "sharepoint_list_lists",
        "sharepoint_get_list_items",
    },
}  # fmt: skip
"""Tools and families by preset; besides these there is `ALL`."""

NAMES = (*PRESETS, ALL)

BY_NAME = frozenset({"security"})
"""Families in no preset, `ALL` included: a permission of theirs has no id that is published.

A deployment cannot ask for it, and whoever chooses everything should not be asked for what they lack.
"""


def presets_of(name: str, family: str) -> list[str]:
    """Returns the presets a tool is in."""
    named = [preset for preset, members in PRESETS.items() if {name, family} & members]
    # What confirms writes is offered with these, whatever is chosen.
    return named if family in {*BY_NAME, waiting.FAMILY} else [*named, ALL]


def is_chosen(name: str, family: str, wanted: Set[str]) -> bool:
    """Tells whether a tool is among those that names of presets, families and tools choose."""
    return not {name, family, *presets_of(name, family)}.isdisjoint(wanted)
