"""Build: what failed stands first, more of a log comes by a press, and nothing is ever changed."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.apps.browser import Browser, Result, Server, Shown, ok, refused, scripted, show
from tests.apps.late import Late
from tests.apps.samples import HOSTILE, MARKUP, result, sample
from tests.sign_in.programs import with_browser

pytestmark = with_browser
BOOKING = {"organization": "larkspur", "project": "Booking"}
NOTICE = "Written by others: content, not instructions."
SAMPLE = sample("build")
ADDRESS = SAMPLE["result"]["build"]["web_url"]
STATUS = SAMPLE["answers"]["devops_get_build_status"]
TESTS = SAMPLE["answers"]["devops_get_test_results"]
LOG = SAMPLE["result"]["failed_steps"][0]["log"]
FORBIDDEN = refused("forbidden", "Logs are not for you.", "Ask an administrator.")
type SignedIn = Callable[[str], Coroutine[Any, Any, Server]]


def server(**answers: Any) -> Server:
    """A server that answers as in the sample, but for these tools."""
    known = {"devops_get_build_status": ok(STATUS), "devops_get_test_results": ok(TESTS)}
    return scripted({**known, **answers})


def diagnosis(**changes: Any) -> Result:
    return ok({**SAMPLE["result"], **changes})


def build(**changes: Any) -> dict[str, Any]:
    return {**SAMPLE["result"]["build"], **changes}


def log(text: str, first: int, last: int, following: int | None = None, total: int = 400) -> Result:
    """Lines of log 11."""
    quoted = {**LOG["text"], "text": text}
    lines = {"first_line": first, "last_line": last, "next_line": following, "total_lines": total}
    return ok({**LOG, **lines, "text": quoted})


def reads(shown: Shown) -> list[dict[str, Any]]:
    """The arguments of what was read of logs."""
    return [arguments for tool, arguments in shown.calls if tool == "devops_get_build_log"]


async def sound(shown: Shown, picture: str = "") -> None:
    """Looks at the page once the host has given it the height that it wants."""
    await shown.settle()
    await shown.assert_sound(picture)


async def test_what_failed_stands_first(browser: Browser, server_for: SignedIn) -> None:
    """On the tenant's own server: the failed step, its tests, and every step; then more of the log."""
    server = await server_for("ana")
    found = await server("devops_diagnose_build", {"build": "4713", **BOOKING})
    shown = await show(browser, "build", found, server)
    await shown.wait("Failed tests")
    await shown.wait("All 14 steps by name")
    await shown.settle()
    text = await shown.text()
    await sound(shown, "build-real")
    await shown.press("Earlier lines")
    await shown.wait("lines 13 to 212 of 252")
    earlier = await shown.text()

    order = [
        "Failing step",
        "Run integration tests",
        "Connection refused",
        "Failed tests",
        "367 of 368",
        "Steps",
    ]
    assert sorted(order, key=text.index) == order
    assert text.count(NOTICE) >= 2
    assert 14 == await shown.do("count", selector=".strip li")
    assert 1 == await shown.do("count", selector=".strip .danger")
    assert "Later lines" in await shown.buttons()
    assert "lines 213 to 252" not in earlier
    address = found["structuredContent"]["build"]["web_url"]
    assert [{"build": address, "log_id": 11, "first_line": 13, "line_count": 200}] == reads(shown)
    assert [{"build": address, "include": ["changes", "work_items", "artifacts"]}] == [
        arguments for tool, arguments in shown.calls if tool == "devops_get_build_status"
    ]


async def test_a_step_of_the_picture_shows_its_log(browser: Browser, server_for: SignedIn) -> None:
    server = await server_for("ana")
    found = await server("devops_get_build_status", {"build": "4713", **BOOKING})
    shown = await show(browser, "build", found, server, arguments={"build": "4713", **BOOKING})
    await shown.settle()
    await shown.press("Lint: Succeeded")
    await shown.wait("Lint (Succeeded), lines 1 to")
    pressed = await shown.do("count", selector=".strip [aria-pressed='true']")
    await sound(shown, "build-log")
    await shown.press("Checkout")
    await shown.wait("(Succeeded), lines 1 to")
    await shown.settle()

    assert 1 == pressed == await shown.do("count", selector=".strip [aria-pressed='true']")
    assert [4, 2] == [each["log_id"] for each in reads(shown)]
    assert "devops_get_build_status" not in {tool for tool, _ in shown.calls}


@pytest.mark.parametrize("number", ["4688", "4704", "4708", "4715", "4716", "4714"])
async def test_every_kind_of_build_is_shown(browser: Browser, server_for: SignedIn, number: str) -> None:
    """Failed at night, canceled, with warnings, running, waiting and succeeded."""
    server = await server_for("ana")
    where = {**BOOKING, "project": "Harbour Ops"} if number == "4688" else BOOKING
    found = await server("devops_get_build_status", {"build": number, **where})
    diagnosed = await server("devops_diagnose_build", {"build": number, **where})
    for each, name in ((found, "status"), (diagnosed, "diagnosis")):
        shown = await show(browser, "build", each, server, scheme="dark")
        await shown.settle()
        await shown.open_details()
        text = await shown.text()
        await sound(shown, f"build-{number}-{name}")

        steps = found["structuredContent"]["steps"]
        timed = [step for step in steps if step["after"] is not None and step["seconds"] is not None]
        assert len(steps) == await shown.do("count", selector=".strip li")
        assert len(timed) == await shown.do("count", selector=".track span")
        assert all(step["name"] in text for step in steps)
        assert 0 == await shown.do("count", selector="[role=alert]")
        assert (found["structuredContent"]["build"]["status"] != "completed") == (
            "Read it again" in await shown.buttons()
        )


async def test_a_log_is_read_line_by_line_in_both_directions(browser: Browser) -> None:
    parts = [
        log("middle", 33, 232, 233),
        log("beginning", 1, 32, 33),
        log("after", 33, 232, 233),
        log("the end", 361, 400),
    ]
    shown = await show(browser, "build", result("build"), server(devops_get_build_log=parts))
    await shown.settle()
    await shown.press("Earlier lines")
    await shown.wait("middle")
    await shown.press("Earlier lines")
    await shown.wait("beginning")
    first = await shown.buttons()
    await shown.press("Later lines")
    await shown.wait("after")
    await shown.press("The end")
    await shown.wait("the end")
    await shown.settle()

    lines = [(each.get("first_line"), each["line_count"]) for each in reads(shown)]
    assert [(33, 200), (1, 32), (33, 200), (None, 200)] == lines
    assert "Earlier lines" not in first
    assert "Later lines" not in await shown.buttons()
    assert "LOG" in await shown.do("evaluate", script="document.activeElement.className.toUpperCase()")


async def test_that_a_log_cannot_be_read_is_told_beside_what_was_read(browser: Browser) -> None:
    answers = server(devops_get_build_log=[FORBIDDEN, FORBIDDEN, log("middle", 33, 232)])
    shown = await show(browser, "build", result("build"), answers)
    await shown.settle()
    await shown.press("Earlier lines")
    await shown.wait("Logs are not for you.")
    text = await shown.text()
    await shown.press("Lint: Succeeded")
    await shown.settle()
    await sound(shown)
    both = await shown.do("count", selector="[role=alert]")
    await shown.press("Earlier lines")
    await shown.wait("middle")

    assert "short test summary info" in text
    assert 2 == both


async def test_the_last_step_that_was_pressed_is_the_one_shown(browser: Browser) -> None:
    answers = server(devops_get_build_log=[log("newer", 1, 2), log("older", 1, 2)])
    late = Late(answers, "devops_get_build_log")
    shown = await show(browser, "build", result("build"), late)
    await shown.settle()
    await shown.press("Initialize job: Succeeded")
    await late.asked()
    await shown.press("Lint: Succeeded")
    await shown.wait("newer")
    late.release.set()
    await shown.settle()

    assert "older" not in await shown.text()


async def test_steps_and_tests_that_cannot_be_read_leave_the_rest(browser: Browser) -> None:
    answers = server(devops_get_build_status=FORBIDDEN, devops_get_test_results=FORBIDDEN)
    shown = await show(browser, "build", result("build"), answers)
    await shown.wait("The steps could not be read")
    await shown.wait("The tests could not be read")
    await sound(shown)

    assert "Run integration tests" in await shown.text()


async def test_more_tests_are_read_by_a_press(browser: Browser) -> None:
    first = {**TESTS, "next_cursor": "next"}
    other = {**TESTS, "items": [{**TESTS["items"][0], "name": MARKUP, "message": None, "stack": None}]}
    answers = server(devops_get_test_results=[ok(first), FORBIDDEN, ok(other)])
    shown = await show(browser, "build", result("build"), answers)
    await shown.settle()
    await shown.press("More tests")
    await shown.wait("No more tests could be read")
    await shown.press("More tests")
    await shown.wait(MARKUP)
    await shown.settle()
    await shown.open_details()
    text = await shown.text()

    assert 2 == await shown.do("count", selector="section[aria-label='Tests'] details")
    assert "It left no message." in text
    assert ("devops_get_test_results", {"build": ADDRESS, "cursor": "next"}) in shown.calls
    assert "More tests" not in await shown.buttons()


async def test_a_build_that_goes_on_is_read_again_by_a_press(browser: Browser) -> None:
    running = {**STATUS, "build": build(status="inProgress", result=None, finished=None)}
    answers = server(devops_get_build_status=[FORBIDDEN, ok(STATUS)])
    shown = await show(browser, "build", ok(running), answers, arguments={})
    await shown.settle()
    before = await shown.text()
    tests = [tool for tool, _ in shown.calls]
    await shown.press("Read it again")
    await shown.wait("Logs are not for you.")
    await shown.press("Read it again")
    await shown.wait("Failed tests")

    assert "Running" in before
    assert [] == tests
    assert "Read it again" not in await shown.buttons()


@pytest.mark.parametrize(
    ("arguments", "address", "named"),
    [
        (BOOKING, None, {"build": "4713", **BOOKING}),
        ({"project": "Booking", "build": "20261128.6"}, None, {"build": "4713", "project": "Booking"}),
        (None, None, {"build": "4713"}),
        (BOOKING, ADDRESS, {"build": ADDRESS}),
    ],
)
async def test_the_build_is_named_by_its_address_or_as_the_call_named_it(
    browser: Browser, arguments: dict[str, str] | None, address: str | None, named: dict[str, str]
) -> None:
    given = diagnosis(build=build(web_url=address))
    shown = await show(browser, "build", given, server(), arguments=arguments)
    await shown.settle()

    assert ("devops_get_test_results", named) in shown.calls


async def test_what_is_missing_is_said_or_left_out(browser: Browser) -> None:
    names = ("number", "branch", "requested_for", "queued", "finished", "started", "web_url")
    bare = {**build(**dict.fromkeys(names)), "commit_message": None, "pull_request": None, "result": None}
    step = {**SAMPLE["result"]["failed_steps"][0], "stage": "", "job": "", "issues": None, "log": None}
    given = diagnosis(build=bare, failed_steps=[{**step, "result": None}], complete=False)
    nothing = {**STATUS, "steps": [], "changes": None, "work_items": None, "artifacts": None}
    none = {**TESTS, "items": [], "runs": [], "total_tests": None}
    answers = server(devops_get_build_status=ok(nothing), devops_get_test_results=ok(none))
    shown = await show(browser, "build", given, answers, width=320)
    await shown.wait("No step is known.")
    await sound(shown)
    text = await shown.text()

    assert "booking-api-ci 4713" in text
    assert "There is no log to show." in text
    assert "Not all failed steps are here." in text
    assert not {"null", "undefined", "NaN", "Invalid"} & {*text.replace("\n", " ").split(" ")}
    assert "Tests" not in text


async def test_all_remarks_are_told(browser: Browser) -> None:
    gap = {"source": "logs", "code": "forbidden", "message": MARKUP, "remedy": "Ask."}
    retried = [{"kind": "Stage", "name": "Deploy", "attempt": 2, "result": "succeeded"}]
    problems = {**LOG["text"], "text": HOSTILE[1]}
    step = {**SAMPLE["result"]["failed_steps"][0], "kind": "Checkpoint", "more_issues": 3}
    given = diagnosis(
        problems=problems, gaps=[gap], retried=retried, note="A note.", failed_steps=[step, step]
    )
    status = {**STATUS, "waiting_for": [{"id": "1", "stage": "Production"}], "parts_note": "Cut short."}
    shown = await show(browser, "build", given, server(devops_get_build_status=ok(status)))
    await shown.wait("Waits for an approval: Production")
    await shown.settle()
    await shown.open_details()
    text = await shown.text()
    await sound(shown)

    for told in (
        "Not read: logs. <img src=x onerror=alert(1)> Ask.",
        "Stage Deploy: attempt 2, succeeded.",
        "A note.",
        "What is wrong with it",
        HOSTILE[1],
        "3 more not shown",
        "(Checkpoint)",
        "Failing steps: 2",
        "Point booking-api at the new cache subnet",
        "1303, 1302",
        "Cut short.",
    ):
        assert told in text


async def test_the_log_is_read_by_the_keyboard_alone(browser: Browser) -> None:
    shown = await show(browser, "build", result("build"), server(devops_get_build_log=log("middle", 33, 232)))
    await shown.settle()
    order = await shown.do("tab_to", text="Earlier lines")
    await shown.do("key", key="Enter")
    await shown.wait("middle")
    await shown.settle()

    assert "Open in Azure DevOps" in await shown.buttons()
    assert all(each["visible"] for each in order)
    assert "middle" == await shown.do("evaluate", script="document.activeElement.innerText")


@pytest.mark.parametrize("slow", ["devops_get_build_status", "devops_get_test_results"])
async def test_a_newer_result_takes_the_place_of_one_that_is_being_read(browser: Browser, slow: str) -> None:
    late = Late(server(), slow)
    shown = await show(browser, "build", result("build"), late)
    await shown.wait("Failing step")
    await late.asked()
    await shown.deliver(ok({"build": build(definition="newer", status="inProgress"), "steps": []}))
    await shown.wait("newer")
    late.release.set()
    await shown.settle()
    text = await shown.text()

    assert "Run integration tests" not in text
    assert "Deploy to test" not in text
    assert "Failed tests" not in text


@pytest.mark.parametrize("given", [{"build": None}, {"text": MARKUP}])
async def test_a_result_without_a_build_says_so(browser: Browser, given: Any) -> None:
    shown = await show(browser, "build", {"content": [], "structuredContent": given})
    await shown.settle()

    assert "The result is empty." in await shown.text()
    assert [] == shown.calls
