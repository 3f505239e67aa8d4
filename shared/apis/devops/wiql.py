"""The Work Item Query Language: how to write a query, ask it, and read what it finds.

A query finds ids only, whatever it selects; `shared.apis.devops.work_item_requests` reads the rest.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.literals import wiql_string
from shared.apis.models import DevOpsModel
from shared.errors import ToolError

RESULT_LIMIT = 20_000
"""Work items beyond which the service refuses to answer a query."""
WORDS_LIMIT = 20

_SELECT = re.compile(r"\s*SELECT\b.+\bFROM\s+WorkItem(s|Links)\b", re.IGNORECASE | re.DOTALL)
_TOO_LARGE = "WorkItemTrackingQueryResultSizeLimitExceededException"
_TEXT_FIELDS = ("System.Title", "System.Description", "Microsoft.VSTS.TCM.ReproSteps")
_ENDED = ("Closed", "Done", "Completed", "Removed", "Inactive")
_SHOWN = (
    "System.WorkItemType", "System.Title", "System.State", "System.AssignedTo", "System.Tags",
    "System.ChangedDate",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where a query is asked: macros such as `@Project` and `@CurrentIteration` are read from it."""

    organization: str
    project: str | None = None
    team: str | None = None

    @property
    def segments(self) -> Sequence[str]:
        """The beginning of a path, as far as it is known."""
        return [each for each in (self.organization, self.project, self.team) if each]


@dataclass(frozen=True)
class Hit:
    """A work item a query finds; in a query for links, also where the link to it comes from."""

    id: int
    linked_from: int | None = None
    link: str | None = None


@dataclass(frozen=True)
class Found:
    """What a query finds: work items in order, and the columns it selects, by reference name."""

    hits: Sequence[Hit]
    columns: Sequence[str]


class _Column(DevOpsModel):
    reference_name: str


class _Reference(DevOpsModel):
    id: int


class _Relation(DevOpsModel):
    rel: str | None = None
    source: _Reference | None = None
    target: _Reference


class _Result(DevOpsModel):
    columns: list[_Column] = Field(default_factory=list)
    work_items: list[_Reference] | None = None
    work_item_relations: list[_Relation] | None = None


async def run_query(devops: DevOps, place: Place, query: str) -> Found:
    """What a query finds.

    Raises:
        ToolError: `invalid_argument`: it is no WIQL the service takes, or it finds too much.
    """
    try:
        result = await devops.post(
            _Result, "/{}/_apis/wit/wiql", place.segments, body={"query": query}, reads=True
        )
    except ToolError as error:
        if error.details.get("devops_error") != _TOO_LARGE:
            raise
        raise ToolError(
            "invalid_argument",
            f"query: finds more than {RESULT_LIMIT:,} work items, for which the service gives nothing.",
            "Narrow it with WHERE, for example by project, state or [System.ChangedDate] > @Today - 30.",
            details=error.details,
        ) from error
    hits = [Hit(each.id) for each in result.work_items or ()]
    hits += [
        Hit(each.target.id, each.source.id if each.source else None, each.rel)
        for each in result.work_item_relations or ()
    ]
    return Found(hits, [each.reference_name for each in result.columns])


def is_query(text: str) -> bool:
    """Whether a text is WIQL rather than words to look for."""
    return _SELECT.match(text) is not None


def words_query(text: str, place: Place) -> str:
    """The query for work items with all the words in title, description, repro steps or tags, latest first.

    Words in double quotes stand together; a number also is an id.

    Raises:
        ToolError: `invalid_argument`: there is no word, or there are too many.
    """
    words = [phrase or word for phrase, word in re.findall(r'"([^"]+)"|([^\s"]+)', text)]
    # The full-text index knows no marks on their own.
    words = [word for word in words if re.search(r"\w", word)]
    if not 0 < len(words) <= WORDS_LIMIT:
        raise ToolError(
            "invalid_argument",
            f"query: has {len(words)} words.",
            f"Give 1 to {WORDS_LIMIT} words, or a WIQL query that begins with SELECT.",
        )
    return _query(_SHOWN, place, [f"({' OR '.join(_occurrences(word))})" for word in words])


def own_query(columns: Sequence[str], place: Place, *, include_ended: bool) -> str:
    """The query for the work items assigned to the caller, latest changed first."""
    conditions = ["[System.AssignedTo] = @Me"]
    if not include_ended:
        conditions.append(f"[System.State] NOT IN ({', '.join(map(wiql_string, _ENDED))})")
    return _query(columns, place, conditions)


def _query(columns: Sequence[str], place: Place, conditions: Sequence[str]) -> str:
    narrowed = [*conditions, *(["[System.TeamProject] = @Project"] if place.project else [])]
    return " ".join(
        [
            *("SELECT", ", ".join(f"[{column}]" for column in columns), "FROM WorkItems"),
            *("WHERE", " AND ".join(narrowed)),
            "ORDER BY [System.ChangedDate] DESC, [System.Id] DESC",
        ]
    )


def _occurrences(word: str) -> list[str]:
    written = wiql_string(word)
    conditions = [f"[{field}] CONTAINS WORDS {written}" for field in _TEXT_FIELDS]
    conditions.append(f"[System.Tags] CONTAINS {written}")
    if re.fullmatch(r"#?[0-9]{1,9}", word):
        conditions.append(f"[System.Id] = {int(word.lstrip('#'))}")
    return conditions


def selected(found: Found) -> Sequence[str]:
    """The selected columns that are fields of a work item, without its id."""
    return [each for each in found.columns if each != "System.Id" and not each.startswith("System.Links.")]


def row(fields: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    """The values of the columns, in their order, without those that are not set."""
    return {column: fields[column] for column in columns if fields.get(column) is not None}
