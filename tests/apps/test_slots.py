"""Meeting slots: a person sees who is free when, chooses, and invites them once."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.apps.browser import Browser, Held, Server, Shown, ok, refused, scripted, show
from tests.apps.samples import MARKUP, result, sample, server
from tests.sign_in.programs import with_browser

pytestmark = with_browser
DMITRI = "dmitri.volkov@larkspur.example"
BEN = "ben.osei@larkspur.example"
PAT = "pat.lee@northwind.example"
BEST = "10:30–11:00"
CALENDARS = sample("slots")["answers"]["graph_get_availability"]
MADE = {
    "id": "AAMkAD0n9",
    "subject": "Quay",
    "start": "2026-12-01T10:30:00+01:00",
    "end": "2026-12-01T11:00:00+01:00",
    "attendees": [{"address": DMITRI}, {"address": PAT}],
    "web_link": "https://outlook.office365.com/owa/?itemid=AAMkAD0n9",
    "join_url": "https://teams.microsoft.com/l/meetup-join/19%3ameeting",
}
type SignedIn = Callable[[str], Coroutine[Any, Any, Server]]


def answering(*made: Any) -> Server:
    """A server that knows the calendars and gives these answers to invitations."""
    return scripted({"graph_get_availability": ok(CALENDARS), "graph_create_event": list(made)})


def writes(shown: Shown) -> list[dict[str, Any]]:
    return [given for tool, given in shown.calls if tool not in {"graph_get_availability"}]


async def chosen(browser: Browser, answers: Server, **how: Any) -> Shown:
    """The page with the best time chosen and a subject written."""
    shown = await show(browser, "slots", result("slots"), answers, **how)
    await shown.settle()
    await shown.press(BEST)
    await shown.do("fill", label="Subject", text="Quay")
    return shown


async def test_people_are_invited_to_a_time_that_was_found(browser: Browser, server_for: SignedIn) -> None:
    """On the tenant's own server, from the suggestions to the event in the calendar."""
    tenant_server = await server_for("ana")
    arguments = {"attendees": [BEN, DMITRI], "minutes": 30, "time_zone": "Europe/Berlin", "limit": 6}
    found = await tenant_server("graph_find_meeting_times", arguments)
    first = found["structuredContent"]["items"][0]
    shown = await show(browser, "slots", found, tenant_server, arguments=arguments)
    await shown.settle()
    await shown.press(f"{first['start'][11:16]}–{first['end'][11:16]}")
    await shown.do("fill", label="Subject", text=MARKUP)
    text = await shown.text()
    await shown.press("Invite")
    await shown.wait("✓ Invited")
    (sent,) = writes(shown)
    repeated = await tenant_server("graph_create_event", sent)
    calendar = await tenant_server(
        "graph_get_calendar", {"start": first["start"], "end": first["end"], "limit": 20}
    )

    assert first["start"].endswith("+01:00")
    assert "UTC+01:00" in text
    assert sent == {
        "subject": MARKUP,
        "start": first["start"],
        "end": first["end"],
        "attendees": [BEN, DMITRI],
        "time_zone": "Europe/Berlin",
        "idempotency_key": sent["idempotency_key"],
    }
    assert not repeated["isError"]
    assert [MARKUP] == [
        each["subject"] for each in calendar["structuredContent"]["items"] if each["subject"] == MARKUP
    ]
    assert {"Open in Outlook": True} == await shown.buttons()
    assert {BEN, DMITRI} <= set((await shown.text()).replace(",", "").split())
    await shown.assert_sound("slots-invited")


@pytest.mark.parametrize(("scheme", "width"), [("light", 700), ("dark", 700), ("light", 320)])
async def test_the_summary_says_whom_and_when(browser: Browser, scheme: str, width: int) -> None:
    shown = await chosen(browser, server("slots"), scheme=scheme, width=width)
    text = await shown.text()

    assert f"Tue 1 Dec 2026, {BEST}" in text
    assert f"{PAT}\n⚠ not of your domain" in text
    assert f"{DMITRI}\n⚠" not in text
    assert (await shown.buttons())["Invite"]
    assert [] == writes(shown)
    await shown.assert_sound("slots-chosen")


async def test_nobody_is_invited_without_a_subject(browser: Browser) -> None:
    shown = await chosen(browser, server("slots"))
    await shown.do("fill", label="Subject", text="  ")

    assert not (await shown.buttons())["Invite"]


async def test_the_table_tells_in_words_when_somebody_is_not_free(browser: Browser) -> None:
    """Busy times of any zone, in the zone of the suggestions."""
    shown = await show(browser, "slots", result("slots"), server("slots"))
    await shown.settle()
    rows = await shown.do("evaluate", script=ROWS)

    assert [
        ["You", "busy 09:30 to 10:15, tentative 13:00 to 14:00"],
        [DMITRI, "tentative 09:00 to 09:30, out of office 15:00 to 18:00"],
        [PAT, "calendar not known"],
    ] == rows


ROWS = """[...document.querySelectorAll("tbody tr")].map((row) =>
[row.querySelector("th").textContent, row.querySelector("td").textContent])"""


async def test_calendars_are_read_for_the_day_that_is_looked_at(browser: Browser) -> None:
    shown = await show(browser, "slots", result("slots"), server("slots"))
    await shown.settle()
    await shown.press("Wed 2 Dec")
    await shown.settle()
    await shown.press("Tue 1 Dec")
    await shown.settle()

    assert [
        {
            "people": [DMITRI, PAT],
            "start": f"2026-12-0{day}T00:00:00+01:00",
            "end": f"2026-12-0{day}T23:59:00+01:00",
        }
        for day in (1, 2)
    ] == [given for _, given in shown.calls]


async def test_everything_is_done_by_the_keyboard_alone(browser: Browser) -> None:
    shown = await show(browser, "slots", result("slots"), answering(ok(MADE)))
    await shown.settle()
    order = await shown.do("tab_to", text=BEST)
    await shown.do("key", key="Enter")
    order += await shown.do("tab_to", text="Subject")
    for letter in "Quay":
        await shown.do("key", key=letter)
    order += await shown.do("tab_to", text="With a meeting in Teams")
    await shown.do("key", key="Space")
    order += await shown.do("tab_to", text="Invite")
    await shown.do("key", key="Enter")
    await shown.wait("✓ Invited")

    assert [] == [each for each in order if not each["visible"]]
    (sent,) = writes(shown)
    assert ("Quay", True, [DMITRI, PAT]) == (sent["subject"], sent["online"], sent["attendees"])
    assert {"Open in Outlook", "Open the meeting in Teams"} == set(await shown.buttons())


async def test_two_presses_invite_once(browser: Browser) -> None:
    shown = await chosen(browser, answering(ok(MADE)))
    await shown.do("press_twice", name="Invite")
    await shown.wait("✓ Invited")
    await shown.settle()

    assert 1 == len(writes(shown))


async def test_the_same_invitation_is_repeated_with_the_same_key(browser: Browser) -> None:
    """The server makes no second event of it, so that it can be pressed again after a failure."""
    failed = refused("timeout", "It took too long.", "Check first.", outcome="unknown")
    shown = await chosen(browser, answering(failed, failed, ok(MADE)))
    await shown.press("Invite")
    await shown.wait("It is not known whether they were invited")
    await shown.press("Invite")
    await shown.settle()
    await shown.do("fill", label="Subject", text="Another")
    await shown.press("Invite")
    await shown.wait("✓ Invited")
    first, second, other = [given["idempotency_key"] for given in writes(shown)]

    assert first == second != other
    assert len(first) == 32


async def test_a_refusal_is_told_and_nobody_was_invited(browser: Browser) -> None:
    no_access = refused("consent_required", "Writing needs consent.", "Ask an administrator.")
    shown = await chosen(browser, answering(no_access))
    await shown.press("Invite")
    await shown.wait("Writing needs consent.")

    assert "Nobody was invited" in await shown.text()
    assert (await shown.buttons())["Invite"]
    await shown.assert_sound("slots-refused")


async def test_one_press_is_enough_where_the_server_asks_to_confirm(browser: Browser) -> None:
    waiting = {"status": "waiting_for_confirmation", "tool": "graph_create_event"}
    held = ok(waiting, **{"m365-devops-mcp/confirmation": "opaque"})
    answers = {
        "graph_get_availability": ok(CALENDARS),
        "graph_create_event": held,
        "confirm_write": ok({"tool": "graph_create_event", "result": MADE}),
    }
    shown = await chosen(browser, scripted(answers))
    await shown.press("Invite")
    await shown.wait("✓ Invited")

    assert {"confirmation": "opaque"} == writes(shown)[-1]
    assert 2 == len(writes(shown))


async def test_a_client_that_passes_on_no_confirmation_is_told(browser: Browser) -> None:
    waiting = ok({"status": "waiting_for_confirmation", "tool": "graph_create_event"})
    shown = await chosen(browser, answering(waiting))
    await shown.press("Invite")
    await shown.wait("Nobody was invited")

    assert 1 == len(writes(shown))


async def test_what_is_being_sent_stays_as_it_was_pressed(browser: Browser) -> None:
    """Another choice changes nothing of an invitation under way."""
    shown = await chosen(browser, answering(ok(MADE)))
    pressed = await shown.do(
        "evaluate",
        script="""(() => { const named = (text) => [...document.querySelectorAll("button")].find(
        (each) => each.textContent.includes(text)); named("Invite").click(); named("09:00").click();
        return document.querySelector(".slots [aria-pressed=true]").textContent; })()""",
    )
    await shown.wait("✓ Invited")

    assert BEST in pressed
    assert [MADE["start"]] == [given["start"] for given in writes(shown)]


async def test_a_summary_without_calendars_marks_nobody(browser: Browser) -> None:
    no_access = refused("consent_required", "Reading calendars needs consent.", "Ask an administrator.")
    shown = await chosen(browser, scripted({"graph_get_availability": no_access}))
    text = await shown.text()

    assert "Busy times of the day cannot be shown: Reading calendars needs consent." in text
    assert "not of your domain" not in text
    assert (await shown.buttons())["Invite"]


async def test_no_time_at_all_is_told_with_its_reason(browser: Browser) -> None:
    nothing = {"items": [], "complete": True, "note": f"At no time are enough of {MARKUP} free."}
    shown = await show(browser, "slots", ok(nothing))
    await shown.wait("No time was found.")

    assert MARKUP in await shown.text()
    assert [] == shown.calls
    assert {} == await shown.buttons()
    await shown.assert_sound("slots-none")


async def test_what_came_of_a_press_is_told_beside_a_newer_result(browser: Browser) -> None:
    held = Held(answering(ok(MADE)), "graph_create_event")
    shown = await chosen(browser, held)
    await shown.press("Invite")
    await held.called.wait()
    await shown.deliver(ok({"items": [], "complete": True, "note": "None."}))
    await shown.wait("No time was found.")
    held.free.set()
    await shown.wait("✓ Invited")

    assert "No time was found." in await shown.text()


async def early(browser: Browser, calendars: Held) -> Shown:
    """The page with the best time chosen while calendars are still being read."""
    shown = await show(browser, "slots", result("slots"), calendars)
    await calendars.called.wait()
    await shown.press(BEST)
    await shown.do("fill", label="Subject", text="Quay")
    await shown.press("Invite")
    return shown


async def test_calendars_that_come_late_leave_an_invitation_under_way_alone(browser: Browser) -> None:
    inviting = Held(answering(ok(MADE)), "graph_create_event")
    calendars = Held(inviting, "graph_get_availability")
    shown = await early(browser, calendars)
    await inviting.called.wait()
    calendars.free.set()
    await shown.wait("It is not known when these are free")
    buttons, text = await shown.buttons(), await shown.text()
    inviting.free.set()
    await shown.wait("✓ Invited")

    assert not buttons["Invite"]
    assert "Inviting" in text
    assert 1 == len(writes(shown))


async def test_a_newer_result_is_not_overwritten_by_older_calendars(browser: Browser) -> None:
    calendars = Held(answering(ok(MADE)), "graph_get_availability")
    shown = await early(browser, calendars)
    await shown.wait("✓ Invited")
    await shown.deliver(ok({"items": [], "complete": True, "note": "None."}))
    await shown.wait("No time was found.")
    calendars.free.set()
    await shown.settle()

    assert "No time was found." in await shown.text()
    assert "✓ Invited" not in await shown.text()
