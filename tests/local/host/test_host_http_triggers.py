"""HTTP triggers: routes, keys, requests, responses."""

import pytest

KEY = {"x-functions-key": "the-function"}


async def test_an_anonymous_function_answers(caller, control):
    response = await caller.http.get("/API/health")

    assert (200, {"status": "ok"}) == (response.status_code, response.json())
    assert "application/json" == response.headers["content-type"]
    assert ("invoked", "health", True) == tuple(
        control.journal[-1][key] for key in ("event", "function", "ok")
    )


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/health"), ("GET", "/api/other"), ("GET", "/health")]
)
async def test_no_function_has_this_path_and_method(caller, method, path):
    response = await caller.http.request(method, path)

    assert (404, b"") == (response.status_code, response.content)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"x-functions-key": "the-mcp"}, 401),
        ({"x-ms-client-principal": "e30="}, 403),
        ({"x-functions-key": "the-master"}, 201),
        (KEY, 201),
    ],
)
async def test_a_function_level_wants_a_key(caller, headers, status):
    response = await caller.http.get("/api/orders/1/x", headers={"X-Colour": "red", **headers})

    assert status == response.status_code


async def test_a_function_sees_the_request_and_its_answer_arrives_whole(caller):
    response = await caller.http.post(
        "/api/orders/17/a/b?q=1&q=2&r=%C3%A9", content="à", headers={"X-Colour": "red", **KEY}
    )

    assert {
        "method": "POST",
        "url": "http://app.example/api/orders/17/a/b?q=1&q=2&r=%C3%A9",
        "route": {"number": "17", "rest": "a/b"},
        "query": {"q": "1,2", "r": "é"},
        "header": "red",
        "body": "à",
    } == response.json()
    assert (201, "flavour=plain; Path=/") == (response.status_code, response.headers["set-cookie"])


@pytest.mark.parametrize("function", ["broken", "unsendable"])
async def test_a_function_that_fails_is_an_empty_500(caller, control, function):
    response = await caller.http.get(f"/api/{function}")

    assert (500, b"") == (response.status_code, response.content)
    assert (function, False) == (control.journal[-1]["function"], control.journal[-1]["ok"])
