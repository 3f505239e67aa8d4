"""Serves the people and groups of an organization, found by name or address."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from local.devops.call import Call, Operation
from local.devops.errors import argument
from local.devops.paging import collection
from local.devops.people import Identity
from local.organisation import organisation

_READ = ("vso.identity",)
_FILTERS = ("accountname", "displayname", "mailaddress", "general", "localgroupname")


def read_identities(call: Call) -> Response:
    """Returns who a filter finds in the organization: nobody is an empty list."""
    kind, text = call.query.get("searchFilter"), call.query.get("filterValue", "").casefold()
    if kind is None or kind.casefold() not in _FILTERS:
        raise argument("searchFilter", f"The value '{kind}' is not one to search by.")
    if not text:
        raise argument("filterValue", "There is nothing to search for.")
    members = [each for each in call.store.people.everyone if _is_member(call, each)]
    return collection([_view(each) for each in members if _meets(each, kind.casefold(), text)])


def _is_member(call: Call, person: Identity) -> bool:
    """Tells whether somebody has signed in to the organization; guests of the data have."""
    known = next((each for each in organisation().users if each.alias == person.alias), None)
    return known is None or call.organization.name in known.devops_organizations


def _meets(person: Identity, kind: str, text: str) -> bool:
    name, address = person.display_name.casefold(), person.unique_name.casefold()
    match kind:
        case "displayname":
            return name.startswith(text)
        case "mailaddress" | "accountname":
            return address == text
        case "general":
            return name.startswith(text) or address.startswith(text) or text in name.split()
        case _:
            return False


def _view(person: Identity) -> dict[str, Any]:
    properties = {
        "SchemaClassName": "User",
        "Domain": organisation().tenant_id,
        "Account": person.unique_name,
        "Mail": person.unique_name,
    }
    return {
        "id": person.id,
        "descriptor": f"Microsoft.IdentityModel.Claims.ClaimsIdentity;{person.unique_name}",
        "subjectDescriptor": person.descriptor,
        "providerDisplayName": person.display_name,
        "isActive": True,
        "members": [],
        "memberOf": [],
        "memberIds": [],
        "properties": {
            name: {"$type": "System.String", "$value": value} for name, value in properties.items()
        },
        "resourceVersion": 2,
        "metaTypeId": 0,
    }


OPERATIONS = [Operation("GET", "identities", _READ, read_identities)]
