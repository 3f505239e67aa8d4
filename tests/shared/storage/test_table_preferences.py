"""Preferences as entities of a table: what is asked of Azure Table Storage, and what its answers mean."""

import asyncio
import json
import threading
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from shared.errors import ToolError
from shared.http.http_client import Http
from shared.server import preference_store
from shared.settings import Settings
from shared.storage.preference_store import MemoryPreferences, Preferences
from shared.storage.table_preferences import TablePreferences
from tests.shared.issuer import ENVIRON, TENANT

TABLE = "https://account.table.core.windows.net/preferences"
USER = "7d4f1b90-3c2e-4a5d-9b8f-0a1c2e3d4f51"
ENTITY = f"{TABLE}(PartitionKey='{TENANT}',RowKey='{USER}')"
ROLE = "Storage Table Data Contributor"


def refused(status: int, code: str, **headers: str) -> httpx.Response:
    """A refusal in the Table service's form."""
    error = {"odata.error": {"code": code, "message": {"lang": "en-US", "value": "No."}}}
    return httpx.Response(status, headers={"x-ms-request-id": "req-7", **headers}, json=error)


@pytest.fixture
def store(open_http: Callable[..., Http]) -> Callable[..., TablePreferences]:
    """Makes a store over a response, or over a function that answers."""

    def over(answer: Any, token: Callable[[], str] = lambda: "a-token") -> TablePreferences:
        http = open_http(answer if callable(answer) else lambda request: answer)
        return TablePreferences(http, TABLE, token=token)

    return over


async def failure(store: TablePreferences, method: str = "get") -> ToolError:
    """What becomes of a request."""
    with pytest.raises(ToolError) as raised:
        if method == "get":
            await store.get(TENANT, USER)
        else:
            await store.put(TENANT, USER, Preferences())
    return raised.value


async def test_a_users_preferences_are_one_entity_asked_for_as_the_app(store) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        entity = {"PartitionKey": TENANT, "RowKey": USER, "Timestamp": "2026-03-05T00:00:00Z", "site": "Quay"}
        return httpx.Response(200, json=entity)

    preferences = await store(answer).get(TENANT, USER)
    [request] = asked

    assert Preferences(site="Quay") == preferences
    assert ("GET", ENTITY) == (request.method, str(request.url).replace("%27", "'"))
    assert "Bearer a-token" == request.headers["authorization"]
    assert "application/json;odata=nometadata" == request.headers["accept"]
    assert "2020-12-06" == request.headers["x-ms-version"]
    assert parsedate_to_datetime(request.headers["x-ms-date"]).tzinfo is not None


async def test_what_is_set_replaces_the_whole_entity(store) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(204)

    await store(answer).put(TENANT, USER, Preferences(organization="larkspur", time_zone="Asia/Seoul"))
    [request] = asked

    assert ("PUT", ENTITY) == (request.method, str(request.url).replace("%27", "'"))
    assert {"organization": "larkspur", "time_zone": "Asia/Seoul"} == json.loads(request.content)
    assert "if-match" not in request.headers


async def test_the_table_is_created_when_something_is_first_put_into_it(store) -> None:
    asked: list[tuple[str, str, object]] = []
    answers = iter([refused(404, "TableNotFound"), httpx.Response(201), httpx.Response(204)])

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, str(request.url).replace("%27", "'"), json.loads(request.content)))
        return next(answers)

    await store(answer).put(TENANT, USER, Preferences(team="Dockers"))

    entity = ("PUT", ENTITY, {"team": "Dockers"})
    created = ("POST", "https://account.table.core.windows.net/Tables", {"TableName": "preferences"})
    assert [entity, created, entity] == asked


async def test_a_table_that_another_instance_has_just_created_will_do(store) -> None:
    answers = iter([refused(404, "TableNotFound"), refused(409, "TableAlreadyExists"), httpx.Response(204)])

    await store(lambda request: next(answers)).put(TENANT, USER, Preferences())

    assert [] == list(answers)


async def test_a_table_that_may_not_be_created_is_the_administrators_to_mend(store) -> None:
    answers = iter([refused(404, "TableNotFound"), refused(403, "NoRole")])

    error = await failure(store(lambda request: next(answers)), "put")

    assert "Azure Table Storage does not authorize the server: NoRole" == error.message
    assert ROLE in error.remedy


async def test_a_table_that_is_gone_again_is_not_created_twice(store) -> None:
    answers = iter(
        [
            refused(404, "TableNotFound"),
            httpx.Response(201),
            refused(404, "TableNotFound"),
            httpx.Response(201),
        ]
    )

    error = await failure(store(lambda request: next(answers)), "put")

    assert "Azure Table Storage found no such table: TableNotFound" == error.message
    assert 1 == len(list(answers))


@pytest.mark.parametrize("code", ["ResourceNotFound", "EntityNotFound", "TableNotFound"])
async def test_a_user_without_entity_has_set_nothing(store, code: str) -> None:
    assert Preferences() == await store(refused(404, code)).get(TENANT, USER)


async def test_the_spelling_of_an_id_makes_no_other_user(store) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return refused(404, "ResourceNotFound")

    await store(answer).get(TENANT, USER)
    await store(answer).get(TENANT.upper(), USER.upper())

    assert 1 == len(set(asked))


@pytest.mark.parametrize("wrong", ["", "ana", "') or (RowKey gt '", f"{USER}'"])
async def test_what_is_no_guid_is_no_key(store, wrong: str) -> None:
    asked: list[httpx.Request] = []

    with pytest.raises(ValueError, match="UUID"):
        await store(asked.append).get(TENANT, wrong)

    assert [] == asked


@pytest.mark.parametrize("method", ["get", "put"])
@pytest.mark.parametrize(
    ("answer", "code", "message"),
    [
        (refused(401, "InvalidToken"), "misconfigured", "does not authorize the server: InvalidToken"),
        (refused(403, "NoRole"), "misconfigured", "does not authorize the server: NoRole"),
        (httpx.Response(404), "misconfigured", "found no such table."),
        (refused(429, "TooManyRequests"), "unavailable", "is busy: TooManyRequests"),
        (refused(500, "InternalError"), "unavailable", "is not available: InternalError"),
        (refused(503, "ServerBusy"), "unavailable", "is not available: ServerBusy"),
        (
            refused(400, "InvalidInput"),
            "upstream_error",
            "refused the request for an unknown reason: InvalidInput",
        ),
        (
            httpx.Response(302, headers={"Location": "/"}),
            "upstream_error",
            "refused the request for an unknown reason.",
        ),
    ],
)
async def test_a_refusal_is_named(store, method: str, answer: httpx.Response, code: str, message: str):
    error = await failure(store(answer), method)

    assert code == error.code
    assert f"Azure Table Storage {message}" == error.message
    assert str(answer.status_code) == error.details["status"]


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_an_administrator_is_told_the_role_to_grant_and_the_setting(store, status: int) -> None:
    error = await failure(store(refused(status, "AuthorizationPermissionMismatch")))

    assert ROLE in error.remedy
    assert "PREFERENCES_TABLE_URL" in error.remedy
    assert {"status": str(status), "request_id": "req-7"} == error.details


async def test_a_refusal_in_xml_is_named_by_its_header(store) -> None:
    answer = httpx.Response(403, headers={"x-ms-error-code": "AuthenticationFailed"}, text="<Error/>")

    error = await failure(store(answer))

    assert "Azure Table Storage does not authorize the server: AuthenticationFailed" == error.message


async def test_when_to_try_again_is_passed_on(store) -> None:
    assert 2.5 == (await failure(store(refused(503, "ServerBusy", **{"Retry-After": "2.5"})))).retry_after


@pytest.mark.parametrize(
    ("trouble", "code", "message"),
    [
        (httpx.ReadTimeout("slow"), "timeout", "Azure Table Storage did not respond in time."),
        (httpx.ConnectError("no route"), "unavailable", "Azure Table Storage could not be reached."),
    ],
)
@pytest.mark.parametrize("method", ["get", "put"])
async def test_no_answer_is_no_empty_answer(store, method, trouble, code, message) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise trouble

    error = await failure(store(answer), method)

    assert (code, message) == (error.code, error.message)


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"project": 7}', b'{"site": {"a": "b"}}'], ids=lambda body: body.decode()
)
async def test_an_entity_in_another_form_is_not_taken_for_nothing(store, body: bytes) -> None:
    assert "upstream_error" == (await failure(store(httpx.Response(200, content=body)))).code


async def test_without_a_token_nothing_is_sent(store) -> None:
    asked: list[httpx.Request] = []

    def token() -> str:
        raise ToolError("unavailable", "The server's managed identity did not answer.", "Try again.")

    error = await failure(store(asked.append, token))

    assert "The server's managed identity did not answer." == error.message
    assert [] == asked


async def test_users_who_come_at_once_wait_for_one_thread(store) -> None:
    meeting = threading.Barrier(2)
    alone: list[bool] = []

    def token() -> str:
        try:
            meeting.wait(0.2)
        except threading.BrokenBarrierError:
            alone.append(True)
        return "a-token"

    kept = store(refused(404, "ResourceNotFound"), token)
    await asyncio.gather(kept.get(TENANT, USER), kept.get(TENANT, USER))

    assert [True, True] == alone


async def test_without_the_setting_preferences_are_kept_in_memory(open_http, settings: Settings) -> None:
    assert isinstance(preference_store(settings, open_http(lambda request: None)), MemoryPreferences)


async def test_an_app_without_managed_identity_cannot_use_a_table_and_says_so(open_http) -> None:
    asked: list[httpx.Request] = []
    settings = Settings.from_environ({**ENVIRON, "PREFERENCES_TABLE_URL": TABLE})

    error = await failure(preference_store(settings, open_http(asked.append)))

    assert "misconfigured" == error.code
    assert "AZURE_MI_CLIENT_ID" in error.remedy
    assert [] == asked
