"""The local host answers as Microsoft's extension did: every exchange that was recorded."""

import json
import re
import sys
from pathlib import Path

import httpx
import pytest

from local.control import Control
from local.host.configuration import HostConfiguration
from local.host.functions_host import FunctionsHost
from local.host.worker import load_functions

HERE = Path(__file__).parent
CONTRACT = json.loads((HERE.parents[1] / "contract" / "host" / "exchanges.json").read_text())
EXCHANGES = CONTRACT["exchanges"]
DEFAULT_HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
SESSION = re.compile(r"[0-9a-f]{32}\|[0-9a-f]{32}")
# Of the server that answers, not of the extension.
UNCOMPARED = {"content-length"}


@pytest.fixture(scope="module")
def host():
    configuration = HostConfiguration(
        server_name="wire",
        server_version="1.2.3",
        instructions="Be kind.",
        webhook_authorization_level="Anonymous",
        bundle=(4, 38, 0),
    )
    return FunctionsHost(load_functions(HERE / "apps", "recorded_app.py"), configuration, Control())


@pytest.fixture
def app(host):
    module = sys.modules["recorded_app"]
    module.calls.clear()
    return module


async def respond(host, method, path, headers, body):
    sent = [("Host", "app.example")]
    sent += [(name, value.encode("latin-1")) for name, value in headers.items() if value is not None]
    content = None if body is None else body.encode("latin-1")
    request = httpx.Request(method, f"http://app.example{path}", headers=sent, content=content)
    response = await httpx.ASGITransport(host).handle_async_request(request)
    return response, SESSION.sub("<session>", (await response.aread()).decode())


def of_server(response):
    return {
        name: SESSION.sub("<session>", value)
        for name, value in response.headers.items()
        if name not in UNCOMPARED
    }


@pytest.mark.parametrize(
    "exchange", [pytest.param(each, id=each["case"]) for each in EXCHANGES if "request" in each]
)
async def test_a_request_is_answered_as_the_extension_did(host, app, exchange):
    app.returned = {"kind": "string", "value": "said"}
    asked = exchange["request"]
    defaults = DEFAULT_HEADERS if asked["body"] is not None else {"Accept": DEFAULT_HEADERS["Accept"]}

    response, text = await respond(
        host, asked["method"], asked["path"], {**defaults, **asked["headers"]}, asked["body"]
    )

    assert (exchange["status"], exchange["headers"]) == (response.status_code, of_server(response))
    if "event" in exchange:
        event = re.fullmatch("event: message\ndata: (.*)\n\n", text)
        # Compared as text, so that the order of the members counts.
        assert json.dumps(exchange["event"]) == json.dumps(json.loads(event[1]))
    else:
        assert exchange["text"] == text


@pytest.mark.parametrize(
    "exchange", [pytest.param(each, id=each["case"]) for each in EXCHANGES if "request" not in each]
)
async def test_a_message_reaches_its_function_and_is_answered_as_by_the_extension(host, app, exchange):
    app.returned = exchange.get("returned")
    headers = CONTRACT["message_headers"]

    response, text = await respond(host, "POST", "/runtime/webhooks/mcp", headers, exchange["body"])

    wanted = f"event: message\ndata: {exchange['data']}\n\n" if "data" in exchange else exchange["text"]
    assert (exchange["status"], wanted) == (response.status_code, text)
    called = [(exchange["called"]["function"], exchange["called"]["context"])] if "called" in exchange else []
    given = [context["transport"]["properties"].pop("headers") for _, context in app.calls]
    assert json.dumps(called) == json.dumps(app.calls)
    for got in given:
        # What the server below does not know by name arrives in lower case.
        lowered = {name.casefold(): value for name, value in got.items()}
        assert {name.casefold(): value for name, value in headers.items()} == {
            name: value for name, value in lowered.items() if name not in ("host", "content-length")
        }


def test_all_that_a_python_function_can_bring_about_is_compared():
    assert 287 == len(EXCHANGES)
