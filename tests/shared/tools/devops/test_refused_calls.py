"""What all tools for builds, pull requests and wikis owe to a call that is refused."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.http.circuit_breaker import FAILURES
from shared.http.http_client import Http
from shared.http.retry import RetryPolicy
from shared.tools.devops.build_diagnosis import devops_diagnose_build, devops_get_build_log
from shared.tools.devops.build_runs import devops_trigger_build
from shared.tools.devops.builds import devops_get_build_status, devops_list_builds
from shared.tools.devops.repos import devops_get_pull_request, devops_list_pull_requests
from shared.tools.devops.wiki import (
    devops_create_wiki_page,
    devops_get_wiki_page,
    devops_list_wikis,
    devops_search_wiki,
    devops_update_wiki_page,
)
from tests.shared.tools.devops_calls import BOOKING, requests
from tests.shared.tools.sandbox import Sandbox, sandboxed_server

STALE = "0" * 40
KINDS = [
    (400, "invalid_argument"),
    (403, "forbidden"),
    (404, "not_found"),
    (429, "throttled"),
    (503, "unavailable"),
]


@pytest.mark.parametrize(("status", "code"), KINDS)
@pytest.mark.parametrize(
    ("function", "arguments", "path"),
    [
        (devops_list_builds, {}, "*/builds*"),
        (devops_get_build_status, {"build": 4711}, "*/builds*"),
        (devops_list_wikis, {}, "*/wiki*"),
        (devops_search_wiki, {"query": "cache"}, "*/wiki*"),
        (devops_get_wiki_page, {"page": "/Home", "wiki": "Booking.wiki"}, "*/wiki*"),
        (
            devops_update_wiki_page,
            {"page": "/Home", "wiki": "Booking.wiki", "version": STALE, "content": "x"},
            "*/wiki*",
        ),
        (devops_get_pull_request, {"pull_request": 412}, "*/pullrequests*"),
    ],
)
async def test_a_refusal_has_its_code_and_its_delay(
    sandbox: Sandbox, function: Any, arguments: dict[str, Any], path: str, status: int, code: str
):
    error = {"message": "TF400000: no.", "typeKey": "SomeException"}
    await sandbox.fail("devops", path=path, status=status, json=error, headers={"Retry-After": "2.5"})

    with pytest.raises(ToolError) as refused:
        await sandbox.call(function, **arguments, **BOOKING)

    assert (code, 2.5) == (refused.value.code, refused.value.retry_after)


@pytest.mark.parametrize(
    ("user", "function", "arguments", "scope"),
    [
        ("chiara", devops_trigger_build, {"definition": 12, "mode": "queue"}, "vso.build_execute"),
        ("dmitri", devops_trigger_build, {"definition": 12, "mode": "queue"}, "vso.build_execute"),
        ("dmitri", devops_diagnose_build, {}, "vso.build"),
        ("dmitri", devops_get_build_log, {"build": 1, "log_id": 1}, "vso.build"),
        ("dmitri", devops_list_pull_requests, {}, "vso.code"),
        ("dmitri", devops_get_pull_request, {"pull_request": 412}, "vso.code"),
        ("dmitri", devops_list_wikis, {}, "vso.wiki"),
        ("dmitri", devops_search_wiki, {"query": "x"}, "vso.wiki"),
        ("dmitri", devops_get_wiki_page, {"page": "/Home"}, "vso.wiki"),
        ("chiara", devops_create_wiki_page, {"path": "/X", "content": "x"}, "vso.wiki_write"),
        (
            "chiara",
            devops_update_wiki_page,
            {"page": "/Home", "version": STALE, "content": "x"},
            "vso.wiki_write",
        ),
    ],
)
async def test_a_caller_without_consent_is_told_the_scope(
    sandbox: Sandbox, user: str, function: Any, arguments: dict[str, Any], scope: str
):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(function, user=user, **arguments, **BOOKING)

    assert ("consent_required", True) == (refused.value.code, scope in str(refused.value.details))
    assert [] == await requests(sandbox)


@pytest.mark.parametrize(
    ("function", "arguments", "name"),
    [
        (devops_list_builds, {"status": "broken"}, "status"),
        (devops_list_builds, {"result": 3}, "result"),
        (devops_list_builds, {"limit": 101}, "limit"),
        (devops_list_builds, {"definition": True}, "definition"),
        (devops_list_builds, {"definition": "x" * 2001}, "definition"),
        (devops_list_builds, {"since": "yesterday-ish"}, "since"),
        (devops_list_builds, {"branch": []}, "branch"),
        (devops_list_builds, {"sort": "asc"}, "sort"),
        (devops_list_pull_requests, {"status": "open"}, "status"),
        (devops_list_pull_requests, {"creator_id": "myself"}, "creator_id"),
        (devops_list_pull_requests, {"limit": 0}, "limit"),
        (devops_list_pull_requests, {"repository": {}}, "repository"),
        (devops_list_pull_requests, {"author": "ana"}, "author"),
        (devops_get_wiki_page, {"page": ""}, "page"),
        (devops_get_wiki_page, {"page": "https://devops.test/larkspur/Booking/_git/booking-api"}, "page"),
        (devops_get_wiki_page, {"page": "https://devops.test/larkspur/Booking/_wiki"}, "page"),
        (devops_get_wiki_page, {"page": "https://evil.example/larkspur/Booking/_wiki/wikis/x"}, "page"),
        (devops_get_wiki_page, {"page": "/Home", "offset": -1}, "offset"),
        (devops_search_wiki, {"query": ""}, "query"),
        (devops_search_wiki, {"query": "x" * 501}, "query"),
        (devops_create_wiki_page, {"path": "/", "content": "x"}, "path"),
        (devops_create_wiki_page, {"path": "/A//B", "content": "x"}, "path"),
        (devops_create_wiki_page, {"path": "https://devops.test/A", "content": "x"}, "path"),
        (devops_create_wiki_page, {"path": "/A"}, "content"),
        (devops_update_wiki_page, {"page": "/Home", "content": "x"}, "version"),
        (devops_update_wiki_page, {"page": "/Home", "content": "x", "version": "1"}, "version"),
        (devops_update_wiki_page, {"page": "/Home", "content": "x", "version": '"' * 40}, "version"),
        (devops_update_wiki_page, {"page": "/Home", "content": None, "version": STALE}, "content"),
        (devops_update_wiki_page, {"page": "/Home", "content": " \n", "version": STALE}, "content"),
    ],
)
async def test_a_bad_argument_is_named_before_any_request_is_sent(
    sandbox: Sandbox, function: Any, arguments: dict[str, Any], name: str
):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(function, **arguments, **BOOKING)

    assert ("invalid_argument", True) == (refused.value.code, refused.value.message.startswith(f"{name}: "))
    assert [] == await requests(sandbox)


@pytest.mark.parametrize(
    ("function", "arguments", "path", "method"),
    [
        (devops_trigger_build, {"definition": 12, "mode": "queue"}, "*/builds", "POST"),
        (devops_create_wiki_page, {"path": "/New", "content": "x"}, "*/pages", "PUT"),
    ],
)
@pytest.mark.parametrize("status", [500, 503])
async def test_a_write_without_a_response_is_not_repeated(
    sandbox: Sandbox, function: Any, arguments: dict[str, Any], path: str, method: str, status: int
):
    await sandbox.fail("devops", path=path, method=method, status=status, body="busy")

    with pytest.raises(ToolError) as refused:
        await sandbox.call(function, **arguments, **BOOKING)
    journal = (await sandbox.control("GET", "devops", "journal")).json()

    assert ("unavailable", "unknown") == (refused.value.code, refused.value.details["outcome"])
    assert 1 == len([each for each in journal if each["event"] == "fault"])


async def test_a_delay_announced_with_success_holds_the_next_call_of_that_user_back(sandbox: Sandbox):
    await sandbox.control("PUT", "devops", "devops/throttling", {"Retry-After": 40})
    await sandbox.call(devops_list_wikis, **BOOKING)
    await sandbox.control("PUT", "devops", "devops/throttling", {})
    before = [*sandbox.waits]
    await sandbox.call(devops_list_wikis, user="ben", **BOOKING)
    of_another = [*sandbox.waits]
    await sandbox.call(devops_list_wikis, **BOOKING)

    assert ([], []) == (before, of_another)
    assert [40] == [round(each) for each in sandbox.waits]


@pytest.mark.parametrize(
    ("function", "arguments"),
    [(devops_list_wikis, {}), (devops_create_wiki_page, {"path": "/New", "content": "x"})],
)
async def test_a_good_token_is_accepted_where_conditional_access_rejects_the_wish_for_no_redirect(
    sandbox: Sandbox, function: Any, arguments: dict[str, Any]
):
    await sandbox.control("PUT", "devops", "devops/sign-in", {"refusal": "conditional-access"})

    found = await sandbox.call(function, **arguments, **BOOKING)

    assert found


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("WikiPageNotFoundException", "not_found"),
        ("WorkItemRevisionLimitExceededException", "invalid_argument"),
        ("SqlTimeoutException", "unavailable"),
    ],
)
async def test_refusals_that_come_as_500_open_no_circuit_and_failures_do(
    sandbox: Sandbox, key: str, code: str
):
    # The clock stands still, so a circuit that opens stays open.
    policy = RetryPolicy(clock=lambda: 0.0)
    sandbox.server = sandboxed_server(sandbox.settings(), Http(lambda: sandbox.http, retry_policy=policy))
    refusal = {"message": "No.", "typeKey": key}
    await sandbox.fail("devops", times=FAILURES, status=500, json=refusal)
    codes = []
    for number in range(FAILURES):
        with pytest.raises(ToolError) as refused:
            await sandbox.call(devops_list_wikis, user=("ana", "ben")[number % 2], **BOOKING)
        codes.append(refused.value.code)
    reason = None
    try:
        await sandbox.call(devops_list_wikis, **BOOKING)
    except ToolError as error:
        reason = error.reason

    assert [code] * FAILURES == codes
    assert ("circuit_open" if code == "unavailable" else None) == reason
