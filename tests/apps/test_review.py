"""Review and send: a person sees exactly what a press of the button sends, and it is sent once."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest

from local.organisation import organisation
from local.tenant import Tenant
from tests.apps.browser import Browser, Held, Result, Server, ok, refused, scripted, show
from tests.apps.confirmations import BEN, PAT, SENT, confirmed, waiting
from tests.apps.samples import MARKUP, result, sample
from tests.journeys.steps import issue
from tests.sign_in.programs import with_browser

pytestmark = with_browser
CHANGED = refused(
    "conflict",
    "The draft was changed, after you read it; it was not sent.",
    "Read it again.",
    current_version='W/"two"',
)
EVA = {"emailAddress": {"name": "Eva Lindqvist", "address": "eva.lindqvist@larkspur.example"}}
type SignedIn = Callable[[str], Coroutine[Any, Any, Server]]


def email(**changes: Any) -> Result:
    return ok({**sample("review")["answers"]["graph_get_email"], **changes})


def body(text: str, offset: int = 0, following: int | None = None) -> dict[str, Any]:
    return {"origin": "", "text": text, "offset": offset, "total_characters": 9, "next_offset": following}


def writes(calls: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, dict[str, Any]]]:
    return [each for each in calls if each[0] != "graph_get_email"]


async def test_a_draft_is_sent_as_it_was_shown(
    browser: Browser, tenant: Tenant, server_for: SignedIn
) -> None:
    """On the tenant's own server, from the draft to the copy in Sent Items."""
    server = await server_for("ana")
    made = await server(
        "graph_create_draft",
        {"to": [BEN, PAT], "subject": MARKUP, "body": "**Rows** 12 to 20", "format": "markdown"},
    )
    shown = await show(browser, "review", made, server)
    await shown.wait("Rows 12 to 20")
    text = await shown.text()
    await shown.press("Send")
    await shown.wait("Handed over for delivery")
    sent = await server("graph_get_email", {"message_id": made["structuredContent"]["id"]})

    assert MARKUP in text
    assert f"{PAT}\n⚠ outside the organization" in text
    assert f"{BEN}\n⚠" not in text
    draft = made["structuredContent"]
    assert [("graph_send_draft", {"draft_id": draft["id"], "version": draft["version"]})] == writes(
        shown.calls
    )
    assert not sent["structuredContent"]["is_draft"]
    assert "Send" not in await shown.buttons()
    await shown.assert_sound("review-sent")


async def test_a_draft_with_more_recipients_than_are_told_is_not_sent(
    browser: Browser, server_for: SignedIn
) -> None:
    server = await server_for("ana")
    people = [f"person.{number}@northwind.example" for number in range(60)]
    made = await server("graph_create_draft", {"to": people, "subject": "Many", "body": "Text"})
    shown = await show(browser, "review", made, server)
    await shown.wait("The draft cannot be shown whole here")

    assert "Send" not in await shown.buttons()


async def test_a_draft_that_changed_is_shown_anew_before_it_is_sent(
    browser: Browser, tenant: Tenant, server_for: SignedIn
) -> None:
    server = await server_for("ana")
    made = await server("graph_create_draft", {"to": [BEN], "subject": "First", "body": "One"})
    draft = made["structuredContent"]
    shown = await show(browser, "review", made, server)
    await shown.wait("One")
    await edit(
        tenant, draft["id"], {"body": {"contentType": "text", "content": "Two"}, "toRecipients": [EVA]}
    )
    await shown.press("Send")
    await shown.wait("Nothing was sent")
    refused_buttons = await shown.buttons()
    await shown.assert_sound("review-conflict")
    await shown.press("Show the new version")
    await shown.wait("Two")
    text = await shown.text()
    before = len(writes(shown.calls))
    await shown.press("Send")
    await shown.wait("Handed over for delivery")

    assert {"Show the new version", "Open in Outlook"} == set(refused_buttons)
    assert "The draft was changed since it was made" in text
    assert "eva.lindqvist@larkspur.example" in text
    assert "not checked" in text
    assert (1, 2) == (before, len(writes(shown.calls)))


async def test_a_draft_sent_before_cannot_be_sent_again(browser: Browser) -> None:
    """A client that is opened again shows the stored result in a new page."""
    shown = await show(
        browser, "review", result("review"), scripted({"graph_get_email": email(is_draft=False)})
    )
    await shown.wait("This was sent already")

    assert {"Open in Outlook"} == set(await shown.buttons())


async def test_what_cannot_be_shown_cannot_be_sent(browser: Browser) -> None:
    no_access = refused("consent_required", "Reading mail needs consent.", "Ask an administrator.")
    shown = await show(
        browser, "review", result("review"), scripted({"graph_get_email": [no_access, email()]})
    )
    await shown.wait("Reading mail needs consent.")
    before = await shown.buttons()
    await shown.press("Try again")
    await shown.wait("Hello Ben")

    assert {"Try again", "Open in Outlook"} == set(before)
    assert "Send" in await shown.buttons()


async def test_a_long_text_is_read_to_its_end(browser: Browser) -> None:
    parts = [email(body=body("abc", 0, 3)), email(body=body("def", 3, 6)), email(body=body("ghi", 6))]
    shown = await show(browser, "review", result("review"), scripted({"graph_get_email": parts}))
    await shown.wait("abcdefghi")

    assert [None, 3, 6] == [arguments.get("offset") for _, arguments in shown.calls]
    assert "Send" in await shown.buttons()


async def test_a_text_that_changes_while_it_is_read_is_read_anew(browser: Browser) -> None:
    parts = [
        email(body=body("abc", 0, 3)),
        email(body=body("xyz", 3), version='W/"two"'),
        email(body=body("uvw", 0, 3), version='W/"two"'),
        email(body=body("xyz", 3), version='W/"two"'),
    ]
    server = scripted({"graph_get_email": parts, "graph_send_draft": ok(SENT)})
    shown = await show(browser, "review", result("review"), server)
    await shown.wait("uvwxyz")
    await shown.press("Send")
    await shown.wait("Handed over")

    assert 'W/"two"' == writes(shown.calls)[0][1]["version"]


async def test_a_text_without_an_end_cannot_be_sent(browser: Browser) -> None:
    server = scripted({"graph_get_email": email(body=body("abc", 0, 3))})
    shown = await show(browser, "review", result("review"), server)
    await shown.wait("cannot be shown whole")

    assert {"Open in Outlook"} == set(await shown.buttons())
    assert len(shown.calls) <= 50


async def test_a_draft_of_a_shared_mailbox_is_read_and_sent_there(browser: Browser) -> None:
    server = scripted({"graph_get_email": email(), "graph_send_draft": ok(SENT)})
    arguments = {"mailbox": "harbour@larkspur.example", "body": "x"}
    shown = await show(browser, "review", result("review"), server, arguments=arguments)
    await shown.wait("In the mailbox harbour@larkspur.example")
    await shown.press("Send")
    await shown.wait("Handed over")

    assert ["harbour@larkspur.example"] * 2 == [given["mailbox"] for _, given in shown.calls]


async def test_two_presses_send_once(browser: Browser) -> None:
    server = scripted({"graph_get_email": email(), "graph_send_draft": ok(SENT)})
    shown = await show(browser, "review", result("review"), server)
    await shown.wait("Hello Ben")
    await shown.do("press_twice", name="Send")
    await shown.wait("Handed over")
    await shown.settle()

    assert 1 == len(writes(shown.calls))


@pytest.mark.parametrize(("outcome", "can_repeat"), [("", True), ("unknown", False)])
async def test_only_what_was_surely_not_sent_can_be_sent_again(
    browser: Browser, outcome: str, can_repeat: bool
) -> None:
    details = {"outcome": outcome} if outcome else {}
    failed = refused("unavailable", "Microsoft 365 is down.", "Try later.", **details)
    server = scripted({"graph_get_email": email(), "graph_send_draft": failed})
    shown = await show(browser, "review", result("review"), server)
    await shown.wait("Hello Ben")
    await shown.press("Send")
    await shown.wait("Microsoft 365 is down.")

    assert can_repeat is (await shown.buttons()).get("Send", False)
    assert ("It may have been sent" in await shown.text()) is not can_repeat


async def test_a_call_the_client_refuses_leaves_open_what_happened(browser: Browser) -> None:
    shown = await show(browser, "review", result("review"), scripted({"graph_get_email": email()}))
    await shown.wait("Hello Ben")
    await shown.press("Send")
    await shown.wait("It may have been sent")

    assert "Tool not found" in await shown.text()
    assert "Send" not in await shown.buttons()


async def test_one_press_is_enough_where_the_server_asks_to_confirm(browser: Browser) -> None:
    held = waiting(tool="graph_send_draft", review=None)
    server = scripted(
        {
            "graph_get_email": email(),
            "graph_send_draft": held,
            "confirm_write": confirmed("graph_send_draft", SENT),
        }
    )
    shown = await show(browser, "review", result("review"), server)
    await shown.wait("Hello Ben")
    await shown.press("Send")
    await shown.wait("Handed over for delivery")

    assert ["graph_send_draft", "confirm_write"] == [tool for tool, _ in writes(shown.calls)]
    assert {"confirmation": "opaque"} == shown.calls[-1][1]


async def test_a_press_confirms_no_other_tool_than_it_called(browser: Browser) -> None:
    server = scripted({"graph_get_email": email(), "graph_send_draft": waiting()})
    shown = await show(browser, "review", result("review"), server)
    await shown.wait("Hello Ben")
    await shown.press("Send")
    await shown.wait("only if you press")

    assert "confirm_write" not in [tool for tool, _ in shown.calls]


async def test_a_newer_result_takes_the_place_of_a_draft_that_is_being_read(browser: Browser) -> None:
    server = Held(scripted({"graph_get_email": email(subject="Older")}), "graph_get_email")
    shown = await show(browser, "review", result("review"), server)
    await server.called.wait()
    await shown.deliver(waiting())
    await shown.wait("only if you press")
    server.free.set()
    await shown.settle()

    assert "Older" not in await shown.text()
    assert "only if you press" in await shown.text()
    assert [] == writes(shown.calls)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (ok(SENT), "Handed over for delivery"),
        (refused("forbidden", "You may not.", "Ask."), "What you pressed before did not work"),
        (ok({"status": "waiting_for_confirmation", "tool": "graph_send_draft"}), "was not done"),
    ],
    ids=["sent", "refused", "not confirmed"],
)
async def test_what_came_of_a_press_is_told_beside_a_newer_result(
    browser: Browser, answer: Result, expected: str
) -> None:
    server = Held(scripted({"graph_get_email": email(), "graph_send_draft": answer}), "graph_send_draft")
    shown = await show(browser, "review", result("review"), server)
    await shown.wait("Hello Ben")
    await shown.press("Send")
    await server.called.wait()
    await shown.deliver(waiting())
    await shown.wait("only if you press")
    server.free.set()
    await shown.wait(expected)

    assert "only if you press" in await shown.text()
    assert 1 == len(writes(shown.calls))


async def test_links_lead_to_outlook_alone(browser: Browser) -> None:
    elsewhere = {**sample("review")["result"], "web_link": "https://outlook.office365.com.evil.example/x"}
    server = scripted({"graph_get_email": email()})
    shown = await show(browser, "review", ok(elsewhere), server)
    await shown.wait("Hello Ben")
    without = await shown.buttons()
    shown = await show(browser, "review", result("review"), server)
    await shown.wait("Hello Ben")
    await shown.press("Open in Outlook")
    await shown.settle()
    told = (await shown.do("seen"))["told"]

    assert "Open in Outlook" not in without
    assert ["https://outlook.office365.com/owa/?ItemID=AAMkAD8w0t"] == [
        each["params"]["url"] for each in told if each.get("method") == "ui/open-link"
    ]


async def edit(tenant: Tenant, draft_id: str, changes: dict[str, Any]) -> None:
    """What a person does to the draft in Outlook meanwhile."""
    issuer = f"https://sts.windows.net/{organisation().tenant_id}/"
    claims = {"iss": issuer, "aud": "https://graph.microsoft.com", "scp": "Mail.ReadWrite"}
    token = issue(tenant.layout, "ana", **claims)
    tls = ssl.create_default_context(cafile=str(tenant.layout.ca_file))
    async with httpx.AsyncClient(verify=tls, trust_env=False) as http:
        url = f"{tenant.layout.graph}/v1.0/me/messages/{draft_id}"
        response = await http.patch(url, json=changes, headers={"Authorization": f"Bearer {token}"})
    assert 200 == response.status_code, response.text
