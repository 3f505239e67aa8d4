"""Serves the user's own contacts."""

from __future__ import annotations

import re

from starlette.responses import Response

from local.graph.denials import OUTLOOK
from local.graph.errors import bad_request, mailbox_item_not_found
from local.graph.filters import filtered
from local.graph.mailbox import check_id
from local.graph.odata import EntityType, Resource, ordered, ordering
from local.graph.operations import Area, Call

area = Area(OUTLOOK)

_CONTACT = EntityType(
    "microsoft.graph.contact",
    (
        "id", "parentFolderId", "displayName", "givenName", "surname", "companyName", "jobTitle",
        "department", "mobilePhone", "businessPhones", "homePhones", "emailAddresses", "categories",
        "createdDateTime",
        "lastModifiedDateTime",
    ),
)  # fmt: skip
_BY_ADDRESS = re.compile(
    r"emailaddresses/any\(\s*(\w+)\s*:\s*\1/address eq '((?:[^']|'')*)'\s*\)", re.IGNORECASE
)


@area.operation("GET", "/me/contacts", permissions=("Contacts.Read",))
async def list_contacts(call: Call) -> Response:
    """Returns the contacts of the default folder."""
    condition, order = call.query.option("filter"), ordering(call.query.option("orderby"))
    if condition and order:
        raise bad_request(
            "The restriction or sort order is too complex for this operation.", "InefficientFilter"
        )
    contacts = call.tenant.contacts.get(call.user.alias, [])
    return call.many(ordered(_chosen(contacts, condition), order), call.mine("contacts"), _CONTACT)


def _chosen(contacts: list[Resource], condition: str | None) -> list[Resource]:
    """Returns the contacts a filter lets through; of addresses it takes equality alone."""
    by_address = _BY_ADDRESS.fullmatch((condition or "").strip())
    if by_address:
        wanted = by_address[2].replace("''", "'").casefold()
        return [
            each
            for each in contacts
            if any(address["address"].casefold() == wanted for address in each["emailAddresses"])
        ]
    if condition and "emailaddresses" in condition.casefold():
        raise bad_request("The filter expression is not supported for this property.", "ErrorInvalidRequest")
    return filtered(contacts, condition)


@area.operation("GET", "/me/contacts/{contact}", permissions=("Contacts.Read",))
async def get_contact(call: Call) -> Response:
    """Returns one contact."""
    check_id(call.arguments["contact"])
    for each in call.tenant.contacts.get(call.user.alias, []):
        if each["id"] == call.arguments["contact"]:
            return call.one(each, call.mine("contacts/$entity"), _CONTACT)
    raise mailbox_item_not_found()
