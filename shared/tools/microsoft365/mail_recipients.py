"""Tells which recipients of a message are outside the organization, or not in its directory."""

from collections.abc import Iterable, Sequence

from pydantic import BaseModel, Field

from shared.apis.graph.mail_messages import address_of
from shared.apis.literals import odata_string
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.concurrency import run_all, run_concurrently
from shared.results.partial_results import Gap, capture_gap

SCOPE = "User.ReadBasic.All"

_AT_ONCE = 7
"""Two conditions each stay below the 15 that a `$filter` of the directory may have."""
_MOST = 70
_GUEST = "#ext#"


class RecipientCheck(BaseModel):
    """What the directory says of the recipients; none of it keeps a message from being sent."""

    outside: list[str] = Field([], description="Addresses outside the organization: tell the user.")
    not_in_directory: list[str] = Field(
        [],
        description="Addresses of the organization that no account has as its own: a group, an alias, or a "
        "mistake. Tell the user.",
    )
    unchecked: int = Field(0, description="How many addresses were not looked up.")
    gaps: list[Gap] = []


class _Account(GraphModel):
    """An account of the directory, by its addresses."""

    mail: str | None = None
    user_principal_name: str | None = None

    @property
    def addresses(self) -> set[str]:
        """Returns its addresses in lower case."""
        return {each.casefold() for each in (self.mail, self.user_principal_name) if each}

    @property
    def is_guest(self) -> bool:
        """Tells whether it belongs to somebody outside."""
        return _GUEST in (self.user_principal_name or "").casefold()


async def check_recipients(caller: Caller, people: Iterable[str]) -> RecipientCheck:
    """Returns which of these people are outside the organization, with the optional scope `SCOPE`.

    The directory decides: an address that an account has is inside, wherever its domain is; of the others
    those in a domain of the user or of an account that was found are the organization's.
    """
    given = [*dict.fromkeys(address_of(each).casefold() for each in people)]
    # Who was taken from an address book may have no address that mail has.
    addresses = [each for each in given if "@" in each]
    if not addresses:
        return RecipientCheck(unchecked=len(given))
    found = await capture_gap("recipients in the directory", _accounts(caller, addresses[:_MOST]))
    if isinstance(found, Gap):
        return RecipientCheck(unchecked=len(given), gaps=[found])
    members = {address for each in found if not each.is_guest for address in each.addresses}
    domains = {_domain(each) for each in members}
    others = [each for each in addresses[:_MOST] if each not in members]
    return RecipientCheck(
        outside=[each for each in others if _domain(each) not in domains],
        not_in_directory=[each for each in others if _domain(each) in domains],
        unchecked=len(given) - len(addresses[:_MOST]),
    )


async def _accounts(caller: Caller, addresses: Sequence[str]) -> list[_Account]:
    """Returns the accounts that have these addresses, and that of the user."""
    graph = caller.with_scopes(SCOPE).graph
    parts = [addresses[first : first + _AT_ONCE] for first in range(0, len(addresses), _AT_ONCE)]
    own, pages = await run_concurrently(
        graph.get(_Account, "/me"),
        run_all(
            graph.page(_Account, "/users", limit=2 * _AT_ONCE, filter=_condition(part)) for part in parts
        ),
    )
    return [own, *(account for page in pages for account in page.items)]


def _condition(addresses: Sequence[str]) -> str:
    return " or ".join(
        f"{name} eq {odata_string(address)}"
        for address in addresses
        for name in ("mail", "userPrincipalName")
    )


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
