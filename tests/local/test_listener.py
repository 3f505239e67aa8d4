"""What the listeners of this machine refuse, and how long they keep a connection."""

import asyncio
import socket
from dataclasses import fields

import httpx
import pytest
from starlette.responses import PlainTextResponse

from local import serving
from local.easyauth import front
from local.layout import Layout
from local.listener import is_loopback


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.9.9.9:7071", "[::1]", "[::1]:7071"]
)
def test_the_names_of_this_machine(host):
    assert is_loopback(f"//{host}")


@pytest.mark.parametrize(
    "host",
    [
        "", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "0.0.0.0", "169.254.169.254",
        "192.168.0.1", "[::]", "[fe80::1]", "localhost:x", "localhost/x", "localhost evil.example", "127.1",
        "localhost@evil.example", "xn--localhost",
    ],
)  # fmt: skip
def test_the_names_of_other_machines(host):
    assert not is_loopback(f"//{host}")


async def ok(scope, receive, send):
    await PlainTextResponse("served")(scope, receive, send)


@pytest.fixture
def layout(tmp_path):
    names = [field.name for field in fields(Layout) if field.name != "folder"]
    return Layout(folder=tmp_path, **dict.fromkeys(names, "http://localhost:1"))


@pytest.fixture
async def listening(layout):
    """A listener as the services of the tenant have it, on a free port, and its server."""
    server = serving.server("http://localhost:1", ok, layout)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        task = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", server
        server.should_exit = True
        await task


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({}, None),
        ({"Host": "localhost:7071"}, None),
        ({"Origin": "http://localhost:6274"}, None),
        ({"Origin": "https://[::1]:1"}, None),
        ({"Host": "evil.example"}, "Host"),
        ({"Host": ""}, "Host"),
        ({"Origin": "https://evil.example"}, "Origin"),
        ({"Origin": "null"}, "Origin"),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, None),
        ({"Origin": "null", "Sec-Fetch-Site": "same-site"}, "Origin"),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, "Origin"),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, "Origin"),
        ({"Host": "evil.example", "Origin": "null", "Sec-Fetch-Site": "same-origin"}, "Host"),
        ({"Origin": "//localhost"}, "Origin"),
        ({"Origin": "http://localhost.evil.example"}, "Origin"),
    ],
)
async def test_a_request_from_elsewhere_is_refused_in_a_sentence(listening, headers, refused):
    url, _ = listening

    async with httpx.AsyncClient(trust_env=False) as client:
        response = await client.get(url, headers=headers)

    assert (403 if refused else 200) == response.status_code
    assert (refused is None) is (response.text == "served")
    if refused:
        assert f"the {refused} header names another one" in response.text


async def test_every_origin_of_several_counts(listening):
    url, _ = listening

    async with httpx.AsyncClient(trust_env=False) as client:
        response = await client.get(
            url, headers=[("Origin", "http://localhost"), ("Origin", "https://evil.example")]
        )

    assert 403 == response.status_code


async def test_an_idle_connection_is_kept_for_longer_than_by_any_client(listening):
    """Azure's front end keeps it for four minutes."""
    url, server = listening

    async with httpx.AsyncClient(trust_env=False) as client:
        await client.get(url)
        (connection,) = server.server_state.connections
        closes_in = connection.timeout_keep_alive_task.when() - asyncio.get_running_loop().time()

    assert 240 < closes_in


async def test_easy_auth_before_an_app_refuses_and_keeps_alike():
    server = front.server(ok)
    sockets = front.listeners(0)
    task = asyncio.create_task(server.serve(sockets=sockets))
    url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"

    async with httpx.AsyncClient(trust_env=False) as client:
        statuses = [
            (await client.get(url, headers=headers)).status_code
            for headers in ({}, {"Host": "evil.example"}, {"Origin": "https://evil.example"})
        ]
    server.should_exit = True
    await task
    for each in sockets:
        each.close()

    assert [200, 403, 403] == statuses
    assert server.config.timeout_keep_alive > 240
