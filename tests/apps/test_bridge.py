"""What pages and their host say to each other (SEP-1865, 2026-01-26), and whom a page listens to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.apps.browser import Browser, Result, ok, refused, scripted, show
from tests.apps.samples import MARKUP, result, server
from tests.sign_in.programs import with_browser

pytestmark = with_browser
DONE = {"status": "accepted", "note": "Done."}
HELD = {"status": "waiting_for_confirmation", "tool": "graph_send_email"}
CONFIRMATION = {"m365-devops-mcp/confirmation": "opaque"}


async def told(browser: Browser, method: str = "") -> list[dict[str, Any]]:
    """What the page has told the host, of one method or of all."""
    messages = (await browser.do("seen"))["told"]
    return [each for each in messages if not method or each.get("method") == method]


async def evaluated(browser: Browser, script: str, answers: dict[str, Any] | None = None) -> Any:
    """What a script in the page gives, where the server has these answers."""
    shown = await show(browser, "review", ok(DONE), scripted(answers or {}))
    await shown.settle()
    return await shown.do("evaluate", script=script)


async def test_a_page_introduces_itself_and_says_when_it_is_ready(browser: Browser) -> None:
    shown = await show(browser, "review", ok(DONE))
    await shown.settle()
    first, second = [each for each in await told(browser) if "size" not in each["method"]]

    assert ("ui/initialize", "2026-01-26") == (first["method"], first["params"]["protocolVersion"])
    assert {"name": "review", "version": "1"} == first["params"]["appInfo"]
    assert {"availableDisplayModes": ["inline"]} == first["params"]["appCapabilities"]
    assert "ui/notifications/initialized" == second["method"]
    assert "id" not in second


async def test_the_host_learns_the_size_of_what_is_shown(browser: Browser) -> None:
    shown = await show(browser, "review", ok(DONE))
    await shown.settle()
    (*_, before) = await told(browser, "ui/notifications/size-changed")
    await shown.do("deliver", method="tool-result", params=ok({**DONE, "note": "long " * 1000}))
    await shown.settle()
    (*_, after) = await told(browser, "ui/notifications/size-changed")

    assert 700 == before["params"]["width"]
    assert 50 < before["params"]["height"] < after["params"]["height"]
    assert not await shown.do("evaluate", script="document.documentElement.scrollHeight > innerHeight")


@pytest.mark.parametrize("method", ["ui/resource-teardown", "ping"])
async def test_requests_of_the_host_are_answered(browser: Browser, method: str) -> None:
    shown = await show(browser, "review", ok(DONE))
    await shown.settle()
    await shown.do("say", message={"id": "of the host", "method": method, "params": {}})
    await shown.settle()
    (answer,) = [each for each in await told(browser) if each.get("id") == "of the host"]

    assert {"jsonrpc": "2.0", "id": "of the host", "result": {}} == answer


async def test_a_request_that_is_not_known_is_refused(browser: Browser) -> None:
    shown = await show(browser, "review", ok(DONE))
    await shown.settle()
    await shown.do("say", message={"id": 7, "method": "constructor", "params": {}})
    await shown.do("say", message={"method": "constructor", "params": {}})
    await shown.settle()
    (answer,) = [each for each in await told(browser) if each.get("id") == 7]

    assert -32601 == answer["error"]["code"]


async def test_only_the_parent_is_listened_to(browser: Browser) -> None:
    """Any frame can post a message to any other."""
    shown = await show(browser, "review", ok(DONE))
    await shown.settle()
    forged = {"jsonrpc": "2.0", "method": "ui/notifications/tool-result", "params": ok({"note": "forged"})}
    await shown.do("evaluate", script=f"window.postMessage({json.dumps(forged)}, '*')")
    await shown.settle()
    text = await shown.text()
    await shown.do("say", message=forged)
    await shown.wait("forged")

    assert "forged" not in text


@pytest.mark.parametrize(
    ("address", "opens"),
    [
        ("https://dev.azure.com/larkspur/_workitems/edit/42", True),
        ("https://larkspur.visualstudio.com/x", True),
        ("https://outlook.office365.com/owa/?ItemID=1", True),
        ("https://larkspur-my.sharepoint.com/personal/a", True),
        ("https://teams.microsoft.com/l/meetup-join/19%3ameeting", True),
        ("https://outlook.office365.us/owa/", True),
        ("https://larkspur.sharepoint.cn/a", True),
        ("http://dev.azure.com/larkspur", False),
        ("https://dev.azure.com:8443/larkspur", False),
        ("https://dev.azure.com@evil.example/", False),
        ("https://user:word@dev.azure.com/", False),
        ("https://dev.azure.com.evil.example/", False),
        ("https://evil-dev.azure.com/", False),
        ("https://notsharepoint.com/", False),
        ("https://sharepoint.com/", False),
        ("javascript:alert(1)//dev.azure.com", False),
        ("data:text/html,x", False),
        ("//dev.azure.com/x", False),
        ("", False),
    ],
)
async def test_links_lead_to_microsoft_365_and_azure_devops_alone(
    browser: Browser, address: str, opens: bool
) -> None:
    seen = await evaluated(browser, f"app.openLink({json.dumps(address)})")
    asked = [each["params"]["url"] for each in await told(browser, "ui/open-link")]

    assert opens is seen
    assert ([address] if opens else []) == asked


async def test_an_address_the_host_does_not_open_is_shown(browser: Browser) -> None:
    address = "https://dev.azure.com/larkspur"
    shown = await show(browser, "review", ok({**DONE, "web_link": address}), opens=False)
    await shown.settle()
    await shown.press("Open it")
    await shown.wait(address)

    assert {} == await shown.buttons()


CALLED = "app.call('graph_get_email', {})"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            ok({"id": "1"}, extra=[1]),
            {"isError": False, "text": '{"id": "1"}', "structured": {"id": "1"}, "meta": {"extra": [1]}},
        ),
        (
            refused("conflict", "Changed.", "Read it again."),
            {
                "isError": True,
                "error": {"code": "conflict", "message": "Changed.", "remedy": "Read it again."},
            },
        ),
        (
            {"content": [{"type": "text", "text": "Changed.\n(code: conflict)"}], "isError": True},
            {
                "isError": True,
                "error": {"code": "conflict", "message": "Changed.\n(code: conflict)", "remedy": ""},
            },
        ),
        (
            {"content": [{"type": "image", "data": ""}, None]},
            {"isError": False, "text": "", "structured": None},
        ),
        ({}, {"isError": False, "text": "", "structured": None, "meta": {}}),
    ],
    ids=["structured", "failure", "failure without _meta", "other content", "nothing"],
)
async def test_an_outcome_has_one_form(browser: Browser, given: Result, expected: dict[str, Any]) -> None:
    seen = await evaluated(browser, CALLED, {"graph_get_email": given})
    if seen["error"]:
        seen["error"].pop("details", None)

    assert expected == {name: seen[name] for name in expected}
    assert not seen["unknown"]


async def test_a_call_that_fails_in_the_client_is_an_outcome_too(browser: Browser) -> None:
    seen = await evaluated(browser, CALLED)

    assert (True, True, None) == (seen["isError"], seen["unknown"], seen["structured"])
    assert "Tool not found" in seen["text"]


async def test_one_change_at_a_time(browser: Browser) -> None:
    write = "app.write('graph_send_email', {})"
    script = f"Promise.all([{write}, {write}, app.confirm('x')])"
    first, *others = await evaluated(browser, script, {"graph_send_email": ok(DONE)})

    assert DONE == first["structured"]
    assert [None, None] == others
    assert 1 == len(browser.calls)


async def test_after_a_failed_change_another_can_be_made(browser: Browser) -> None:
    script = "(async () => [await app.write('a_b', {}), await app.write('graph_send_email', {})])()"
    first, second = await evaluated(browser, script, {"graph_send_email": ok(DONE)})

    assert (True, False) == (first["isError"], second["isError"])


async def test_a_change_that_waits_is_confirmed_and_its_result_unwrapped(browser: Browser) -> None:
    answers = {
        "graph_send_email": ok(HELD, **CONFIRMATION),
        "confirm_write": ok({"tool": "graph_send_email", "result": DONE}),
    }
    seen = await evaluated(browser, "app.write('graph_send_email', { to: [] })", answers)

    assert DONE == seen["structured"]
    assert [("graph_send_email", {"to": []}), ("confirm_write", {"confirmation": "opaque"})] == browser.calls


@pytest.mark.parametrize(
    "held",
    [
        ok(HELD),
        ok({**HELD, "tool": "graph_delete_event"}, **CONFIRMATION),
        ok({**HELD, "status": "done"}, **CONFIRMATION),
    ],
    ids=["no confirmation", "another tool", "not asked"],
)
async def test_nothing_else_is_confirmed(browser: Browser, held: Result) -> None:
    seen = await evaluated(browser, "app.write('graph_send_email', {})", {"graph_send_email": held})

    assert held["structuredContent"] == seen["structured"]
    assert ["graph_send_email"] == [tool for tool, _ in browser.calls]


async def test_a_read_is_never_confirmed(browser: Browser) -> None:
    await evaluated(browser, CALLED, {"graph_get_email": ok(HELD, **CONFIRMATION)})

    assert ["graph_get_email"] == [tool for tool, _ in browser.calls]


async def test_no_style_of_a_host_loads_anything(browser: Browser) -> None:
    variables = {
        "--color-background-primary": "#ffffff",
        "--color-text-primary": "#000000",
        "--color-background-secondary": "url(https://evil.example/x)",
        "color": "red",
    }
    shown = await show(
        browser, "review", result("review"), server("review"), context={"styles": {"variables": variables}}
    )
    await shown.settle()
    style = await shown.do("evaluate", script="document.documentElement.getAttribute('style')")

    assert "--color-text-primary: #000000" in style
    assert "url" not in style
    assert " color: red" not in style


@pytest.mark.parametrize("attribute", ["onclick", "href", "src", "style", "srcdoc", "formaction", "action"])
async def test_elements_take_no_attribute_that_runs_or_loads(browser: Browser, attribute: str) -> None:
    script = f"""(() => {{ try {{ app.el("div", {{ {attribute}: "x" }}); return "made"; }}
    catch (error) {{ return error.message; }} }})()"""

    assert f"No attribute for pages: {attribute}" == await evaluated(browser, script)


async def test_a_host_that_refuses_the_page_is_told_of(browser: Browser) -> None:
    shown = await show(browser, "review", None, refuses=MARKUP)
    await shown.wait("The client did not open this page")

    assert MARKUP in await shown.text()
    assert [] == await told(browser, "ui/notifications/initialized")


async def test_times_are_told_in_the_zone_they_came_in(browser: Browser) -> None:
    times = ["2026-12-01T09:05:00-08:00", "2026-12-01T23:30:00Z", "2026-12-01T09:05:00.000+05:30", "soon"]
    script = f"{json.dumps(times)}.map((each) => [app.dayOf(each), app.clockOf(each), app.offsetOf(each)])"

    assert [
        ["Tue 1 Dec 2026", "09:05", "UTC-08:00"],
        ["Tue 1 Dec 2026", "23:30", "UTC"],
        ["Tue 1 Dec 2026", "09:05", "UTC+05:30"],
        ["soon", "soon", "UTC"],
    ] == await evaluated(browser, script)
