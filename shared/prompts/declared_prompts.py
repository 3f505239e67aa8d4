"""Declares the prompts and their steps."""

from collections.abc import Sequence

from shared.mcp.prompt import Prompt, PromptArgument, Prompting, Step
from shared.mcp.tool import Tool
from shared.prompts import prompt_arguments as parse


def _daily_briefing(prompting: Prompting) -> Sequence[Step]:
    day = prompting.given("date", otherwise='"today"')
    return [
        Step(
            f"Read the calendar of {day} with `graph_get_calendar`; note meetings that overlap, and those "
            "not answered yet.",
            ("graph_get_calendar",),
        ),
        Step(
            "Read unread emails with `graph_get_emails` (unread_only), and say which ask something of the "
            "user.",
            ("graph_get_emails",),
        ),
        Step("List the tasks that are due by then with `graph_list_tasks`.", ("graph_list_tasks",)),
        Step(
            "List the user's open work items with `devops_list_my_work_items`; name those changed since "
            "yesterday first.",
            ("devops_list_my_work_items",),
        ),
        Step(
            "List the pull requests the user is asked to review with `devops_list_pull_requests` "
            "(reviewer_id me).",
            ("devops_list_pull_requests",),
        ),
        Step(
            "Write the briefing: first what needs a decision or an answer, then the day by the hour, then "
            "the rest in a line each. Change and send nothing."
        ),
    ]


def _prepare_meeting(prompting: Prompting) -> Sequence[Step]:
    event = prompting.given("event", otherwise="the user's next meeting with others")
    return [
        Step(
            f"Find the event {event}: by its subject among those of the next two weeks with "
            "`graph_get_calendar`, or by its id.",
            ("graph_get_calendar",),
        ),
        Step("Read it with `graph_get_event`: agenda, attendees, answers.", ("graph_get_event",)),
        Step(
            "Look up who the attendees are with `graph_search_people`, those outside the organization first.",
            ("graph_search_people",),
        ),
        Step(
            "Find the last emails with them on its subject with `graph_search_emails`, and read what matters "
            "with `graph_get_email`.",
            ("graph_search_emails", "graph_get_email"),
        ),
        Step("Find files its subject names with `graph_search`.", ("graph_search",)),
        Step(
            "Read the work items that the event or the emails name with `devops_get_work_item`.",
            ("devops_get_work_item",),
        ),
        Step(
            "Write a page: purpose, people, what was agreed so far, open questions, and what the user should "
            "bring. Change and send nothing."
        ),
    ]


def _diagnose_build(prompting: Prompting) -> Sequence[Step]:
    project = prompting.given("project", otherwise="the user's default project")
    build = prompting.given("build", otherwise="the one that failed last")
    return [
        Step(
            f"Diagnose the build with `devops_diagnose_build`. Project: {project}; build: {build}. Find the "
            "first error that explains the others.",
            ("devops_diagnose_build",),
        ),
        Step(
            "Read more of that step's log with `devops_get_build_log` where its end does not show the cause.",
            ("devops_get_build_log",),
        ),
        Step("Read the failed tests with `devops_get_test_results`.", ("devops_get_test_results",)),
        Step(
            "See what has changed since the last build that succeeded with `devops_get_build_status` "
            "(changes), and the builds before with `devops_list_builds`.",
            ("devops_get_build_status", "devops_list_builds"),
        ),
        Step(
            "Look whether a bug for it exists with `devops_search_work_items`.", ("devops_search_work_items",)
        ),
        Step(
            "Say the cause and the line of the log that shows it, who or what changed it, and what to do. "
            "Offer to file a bug; file none without the user's word."
        ),
    ]


def _sprint_status(prompting: Prompting) -> Sequence[Step]:
    project = prompting.given("project", otherwise="the user's default project")
    team = prompting.given("team", otherwise="the user's, or else the project's default team")
    return [
        Step(
            f"Read the current sprint with `devops_get_sprint`. Project: {project}; team: {team}.",
            ("devops_get_sprint",),
        ),
        Step(
            "Find what has changed since yesterday with `devops_search_work_items` (WIQL, "
            "System.ChangedDate, @CurrentIteration).",
            ("devops_search_work_items",),
        ),
        Step(
            "Read items that look blocked or have not moved with `devops_get_work_item`, comments included.",
            ("devops_get_work_item",),
        ),
        Step(
            "See whether builds of the main branch fail with `devops_list_builds`.", ("devops_list_builds",)
        ),
        Step(
            "Report in a table by state and person; then what changed since yesterday, what is blocked, what "
            "has no estimate or nobody assigned, and whether the sprint's goal is at risk. Change nothing."
        ),
    ]


_PROJECT = PromptArgument("project", "Name of the Azure DevOps project; left out, yours.", parse.name)

PROMPTS: Sequence[Prompt] = (
    Prompt(
        name="daily_briefing",
        title="Daily briefing",
        description="Your day at a glance: calendar, mail, tasks, work items, pull requests.",
        arguments=(
            PromptArgument("date", "A date (2026-11-30), today or tomorrow; left out, today.", parse.day),
        ),
        tool="graph_get_calendar",
        goal="Brief the signed-in user on their day.",
        write=_daily_briefing,
    ),
    Prompt(
        name="prepare_meeting",
        title="Prepare a meeting",
        description="What you need for a meeting: people, last emails, files, work items, open questions.",
        arguments=(
            PromptArgument("event", "Subject or id of the event; left out, your next meeting.", parse.item),
        ),
        tool="graph_get_calendar",
        goal="Prepare the signed-in user for a meeting.",
        write=_prepare_meeting,
    ),
    Prompt(
        name="diagnose_build",
        title="Diagnose a build",
        description="Why a build failed: first error, tests, changes since it last succeeded, known bugs.",
        arguments=(
            _PROJECT,
            PromptArgument(
                "build",
                "Id, number (20261127.3) or web address of the build; left out, the one that failed last.",
                parse.build,
            ),
        ),
        tool="devops_diagnose_build",
        goal="Find out why a build failed.",
        write=_diagnose_build,
    ),
    Prompt(
        name="sprint_status",
        title="Status of the sprint",
        description="Where the sprint stands: by state and person, changed, blocked, without estimate.",
        arguments=(
            _PROJECT,
            PromptArgument("team", "Name of the team; left out, yours or the project's default.", parse.name),
        ),
        tool="devops_get_sprint",
        goal="Report where the current sprint stands.",
        write=_sprint_status,
    ),
)


def offered_prompts(tools: Sequence[Tool]) -> list[Prompt]:
    """Returns the prompts whose tool is offered."""
    names = {tool.name for tool in tools}
    return [each for each in PROMPTS if each.tool in names]
