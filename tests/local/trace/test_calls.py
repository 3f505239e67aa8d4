"""What becomes of observations: calls with their stations, steps and tokens."""

import pytest

from tests.local.trace.observed import ASSERTION, ROOT, TOKEN_A, TOKEN_B, Recording, states


@pytest.fixture
def recording() -> Recording:
    return Recording()


def test_a_call_that_needs_an_exchange_goes_through_all_stations(recording):
    recording.begin()
    recording.span("t", ROOT, "tools/call graph_get_profile", ms=50.0)
    recording.span("v", "t", "validate token")
    recording.exchange("e", parent="t", issued=TOKEN_B)
    recording.ask_graph(parent="t")
    recording.end()

    (call,) = recording.shown()
    assert {"ok"} == set(states(call).values())
    assert ("made", "ok", "Ana Duarte") == (call["exchange"], call["outcome"], call["user"])
    assert [
        ("a", TOKEN_A["claims"], "client"),
        ("b", TOKEN_B["claims"], "exchanged"),
        ("assertion", ASSERTION["claims"], "kept"),
    ] == [(each["role"], each["claims"], each["source"]) for each in call["tokens"]]
    assert [
        (0, "host", "Easy Auth checks Token A"),
        (0, "host", "The app runs graph_get_profile"),
        (1, "host", "The app validates Token A"),
        (1, "host", "On-behalf-of exchange"),
        (2, "entra", "Token A goes to Entra, for Token B"),
        (1, "graph", "GET /v1.0/me at Microsoft Graph"),
    ] == [(step["depth"], step["place"], step["title"]) for step in call["steps"]]


def test_a_call_with_a_cached_token_needs_no_exchange(recording):
    recording.begin()
    recording.span("e", ROOT, "exchange token", ms=0.01, cache="hit")
    recording.ask_graph()
    recording.end()

    (call,) = recording.shown()
    assert ("kept", "unneeded", "kept") == (
        call["exchange"],
        states(call)["identity"],
        states(call)["exchange"],
    )
    assert ["client", "kept"] == [each["source"] for each in call["tokens"]]
    assert ["ok", "kept", "ok"] == [step["status"] for step in call["steps"]]


def test_a_refused_exchange_shows_where_it_stopped_and_why(recording):
    recording.begin()
    recording.span("e", ROOT, "exchange token", cache="miss", error__type="consent_required")
    recording.span("p", "e", "POST", http__request__method="POST", server__port=1, error__type="400")
    refusal = {
        "client_assertion": ASSERTION,
        "assertion": TOKEN_A,
        "aadsts": 65001,
        "why": "AADSTS65001: no.",
    }
    recording.observe("entra", "token_request", "p", **refusal)
    recording.end(ok=False, error={"code": "consent_required", "message": "Consent is missing."})

    (call,) = recording.shown()
    assert {
        "a": "ok",
        "validation": "ok",
        "identity": "ok",
        "exchange": "failed",
        "api": "waiting",
        "result": "failed",
    } == states(call)
    assert "AADSTS65001: no." == call["stations"][3]["text"]
    assert ("failed", "failed", "consent_required") == (
        call["outcome"],
        call["exchange"],
        call["error"]["code"],
    )


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"status": 429, "reset": False}, "a fault answered 429"),
        ({"status": None, "reset": True}, "a fault reset the connection"),
    ],
)
def test_a_fault_is_told_where_it_met_the_call(recording, facts, words):
    recording.begin()
    recording.ask_graph(status=429, error__type="429")
    recording.observe("graph", "misbehaved", "g", method="GET", path="/v1.0/me", **facts)
    recording.end(ok=False, error={"code": "throttled", "message": "Too many."})

    (call,) = recording.shown()
    assert "failed" == states(call)["api"]
    assert words in call["stations"][4]["text"]
    assert words in call["steps"][-1]["notes"]


def test_a_managed_identity_that_fails_stops_the_call_before_entra(recording):
    recording.begin()
    recording.span("e", ROOT, "exchange token", ms=30.0, cache="miss", error__type="unavailable")
    recording.now -= 0.01
    recording.observe(
        "identity", "misbehaved", None, status=500, reset=False, method="GET", path="/msi/token"
    )
    recording.end(ok=False, error={"message": "It did not respond."})

    (call,) = recording.shown()
    assert ("failed", "waiting") == (states(call)["identity"], states(call)["exchange"])
    assert "a fault answered 500" == call["stations"][2]["text"]


def test_a_fresh_assertion_is_told_from_a_kept_one(recording):
    recording.begin()
    recording.observe("identity", "identity_token", None, began=recording.now, token=ASSERTION)
    recording.exchange(issued=TOKEN_B)
    recording.end()

    assert "exchanged" == recording.shown()[0]["tokens"][-1]["source"]


def test_what_a_service_observed_before_its_span_was_known_is_not_lost(recording):
    recording.begin()
    recording.observe("graph", "request_begun", "g", method="GET", path="/", query="", token=TOKEN_B)
    recording.span("g", ROOT, "GET /v1.0/me", http__request__method="GET", server__port=2)

    assert ["a", "b"] == [each["role"] for each in recording.shown()[0]["tokens"]]


def test_a_running_call_is_shown_while_it_runs(recording):
    recording.begin()
    recording.span("g", ROOT, "GET /v1.0/me", ms=None, http__request__method="GET", server__port=2)

    (call,) = recording.shown()
    assert ("running", None) == (call["outcome"], call["ms"])
    assert ("running", "running") == (states(call)["api"], states(call)["result"])
    assert ("running", None) == (call["steps"][-1]["status"], call["steps"][-1]["ms"])


@pytest.mark.parametrize(("method", "name"), [("resources/read", "guide://start"), ("prompts/get", "plan")])
def test_reads_of_resources_and_prompts_are_calls_too(recording, method, name):
    recording.begin(method=method, name=name)
    recording.end()

    (call,) = recording.shown()
    assert (method, name, "ok", "none") == (call["method"], call["name"], call["outcome"], call["exchange"])
    assert ["unneeded"] * 3 == [states(call)[key] for key in ("identity", "exchange", "api")]


def test_the_handshake_of_a_client_is_no_call(recording):
    recording.request()
    recording.observe("host", "request_ended", status=200)

    assert [] == recording.shown()
    assert [] == recording.observe("host", "call_begun", method="tools/call", name="late")


def test_requests_elsewhere_are_no_calls(recording):
    for method, path in (("GET", "/runtime/webhooks/mcp"), ("POST", "/oauth/token")):
        recording.observe("host", "request_begun", "r", method=method, path=path, query="", token=None)
        recording.observe("host", "request_ended", "r", status=405)

    assert [] == recording.shown()


@pytest.mark.parametrize(
    ("token", "reason", "outcome", "station"),
    [(None, "MissingToken", "challenged", "a"), (TOKEN_A, "InvalidAudienceError", "refused", "validation")],
)
def test_a_request_that_easy_auth_refuses_says_why(recording, token, reason, outcome, station):
    recording.request(token=token)
    recording.observe("host", "easy_auth", outcome=401, reason=reason, path="/runtime/webhooks/mcp")
    recording.observe("host", "request_ended", status=401)

    (call,) = recording.shown()
    assert outcome == call["outcome"]
    assert states(call)[station] in ("failed", "challenged")
    assert f"refused with status 401: {reason}" in call["steps"][0]["notes"]


def test_only_the_last_calls_are_kept_and_nothing_of_the_others():
    recording = Recording(limit=2)
    for number in range(50):
        root = f"root-{number}"
        recording.begin(root)
        recording.span(f"span-{number}", root, "GET /v1.0/me")
        recording.end(root)

    assert [49, 50] == [call["number"] for call in recording.shown()]
    assert {"root-48", "span-48", "root-49", "span-49"} == set(recording.calls._by_span)


def test_a_call_with_very_many_requests_stays_bounded(recording):
    recording.begin()
    for number in range(1000):
        recording.ask_graph(f"g{number}")
    recording.end()

    (call,) = recording.calls.shown()
    assert 400 == len(call.spans) == len(call.happenings)
    assert 1 == len(
        {id(each.observation["token"]) for each in call.happenings if "token" in each.observation}
    )


def test_two_calls_of_one_trace_stay_apart(recording):
    recording.begin("one", name="first")
    recording.begin("two", name="second")
    recording.ask_graph("g", parent="two")
    recording.end("one")

    first, second = recording.shown()
    assert ["a"] == [each["role"] for each in first["tokens"]]
    assert ["a", "b"] == [each["role"] for each in second["tokens"]]
    assert ("ok", "running") == (first["outcome"], second["outcome"])


def test_forgotten_calls_do_not_come_back(recording):
    recording.begin()
    recording.calls.forget()

    assert [] == recording.observe("host", "call_ended", ok=True, error=None)
    assert [] == recording.shown()
