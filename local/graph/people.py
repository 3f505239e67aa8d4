"""Serves the signed-in user, their colleagues, managers and reports."""

from __future__ import annotations

import re

from starlette.responses import JSONResponse, Response

from local.graph.denials import DIRECTORY, OUTLOOK
from local.graph.errors import GraphError, directory_not_found
from local.graph.filters import filtered
from local.graph.mailbox_owners import Owner, shared_mailboxes
from local.graph.odata import EntityType, Resource, ordered, ordering, selected, unsupported_query
from local.graph.operations import Area, Call
from local.organisation import User, organisation

area = Area(DIRECTORY)
outlook = Area(OUTLOOK)

_DEFAULT = (
    "businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone",
    "officeLocation", "preferredLanguage", "surname", "userPrincipalName",
)  # fmt: skip
_BASIC = frozenset({"displayName", "givenName", "surname", "mail", "userPrincipalName", "id"})
USER = EntityType.of_directory(
    "microsoft.graph.user",
    (
        *_DEFAULT, "aboutMe", "accountEnabled", "ageGroup", "birthday", "city", "companyName", "country",
        "createdDateTime", "creationType", "department", "employeeHireDate", "employeeId", "employeeType",
        "faxNumber", "imAddresses", "interests", "legalAgeGroup", "mailNickname", "onPremisesSyncEnabled",
        "otherMails", "postalCode", "proxyAddresses", "showInAddressList", "state", "streetAddress",
        "usageLocation", "userType",
    ),
)  # fmt: skip
_PERSON = EntityType(
    "microsoft.graph.person",
    (
        "id", "displayName", "givenName", "surname", "birthday", "personNotes", "isFavorite", "jobTitle",
        "companyName", "department", "officeLocation", "profession", "userPrincipalName", "imAddress",
        "scoredEmailAddresses", "phones", "personType", "yomiCompany", "websites", "postalAddresses",
    ),
)  # fmt: skip
_MOST_CLAUSES = 15
_SEARCH_TERM = re.compile(r'"(?P<property>\w+):(?P<words>[^"]*)"')


def address(user: User) -> str:
    """Returns the mail address of a user."""
    return user.user_principal_name


def described(user: User) -> Resource:
    """Returns every property of a user that this directory knows."""
    return {
        "businessPhones": [],
        "displayName": user.display_name,
        "givenName": user.given_name,
        "jobTitle": user.job_title,
        "mail": address(user),
        "mobilePhone": None,
        "officeLocation": user.office,
        "preferredLanguage": "en-GB",
        "surname": user.surname,
        "userPrincipalName": user.user_principal_name,
        "id": user.object_id,
        "department": user.department,
        "accountEnabled": True,
        "companyName": organisation().document["name"],
        "mailNickname": user.alias,
        "userType": "Member",
        "usageLocation": "PT",
        "otherMails": [],
        "proxyAddresses": [f"SMTP:{address(user)}"],
    }


def _of_shared_mailbox(owner: Owner) -> Resource:
    """Returns the account of a shared mailbox, which nobody signs in with."""
    mail = {"displayName": owner.display_name, "mail": owner.address, "userPrincipalName": owner.address}
    return mail | {"id": owner.object_id, "businessPhones": [], "accountEnabled": False}


def _everybody() -> list[Resource]:
    return [
        *(described(user) for user in organisation().users),
        *(_of_shared_mailbox(owner) for owner in shared_mailboxes()),
    ]


def shown_user(call: Call, user: User | Resource, context: str, *, typed: bool = False) -> Resource:
    """Returns what a caller may see of a user; `typed` where other things stand beside users."""
    names = call.query.select or list(_DEFAULT)
    known = described(user) if isinstance(user, User) else user
    full = {name: known.get(name) for name in USER.properties}
    if known["id"] != call.user.object_id and not call.may("User.Read.All"):
        readable = _BASIC if call.may("User.ReadBasic.All") else {"id"}
        full = {name: value if name in readable else None for name, value in full.items()}
    shown = {"@odata.context": context} if context else {}
    if typed:
        shown["@odata.type"] = f"#{USER.name}"
    return shown | selected(full, names, USER)


def _user(name: str) -> User:
    try:
        found = organisation().user(name)
    except KeyError as error:
        raise directory_not_found(name) from error
    if name.casefold() == found.alias:  # an alias is this project's own idea; the directory knows none
        raise directory_not_found(name)
    return found


@area.operation("GET", "/me", permissions=("User.Read",))
async def get_me(call: Call) -> Response:
    """Returns the signed-in user."""
    names = ",".join(call.query.select or [])
    context = call.context(f"users({names})/$entity" if names else "users/$entity")
    return JSONResponse(shown_user(call, call.user, context))


@area.operation("GET", "/users/{user}", permissions=("User.ReadBasic.All",))
async def get_user(call: Call) -> Response:
    """Returns a user by object id or user principal name."""
    name = call.arguments["user"]
    shared = {key: each for each in shared_mailboxes() for key in (each.object_id, each.address)}
    account = shared.get(name.casefold())
    found = _of_shared_mailbox(account) if account else _user(name)
    return JSONResponse(shown_user(call, found, call.context("users/$entity")))


@area.operation("GET", "/me/manager", permissions=("User.Read.All",))
@area.operation("GET", "/users/{user}/manager", permissions=("User.Read.All",))
async def get_manager(call: Call) -> Response:
    """Returns the manager, or 404 for who has none."""
    user = _user(call.arguments["user"]) if "user" in call.arguments else call.user
    if user.manager is None:
        raise directory_not_found("manager")
    manager = organisation().user(user.manager)
    return JSONResponse(shown_user(call, manager, call.context("directoryObjects/$entity"), typed=True))


@area.operation("GET", "/me/directReports", permissions=("User.Read",))
@area.operation("GET", "/users/{user}/directReports", permissions=("User.Read",))
async def list_direct_reports(call: Call) -> Response:
    """Returns the users whose manager this is; without a permission to read users, their ids alone."""
    user = _user(call.arguments["user"]) if "user" in call.arguments else call.user
    reports = [each for each in organisation().users if each.manager == user.alias]
    return call.many(
        [shown_user(call, each, "", typed=True) for each in reports],
        call.context("directoryObjects"),
        USER,
    )


@area.operation("GET", "/users", permissions=("User.ReadBasic.All",))
async def list_users(call: Call) -> Response:
    """Returns the users of the directory; searching and counting need `ConsistencyLevel: eventual`."""
    query = call.query
    eventual = (call.header("consistencylevel") or "").casefold() == "eventual"
    search, condition, order = query.option("search"), query.option("filter"), query.option("orderby")
    if (search or query.counts) and not eventual:
        raise unsupported_query("Request with $search or $count only works with ConsistencyLevel: eventual.")
    if condition and order and not (eventual and query.counts):
        raise unsupported_query("Sorting not supported for current query.")
    if (
        condition
        and re.search(r"\b(ne|not|endswith)\b", condition, re.IGNORECASE)
        and not (eventual and query.counts)
    ):
        raise unsupported_query("The specified filter needs ConsistencyLevel: eventual and $count=true.")
    if condition and _clauses(condition) > _MOST_CLAUSES:
        raise unsupported_query(
            "Too many child clauses specified in search filter expression containing 'OR' operators: "
            f"{_clauses(condition)}. Max allowed: {_MOST_CLAUSES}."
        )
    users = _everybody()
    if search:
        users = [user for user in users if _found(search, user)]
    users = ordered(filtered(users, condition), ordering(order) or [("displayName", False)])
    context = f"users({','.join(query.select)})" if query.select else "users"
    return call.many(
        users,
        call.context(context),
        USER,
        shape=lambda user: shown_user(call, user, ""),
    )


def _clauses(condition: str) -> int:
    """Counts what a filter compares with: each value of an `in` is a clause of its own."""
    return len(re.findall(r"'(?:[^']|'')*'", condition))


def _found(search: str, user: Resource) -> bool:
    """Tells whether a directory `$search` finds the user: display names by word, all else by beginning."""
    if re.sub(r'"[^"]*"|\bAND\b|\bOR\b|[\s()]', "", search):
        raise unsupported_query(f"Syntax error: the search clause '{search}' must be in double quotes.")
    alternatives = re.split(r"\s+OR\s+(?=\(?\")", search)
    for alternative in alternatives:
        terms = list(_SEARCH_TERM.finditer(alternative))
        if len(terms) != alternative.count('"') // 2 or not terms:
            raise unsupported_query('Unrecognized search clause; expected "property:text".')
        if all(_term_matches(user.get(term["property"]), term) for term in terms):
            return True
    return False


def _term_matches(value: object, term: re.Match[str]) -> bool:
    if value is None and term["property"] not in USER.properties:
        raise unsupported_query(f"Property '{term['property']}' is not searchable.")
    text, words = str(value or "").casefold(), term["words"].casefold().split()
    if term["property"] == "displayName":
        tokens = re.split(r"[\s'._-]+", text)
        return all(any(token.startswith(word) for token in tokens) for word in words)
    return text.startswith(" ".join(words))


@area.operation("GET", "/me/photo", permissions=("User.Read",))
@area.operation("GET", "/me/photo/$value", permissions=("User.Read",))
@area.operation("GET", "/me/photos/{size}/$value", permissions=("User.Read",))
@area.operation("GET", "/users/{user}/photo", permissions=("User.ReadBasic.All",))
@area.operation("GET", "/users/{user}/photo/$value", permissions=("User.ReadBasic.All",))
async def get_photo(_: Call) -> Response:
    """Refuses the request: nobody here has a photo, as in most directories."""
    raise GraphError(
        404,
        "ImageNotFound",
        "The photo wasn't found.",
    )


@outlook.operation("GET", "/me/people", permissions=("People.Read",))
async def list_people(call: Call) -> Response:
    """Returns colleagues, those who work closest first."""
    near = sorted(
        (user for user in organisation().users if user.object_id != call.user.object_id),
        key=lambda user: (
            user.department != call.user.department,
            user.manager != call.user.alias,
            user.alias,
        ),
    )
    people = [_person(user, relevance=20.0 - rank) for rank, user in enumerate(near)]
    search = (call.query.option("search") or "").strip('"').casefold()
    if search:
        people = [person for person in people if _resembles(search, person)]
    people = filtered(people, call.query.option("filter"))
    return call.many(people, call.mine("people"), _PERSON)


def _person(user: User, relevance: float) -> Resource:
    return {
        "id": user.object_id,
        "displayName": user.display_name,
        "givenName": user.given_name,
        "surname": user.surname,
        "jobTitle": user.job_title,
        "companyName": organisation().document["name"],
        "department": user.department,
        "officeLocation": user.office,
        "userPrincipalName": user.user_principal_name,
        "scoredEmailAddresses": [
            {"address": address(user), "relevanceScore": relevance, "selectionLikelihood": "notSpecified"}
        ],
        "phones": [],
        "personType": {"class": "Person", "subclass": "OrganizationUser"},
    }


def _resembles(search: str, person: Resource) -> bool:
    """Tells whether every word begins, or nearly begins, a part of the name or address."""
    parts = re.split(r"[\s.@_-]+", f"{person['displayName']} {person['userPrincipalName']}".casefold())
    return all(any(part.startswith(word) for part in parts) for word in re.split(r"[\s.@_-]+", search))
