"""Recipients outside the organization, and such as its directory does not have."""

from typing import Any

from shared.tools.microsoft365.mail_writing import graph_create_draft, graph_send_draft, graph_send_email
from tests.shared.tools.mailroom import message, requests
from tests.shared.tools.played_graph import PlayedGraph, Sent
from tests.shared.tools.sandbox import Sandbox

BEN = "Ben Osei <Ben.Osei@larkspur.example>"
SINEAD = "sinead.obrien@quayside.example"
TYPO = "ben.ossei@larkspur.example"
FINANCE = "finance@larkspur.example"
DRAFT = {
    "@odata.etag": 'W/"d"',
    "id": "D1",
    "isDraft": True,
    "lastModifiedDateTime": "2030-01-01T00:00:00Z",
}


async def test_outsiders_and_unknown_colleagues_are_told_of_and_not_refused(sandbox: Sandbox):
    people = {"to": [BEN, SINEAD], "cc": [FINANCE], "bcc": [TYPO]}
    draft = await sandbox.call(graph_create_draft, body="x", subject="x", **people)
    by_draft = await sandbox.call(graph_send_draft, draft_id=draft.id, version=draft.version)
    at_once = await sandbox.call(graph_send_email, body="x", subject="x", **people)

    for check in (draft.recipients, by_draft.recipients, at_once.recipients):
        assert ([SINEAD], [TYPO]) == (check.outside, check.not_in_directory)
        assert (0, []) == (check.unchecked, check.gaps)


async def test_people_a_reply_goes_to_by_itself_are_checked_too(sandbox: Sandbox):
    offer = await message(sandbox, '"Upgrade window for your cache cluster"')
    reply = await sandbox.call(graph_create_draft, kind="reply", message_id=offer.id, body="Yes.")

    assert ["tomasz.wojcik@cachewell.example"] == reply.recipients.outside


async def test_a_directory_that_cannot_be_read_is_a_gap_and_no_failure(sandbox: Sandbox):
    await sandbox.fail("graph", path="/v1.0/users", status=503)
    draft = await sandbox.call(graph_create_draft, body="x", to=[BEN, SINEAD])

    assert ([], [], 2) == (
        draft.recipients.outside,
        draft.recipients.not_in_directory,
        draft.recipients.unchecked,
    )
    assert ["recipients in the directory"] == [each.source for each in draft.recipients.gaps]


async def test_a_draft_without_recipients_asks_the_directory_nothing(sandbox: Sandbox):
    await sandbox.call(graph_create_draft, body="x")

    assert not [each for each in await requests(sandbox) if each["path"].endswith("/users")]


def played(accounts: list[dict[str, Any]], own: dict[str, Any]) -> PlayedGraph:
    """A Graph whose directory has these accounts."""

    def play(sent: Sent) -> Any:
        if sent.path == "/users":
            return {"value": accounts}
        if sent.path == "/me":
            return own
        return 201, DRAFT | {"toRecipients": sent.body["toRecipients"]}

    return PlayedGraph(play)


async def test_a_guest_is_outside_and_another_domain_of_the_organization_is_not():
    graph = played(
        [
            {
                "mail": "sinead@quayside.example",
                "userPrincipalName": "sinead_quayside.example#EXT#@larkspur.example",
            },
            {"mail": "noor@larkspur.pt", "userPrincipalName": "noor@larkspur.example"},
        ],
        {"mail": None, "userPrincipalName": "ana@larkspur.onmicrosoft.example"},
    )
    draft = await graph.call(
        graph_create_draft,
        body="x",
        to=[
            "sinead@quayside.example",
            "noor@larkspur.pt",
            "crew@larkspur.pt",
            "x@larkspur.onmicrosoft.example",
        ],
    )

    assert ["sinead@quayside.example"] == draft.recipients.outside
    assert ["crew@larkspur.pt", "x@larkspur.onmicrosoft.example"] == draft.recipients.not_in_directory


async def test_the_directory_is_asked_of_a_few_at_a_time_and_of_so_many_at_most():
    people = [f"o'neil{number}@a.example" for number in range(100)]
    graph = played([], {"mail": "ana@larkspur.example", "userPrincipalName": None})
    draft = await graph.call(graph_create_draft, body="x", to=people)
    filters = [each.query["$filter"] for each in graph.requests if each.path == "/users"]

    assert (70, 30) == (len(draft.recipients.outside), draft.recipients.unchecked)
    assert [14] * 10 == [each.count(" eq ") for each in filters]
    assert "mail eq 'o''neil0@a.example' or userPrincipalName eq 'o''neil0@a.example'" in filters[0]


async def test_who_has_no_address_of_mail_is_not_looked_up():
    known = {"emailAddress": {"address": "/O=EXCHANGELABS/CN=ana", "name": "Ana"}}
    graph = PlayedGraph(lambda _: (201, DRAFT | {"toRecipients": [known]}))
    check = (await graph.call(graph_create_draft, body="x")).recipients

    assert ([], 1) == (check.outside, check.unchecked)
    assert 1 == len(graph.requests)
