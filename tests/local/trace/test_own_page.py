"""Who may use what is served beside the page."""

import httpx
import pytest
from starlette.responses import PlainTextResponse

from local.trace.own_page import OwnPageOnly

URL = "http://localhost:7084"


async def status_of(method: str, **headers: str) -> int:
    app = OwnPageOnly(PlainTextResponse("served"), URL)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as http:
        response = await http.request(method, "/", headers=headers)
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "nosniff" == response.headers["x-content-type-options"]
    return response.status_code


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {}),
        ("GET", {"host": "127.0.0.1:7084"}),
        ("GET", {"origin": URL, "sec-fetch-site": "same-origin"}),
        ("POST", {"origin": URL}),
        ("POST", {"host": "[::1]:7084", "origin": "http://[::1]:7084"}),
    ],
)
async def test_the_page_itself_is_served(method, headers):
    assert 200 == await status_of(method, **headers)


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {"host": "evil.example"}),
        ("GET", {"host": "evil.example:7084"}),
        ("GET", {"host": "localhost:7071"}),
        ("GET", {"host": "localhost"}),
        ("GET", {"origin": "http://localhost:7071"}),
        ("GET", {"sec-fetch-site": "cross-site"}),
        ("GET", {"sec-fetch-site": "same-site"}),
        ("POST", {}),
        ("POST", {"origin": "null"}),
        ("POST", {"origin": "https://evil.example"}),
        ("POST", {"origin": "http://localhost:7071"}),
        ("POST", {"origin": "https://localhost:7084"}),
        ("POST", {"origin": "http://127.0.0.1:7084"}),
        ("DELETE", {}),
    ],
)
async def test_anything_else_is_refused(method, headers):
    assert 403 == await status_of(method, **headers)
