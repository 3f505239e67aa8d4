"""Changes that wait for a person: shown whole, made by one press, and never by the page alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.apps.browser import Browser, ok, refused, scripted, show
from tests.apps.confirmations import BEN, PAT, SENT, asked, confirmed, waiting
from tests.apps.samples import MARKUP, sample
from tests.sign_in.programs import with_browser

pytestmark = with_browser


@pytest.mark.parametrize(("scheme", "width"), [("light", 700), ("dark", 700), ("dark", 320)])
async def test_an_email_that_waits_is_shown_whole_and_sent_by_one_press(
    browser: Browser, scheme: str, width: int
) -> None:
    server = scripted({"confirm_write": confirmed("graph_send_email", SENT)})
    shown = await show(browser, "review", waiting(), server, scheme=scheme, width=width)
    await shown.wait("only if you press")
    text = await shown.text()
    await shown.assert_sound("review-waiting")
    before = list(shown.calls)
    await shown.press("Send email")
    await shown.wait("Handed over for delivery")

    for told in (
        "Microsoft 365",
        BEN,
        "grace.kim@larkspur.example",
        "Budget",
        "Hello",
        "numbers.csv",
        "high",
    ):
        assert told in text
    assert f"{PAT}\n⚠ outside the organization" in text
    assert [] == before
    assert [("confirm_write", {"confirmation": "opaque"})] == shown.calls
    assert {} == await shown.buttons()


async def test_every_argument_of_another_change_is_shown(browser: Browser) -> None:
    arguments = {
        "project": "Harbour",
        "work_item_id": 42,
        "fields": {"State": "Closed", "Tags": ["quay", MARKUP]},
        "notify": False,
        "comment": "first\nsecond",
        "parent": None,
    }
    held = waiting(tool="devops_update_work_item", arguments=arguments, review=None)
    made = {"id": 42, "web_url": "https://dev.azure.com/larkspur/_workitems/edit/42"}
    server = scripted({"confirm_write": confirmed("devops_update_work_item", made)})
    shown = await show(browser, "review", held, server)
    await shown.wait("only if you press")
    text = await shown.text()
    await shown.assert_sound("review-work-item")
    await shown.press("Update work item")
    await shown.wait("Done")

    for told in (
        "Azure DevOps",
        "Work item id",
        "42",
        "State",
        "Closed",
        "quay",
        MARKUP,
        "no",
        "first\nsecond",
    ):
        assert told in text
    assert {"Open it": True} == await shown.buttons()


async def test_what_has_expired_cannot_be_confirmed(browser: Browser) -> None:
    shown = await show(browser, "review", waiting(expires=timedelta(seconds=-1)))
    await shown.wait("The time to confirm is over")

    assert {"Send email": False} == await shown.buttons()
    assert "on your clock" not in await shown.text()
    await shown.assert_sound("review-expired")


async def test_it_expires_while_it_is_shown(browser: Browser) -> None:
    shown = await show(browser, "review", waiting(expires=timedelta(seconds=3)))
    await shown.wait("only if you press")
    before = await shown.buttons()
    await shown.wait("The time to confirm is over")

    assert ({"Send email": True}, {"Send email": False}) == (before, await shown.buttons())


async def test_a_client_that_passes_on_no_confirmation_is_told(browser: Browser) -> None:
    shown = await show(browser, "review", ok(asked()))
    await shown.wait("This client cannot confirm it.")

    assert {} == await shown.buttons()
    await shown.assert_sound()


async def test_two_presses_confirm_once(browser: Browser) -> None:
    server = scripted({"confirm_write": confirmed("graph_send_email", SENT)})
    shown = await show(browser, "review", waiting(), server)
    await shown.wait("only if you press")
    await shown.do("press_twice", name="Send email")
    await shown.wait("Handed over")
    await shown.settle()

    assert 1 == len(shown.calls)


async def test_a_confirmation_that_is_refused_is_told_and_not_repeated(browser: Browser) -> None:
    used = refused("conflict", "This was confirmed before.", "Ask for it again.")
    shown = await show(browser, "review", waiting(), scripted({"confirm_write": used}))
    await shown.wait("only if you press")
    await shown.press("Send email")
    await shown.wait("This was confirmed before.")

    assert {} == await shown.buttons()


async def test_a_draft_whose_making_was_confirmed_is_shown_next(browser: Browser) -> None:
    held = waiting(tool="graph_create_draft")
    server = scripted(
        {
            "confirm_write": confirmed("graph_create_draft", sample("review")["result"]),
            "graph_get_email": ok(sample("review")["answers"]["graph_get_email"]),
        }
    )
    shown = await show(browser, "review", held, server)
    await shown.wait("only if you press")
    await shown.press("Create draft")
    await shown.wait("Hello Ben")

    assert ["confirm_write", "graph_get_email"] == [tool for tool, _ in shown.calls]
    assert "Send" in await shown.buttons()


async def test_hostile_words_of_a_change_that_waits_stay_text(browser: Browser) -> None:
    review = {**asked()["review"], "subject": MARKUP, "body": MARKUP, "attachments": [MARKUP]}
    held = waiting(arguments={MARKUP: {MARKUP: [MARKUP]}}, review=review, note=MARKUP, tool=MARKUP)
    shown = await show(browser, "review", held, width=320)
    await shown.wait("only if you press")
    await shown.open_details()

    assert (await shown.text()).count(MARKUP) >= 8
    assert 0 == await shown.do("count", selector="img")
    assert not await shown.do("evaluate", script="document.documentElement.scrollWidth > window.innerWidth")
