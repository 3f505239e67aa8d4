"""Names the tool that reads better what a template reads, where there is one."""

from collections.abc import Mapping

from shared.reads.read_index import Read

_GRAPH: Mapping[str, str] = {
    "/me": "graph_get_profile",
    "/me/messages": "graph_get_emails",
    "/me/messages/{}": "graph_get_email",
    "/me/messages/{}/attachments": "graph_get_email",
    "/me/mailFolders": "graph_list_mail_folders",
    "/me/mailFolders/{}/childFolders": "graph_list_mail_folders",
    "/me/mailFolders/{}/messages": "graph_get_emails",
    "/me/mailFolders/{}/messages/{}": "graph_get_email",
    "/me/calendarView/delta()": "graph_get_calendar",
    "/me/calendar/calendarView": "graph_get_calendar",
    "/me/events": "graph_get_calendar",
    "/me/calendar/events": "graph_get_calendar",
    "/me/events/{}": "graph_get_event",
    "/me/calendar/events/{}": "graph_get_event",
    "/me/manager": "graph_get_org",
    "/users/{}/manager": "graph_get_org",
    "/me/directReports": "graph_get_org",
    "/users/{}/directReports": "graph_get_org",
    "/me/memberOf": "graph_list_my_groups",
    "/me/transitiveMemberOf": "graph_list_my_groups",
    "/me/people": "graph_search_people",
    "/users": "graph_search_people",
    "/me/todo/lists": "graph_list_tasks",
    "/me/todo/lists/{}/tasks": "graph_list_tasks",
    "/me/planner/tasks": "graph_list_tasks",
    "/sites": "sharepoint_search_sites",
    "/me/followedSites": "sharepoint_list_sites",
    "/sites/{}/lists": "sharepoint_list_lists",
    "/sites/{}/lists/{}/items": "sharepoint_get_list_items",
    "/drives/{}/items/{}": "sharepoint_get_file",
    "/drives/{}/items/{}/children": "sharepoint_list_files",
    "/me/drive/items/{}": "sharepoint_get_file",
    "/me/drive/items/{}/children": "sharepoint_list_files",
    "/me/drive/root/children": "sharepoint_list_files",
}
_DEVOPS: Mapping[str, str] = {
    "/{}/_apis/projects": "devops_list_projects",
    "/{}/_apis/projects/{}/teams": "devops_list_projects",
    "/{}/{}/_apis/wit/workitems/{}": "devops_get_work_item",
    "/{}/{}/_apis/wit/workitems": "devops_get_work_item",
    "/{}/{}/_apis/wit/workItems/{}/comments": "devops_get_work_item",
    "/{}/{}/_apis/wit/workItems/{}/updates": "devops_get_work_item",
    "/{}/{}/_apis/wit/queries": "devops_list_queries",
    "/{}/{}/_apis/wit/workitemtypes/{}": "devops_get_work_item_type",
    "/{}/{}/_apis/build/builds": "devops_list_builds",
    "/{}/{}/_apis/build/builds/{}": "devops_get_build_status",
    "/{}/{}/_apis/build/builds/{}/timeline/{}": "devops_diagnose_build",
    "/{}/{}/_apis/build/builds/{}/logs": "devops_get_build_log",
    "/{}/{}/_apis/build/definitions": "devops_list_build_definitions",
    "/{}/{}/_apis/git/repositories": "devops_list_repositories",
    "/{}/{}/_apis/git/repositories/{}/refs": "devops_list_branches",
    "/{}/{}/_apis/git/repositories/{}/stats/branches": "devops_list_branches",
    "/{}/{}/_apis/git/repositories/{}/commits": "devops_list_commits",
    "/{}/{}/_apis/git/repositories/{}/items": "devops_read_file",
    "/{}/{}/_apis/git/repositories/{}/diffs/commits": "devops_get_diff",
    "/{}/{}/_apis/git/pullrequests": "devops_list_pull_requests",
    "/{}/{}/_apis/git/repositories/{}/pullrequests": "devops_list_pull_requests",
    "/{}/{}/_apis/git/repositories/{}/pullrequests/{}": "devops_get_pull_request",
    "/{}/{}/_apis/git/repositories/{}/pullRequests/{}/threads": "devops_get_pull_request",
    "/{}/{}/_apis/wiki/wikis": "devops_list_wikis",
    "/{}/{}/_apis/wiki/wikis/{}/pages": "devops_get_wiki_page",
    "/{}/{}/{}/_apis/work/teamsettings/iterations": "devops_list_paths",
    "/{}/{}/{}/_apis/work/teamsettings/iterations/{}/workitems": "devops_get_sprint",
    "/{}/{}/{}/_apis/work/teamsettings/iterations/{}/capacities": "devops_get_sprint",
    "/{}/{}/{}/_apis/work/backlogs": "devops_get_backlog",
    "/{}/{}/_apis/pipelines/approvals": "devops_list_approvals",
    "/{}/{}/_apis/release/releases": "devops_list_releases",
    "/{}/{}/_apis/testplan/plans": "devops_get_test_plans",
    "/{}/{}/_apis/wit/classificationnodes": "devops_list_paths",
}
BY_TEMPLATE: Mapping[str, Mapping[str, str]] = {
    api: {template.casefold(): tool for template, tool in tools.items()}
    for api, tools in (("graph", _GRAPH), ("devops", _DEVOPS))
}
"""The tools by API and by template, ids as `{}`, in lower case."""


def typed_tool(read: Read) -> str | None:
    """Returns the name of the tool that reads better what a read returns; None where there is none."""
    places = "/".join("{}" if each.startswith("{") else each for each in read.segments)
    return BY_TEMPLATE[read.api].get(f"/{places}".casefold())
