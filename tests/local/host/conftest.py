import json
import sys
from pathlib import Path

import httpx
import pytest

from local.control import Control
from local.host.configuration import HostConfiguration
from local.host.functions_host import FunctionsHost
from local.host.keys import Keys
from local.host.worker import load_functions

APPS = Path(__file__).parent / "apps"


@pytest.fixture(scope="session")
def functions():
    """An app can be indexed once per process."""
    return load_functions(APPS, "sample_app.py")


@pytest.fixture
def sample_app(functions):
    return sys.modules["sample_app"]


@pytest.fixture
def configuration():
    return HostConfiguration(
        server_name="sample",
        server_version="3.2.1",
        instructions="Be kind.",
        webhook_authorization_level="Anonymous",
        bundle=(4, 36, 0),
    )


@pytest.fixture
def control():
    return Control()


@pytest.fixture
def keys():
    return Keys(master="the-master", function="the-function", mcp="the-mcp")


class Caller:
    """Speaks to a host the way an MCP client does."""

    path = "/runtime/webhooks/mcp"
    accept = "application/json, text/event-stream"

    def __init__(self, host):
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(host), base_url="http://app.example")

    async def post(self, body, **headers):
        given = {"Accept": self.accept, "Content-Type": "application/json", **headers}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.http.post(self.path, content=content, headers=given)

    async def request(self, method, params=None, **headers):
        """The JSON-RPC message that answers a request."""
        message = {"jsonrpc": "2.0", "id": 7, "method": method}
        if params is not None:
            message["params"] = params
        response = await self.post(message, **headers)
        assert response.status_code == 200
        return self.event(response)

    async def call(self, tool, arguments=None, **headers):
        return await self.request("tools/call", {"name": tool, "arguments": arguments}, **headers)

    @staticmethod
    def event(response):
        """The message of the one event in a stream."""
        prefix, data, *rest = response.text.split("\n")
        assert ("event: message", ["", ""]) == (prefix, rest)
        return json.loads(data.removeprefix("data: "))


@pytest.fixture
def caller_of(functions, control, keys):
    """Makes a caller of a host with this configuration."""

    def make(configuration):
        return Caller(FunctionsHost(functions, configuration, control, keys))

    return make


@pytest.fixture
def caller(caller_of, configuration):
    return caller_of(configuration)
