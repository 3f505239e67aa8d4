"""Writes and runs queries of the Work Item Query Language (WIQL).

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
"""Work items beyond which the service refuses a query."""
WORDS_LIMIT = 20

_SELECT = re.compile(r"\s*SELECT\b.+\bFROM\s+WorkItem(s|Links)\b", re.IGNORECASE | re.DOTALL)
_OUTSIDE_TEXTS = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\[[^\]]*\]")
_AS_OF = re.compile(r"\bASOF\b", re.IGNORECASE)
# A date with a time of day, as the value of a comparison.
_TIME_OF_DAY = re.compile(
    r"""(?:[<>=(,]|\bASOF)\s*(?P<quote>['"])\s*
    (?:\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}[ -][^\W\d]+\.?[ -]\d{2,4}|[^\W\d]+\.?\ \d{1,2},?\ \d{2,4})
    (?:[T,]|\s)\s*\d{1,2}(?::\d\d(?::\d\d(?:\.\d+)?)?(?:\s*[AP]\.?M\.?)?|\s*[AP]\.?M\.?)
    \s*(?:Z|UTC|GMT|[+-]\d\d:?\d\d)?\s*(?P=quote)""",
    re.IGNORECASE | re.VERBOSE,
)
_TOO_LARGE = "WorkItemTrackingQueryResultSizeLimitExceededException"
_TEXT_FIELDS = ("System.Title", "System.Description", "Microsoft.VSTS.TCM.ReproSteps")
_SHOWN = (
    "System.WorkItemType", "System.Title", "System.State", "System.AssignedTo", "System.Tags",
    "System.ChangedDate",
)  # fmt: skip


@dataclass(frozen=True)
class QueryScope:
    """Scopes a query: macros such as `@Project` and `@CurrentIteration` are resolved from it."""

    organization: str
    project: str | None = None
    team: str | None = None

    @property
    def segments(self) -> Sequence[str]:
        """Returns the beginning of a path, as far as it is known."""
        return [each for each in (self.organization, self.project, self.team) if each]


@dataclass(frozen=True)
class QueryHit:
    """Names a work item that a query finds; in a query for links, also where the link to it comes from."""

    id: int
    linked_from: int | None = None
    link: str | None = None


@dataclass(frozen=True)
class QueryResult:
    """Holds the result of a query: work items in order, and the columns it selects, by reference name."""

    hits: Sequence[QueryHit]
    columns: Sequence[str]
    as_of: str | None = None
    """The moment of a query for the past, at which its work items are to be read."""


class _Column(DevOpsModel):
    reference_name: str


class _Reference(DevOpsModel):
    id: int


class _Relation(DevOpsModel):
    rel: str | None = None
    source: _Reference | None = None
    target: _Reference


class _QueryDocument(DevOpsModel):
    columns: list[_Column] = Field(default_factory=list)
    work_items: list[_Reference] | None = None
    work_item_relations: list[_Relation] | None = None
    as_of: str | None = None


async def run_query(
    devops: DevOps, scope: QueryScope, query: str, *, limit: int | None = None
) -> QueryResult:
    """Runs a query and returns what it finds.

    Raises:
        ToolError: `invalid_argument`: it is no WIQL the service accepts, or it finds too much.
    """
    top: dict[str, Any] = {"$top": str(limit)} if limit else {}
    try:
        result = await devops.post(
            _QueryDocument,
            "/{}/_apis/wit/wiql",
            scope.segments,
            body={"query": query},
            reads=True,
            timePrecision="true" if has_time_of_day(query) else "",
            **top,
        )
    except ToolError as error:
        if error.details.get("devops_error") != _TOO_LARGE:
            raise
        raise ToolError(
            "invalid_argument",
            f"query: finds more than {RESULT_LIMIT:,} work items, for which the service returns nothing.",
            "Narrow it with WHERE, for example by project, state or [System.ChangedDate] > @Today - 30.",
            details=error.details,
        ) from error
    hits = [QueryHit(each.id) for each in result.work_items or ()]
    hits += [
        QueryHit(each.target.id, each.source.id if each.source else None, each.rel)
        for each in result.work_item_relations or ()
    ]
    columns = [each.reference_name for each in result.columns]
    return QueryResult(hits, columns, as_of=result.as_of if is_about_the_past(query) else None)


def is_query(text: str) -> bool:
    """Tells whether a text is WIQL rather than words to look for."""
    return _SELECT.match(text) is not None


def is_about_the_past(query: str) -> bool:
    """Tells whether a query has an ASOF clause."""
    return _AS_OF.search(_OUTSIDE_TEXTS.sub(" ", query)) is not None


def has_time_of_day(query: str) -> bool:
    """Tells whether a date of a query has a time of day, which the service takes only on request."""
    return _TIME_OF_DAY.search(query) is not None


def full_text_query(text: str, scope: QueryScope) -> str:
    """Returns the query for work items with all the words in title, texts or tags, latest first.

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
    return _query(_SHOWN, scope, [f"({' OR '.join(_occurrences(word))})" for word in words])


def assigned_to_me_query(columns: Sequence[str], scope: QueryScope, *, conditions: Sequence[str] = ()) -> str:
    """Returns the query for the work items assigned to the caller, latest changed first."""
    return _query(columns, scope, ["[System.AssignedTo] = @Me", *conditions])


def _query(columns: Sequence[str], scope: QueryScope, conditions: Sequence[str]) -> str:
    narrowed = [*conditions, *(["[System.TeamProject] = @Project"] if scope.project else [])]
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


def selected(found: QueryResult) -> Sequence[str]:
    """Returns the selected columns that are fields of a work item, without its id."""
    return [each for each in found.columns if each != "System.Id" and not each.startswith("System.Links.")]


def row(fields: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    """Returns the values of the columns, in their order, without those that are not set."""
    return {column: fields[column] for column in columns if fields.get(column) is not None}
