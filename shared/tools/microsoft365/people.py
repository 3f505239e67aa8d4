"""Finds people of the organization, their managers and reports, and the user's groups."""

from typing import Annotated

from pydantic import BaseModel, Field

from shared.apis.graph.own_contacts import Contact, search_contacts
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.concurrency import run_concurrently
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.paging import Page
from shared.results.partial_results import Gap, capture_gap
from shared.text.content import Line, clean_line
from shared.tools.params import Cursor, Id, PageSize

toolset = Toolset("people")

# Directory searches and counts need it (Advanced query capabilities on Microsoft Entra ID objects).
_EVENTUAL = {"ConsistencyLevel": "eventual"}


class Colleague(GraphModel):
    """A user of the directory."""

    id: str
    display_name: Line | None = None
    mail: Line | None = Field(None, description="Email address.")
    user_principal_name: str | None = Field(None, description="Name to sign in with, mostly the address too.")
    job_title: Line | None = None
    department: Line | None = None
    office_location: Line | None = None


class PeopleFound(Page[Colleague | Contact]):
    """People found; `gaps` names what could not be read."""

    gaps: list[Gap] = Field(description="What is missing, and why.")


class Org(BaseModel):
    """Where a person stands in the organization."""

    person: Colleague
    manager: Colleague | None = Field(description="Whom they report to; null if nobody.")
    reports: Page[Colleague] = Field(description="Who reports to them.")


class Group(GraphModel):
    """A group of the directory."""

    id: str
    display_name: Line | None = Field(None, description="Its name; null where it may not be seen.")
    description: Line | None = None
    mail: str | None = None


class Groups(Page[Group]):
    """Groups of the signed-in user."""

    hidden: int = Field(description="How many of these groups have a name that may not be seen.")


class _Person(GraphModel):
    """Somebody the signed-in user has to do with, as `/me/people` tells: titles included."""

    id: str
    job_title: Line | None = None
    department: Line | None = None
    office_location: Line | None = None


@toolset.tool(scopes=["User.ReadBasic.All"], optional_scopes=["Contacts.Read"])
async def graph_search_people(
    caller: Caller,
    query: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            description="A name, the beginning of one, or of an email address.",
        ),
    ],
    contacts: Annotated[
        bool, Field(description="Search the user's own contacts instead: people outside, by beginning.")
    ] = False,
    limit: PageSize = 10,
    cursor: Cursor = None,
) -> PeopleFound:
    """Search the people of the organization by name or email address.

    Use it to find the address or id that other tools take. Those the signed-in user works with most come
    first on a page; job titles are there where the user may see them. Use graph_get_org for managers
    and reports.
    """
    words = clean_line(query.replace('"', " ").replace("\\", " "))
    if not words:
        raise ToolError("invalid_argument", "query: holds no word.", "Give a name or an email address.")
    if contacts:
        own = caller.with_scopes("Contacts.Read").graph
        found = await search_contacts(own, words, limit=limit, cursor=cursor)
        note = found.note or "Contacts in folders other than the main one are not searched."
        note += " Addresses of contacts are compared as a whole." if "@" in words and not found.items else ""
        return PeopleFound(**{**dict(found), "note": note}, gaps=[])
    page, near = await run_concurrently(
        _users(caller, words, limit, cursor), capture_gap("people you work with", _near(caller, words))
    )
    return _ranked(page, near)


@toolset.tool(scopes=["User.Read.All"])
async def graph_get_org(
    caller: Caller,
    person: Annotated[
        Id | None,
        Field(description="Email address (user principal name) or id of a person; left out, the user."),
    ] = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Org:
    """Get a person's manager and direct reports: the signed-in user's, if nobody is named.

    Find people by name with graph_search_people. The cursor reads on in the reports.
    """
    base, who = ("/users/{}", [person]) if person else ("/me", [])
    found, manager, reports = await run_concurrently(
        caller.graph.get(Colleague, base, *who),
        _manager(caller, base, who),
        caller.graph.page(Colleague, f"{base}/directReports", *who, limit=limit, cursor=cursor),
    )
    return Org(person=found, manager=manager, reports=reports)


@toolset.tool(scopes=["User.Read"])
async def graph_list_my_groups(caller: Caller, limit: PageSize = 50, cursor: Cursor = None) -> Groups:
    """List the groups the signed-in user is in, also through other groups.

    Names are there only if the permission GroupMember.Read.All was granted too; ids always are.
    """
    page = await caller.graph.page(
        Group,
        "/me/transitiveMemberOf/microsoft.graph.group",
        limit=limit,
        cursor=cursor,
        headers=_EVENTUAL,
        count="true",
    )
    return Groups(**dict(page), hidden=sum(each.display_name is None for each in page.items))


async def _users(caller: Caller, words: str, limit: int, cursor: str | None) -> Page[Colleague]:
    clauses = (f'"{name}:{words}"' for name in ("displayName", "mail", "userPrincipalName"))
    return await caller.graph.page(
        Colleague, "/users", limit=limit, cursor=cursor, headers=_EVENTUAL, odata_search=" OR ".join(clauses)
    )


async def _near(caller: Caller, words: str) -> list[_Person]:
    """Finds people the user works with, closest first; none without People.Read."""
    try:
        return (await caller.graph.page(_Person, "/me/people", limit=100, odata_search=f'"{words}"')).items
    except ToolError as error:
        if error.code == "forbidden":
            return []
        raise


async def _manager(caller: Caller, base: str, who: list[str]) -> Colleague | None:
    try:
        return await caller.graph.get(Colleague, f"{base}/manager", *who)
    except ToolError as error:
        # Who reports to nobody has a manager that is not found.
        if error.code == "not_found":
            return None
        raise


def _ranked(page: Page[Colleague], near: list[_Person] | Gap) -> PeopleFound:
    """Returns the page with those the user works with first, and what the basic profile of each lacks."""
    people = {} if isinstance(near, Gap) else {each.id: each.model_dump(exclude_none=True) for each in near}
    rank = {person_id: position for position, person_id in enumerate(people)}
    items = [each.model_copy(update=people.get(each.id, {})) for each in page.items]
    return PeopleFound(
        items=sorted(items, key=lambda each: rank.get(each.id, len(rank))),
        complete=page.complete,
        next_cursor=page.next_cursor,
        note=page.note,
        gaps=[near] if isinstance(near, Gap) else [],
    )
