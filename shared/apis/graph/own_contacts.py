"""Searches the signed-in user's own contacts."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from shared.apis.graph.graph_client import Graph
from shared.apis.literals import odata_string
from shared.apis.models import GraphModel
from shared.results.paging import Page
from shared.text.content import Line

_NAMES = ("displayName", "givenName", "surname", "companyName")


def _addresses(value: object) -> object:
    given = value if isinstance(value, list) else []
    found = (each.get("address") if isinstance(each, dict) else each for each in given)
    return [each for each in found if each]


class Contact(GraphModel):
    """Somebody in the user's own contacts."""

    id: str
    display_name: Line | None = None
    addresses: Annotated[list[Line], BeforeValidator(_addresses)] = Field(
        [], validation_alias="emailAddresses", description="Email addresses."
    )
    company_name: Line | None = None
    job_title: Line | None = None
    business_phones: list[Line] = []
    mobile_phone: Line | None = None


async def search_contacts(graph: Graph, words: str, *, limit: int, cursor: str | None) -> Page[Contact]:
    """Returns a page of the contacts with this address, or whose name or company begins with the words.

    Graph compares addresses of contacts as a whole only, and looks into the default folder alone.
    """
    wanted = odata_string(words)
    by_address = f"emailAddresses/any(a:a/address eq {wanted})"
    by_name = " or ".join(f"startswith({name},{wanted})" for name in _NAMES)
    condition = by_address if "@" in words else by_name
    return await graph.page(Contact, "/me/contacts", limit=limit, cursor=cursor, filter=condition)
