"""Finds the tokens of a call: Token A, the app's credential, and each Token B. Nothing here does I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from local.decoded_token import DecodedToken
from local.observations import Observation
from local.trace.calls import Call
from local.trace.places import APIS

type Role = Literal["a", "assertion", "b"]
type Source = Literal["client", "exchanged", "kept"]
"""`kept` is a token that was there already; `exchanged` one that was issued in this call."""


@dataclass(frozen=True)
class CallToken:
    """One token of a call: whose it is in the flow, what it says, and where it came from."""

    role: Role
    token: DecodedToken
    source: Source
    service: str


def tokens(call: Call, identity: Iterable[Observation]) -> list[CallToken]:
    """Returns the tokens of a call, each once, Token A first and the app's credential last."""
    found: dict[str, CallToken] = {}
    if call.token_a is not None:
        _add(found, CallToken("a", call.token_a, "client", "host"))
    fresh = {
        unique_id(each["token"]): each["began"] for each in identity if each["event"] == "identity_token"
    }
    for happening in call.happenings:
        seen = happening.observation
        if seen["event"] == "token_request":
            if (assertion := seen.get("client_assertion")) is not None:
                now = fresh.get(unique_id(assertion), 0.0) >= call.began
                _add(found, CallToken("assertion", assertion, "exchanged" if now else "kept", "entra"))
            if (issued := seen.get("issued")) is not None:
                _add(found, CallToken("b", issued, "exchanged", api_of(issued)))
    for happening in call.happenings:
        seen = happening.observation
        if seen["event"] == "request_begun" and happening.service in APIS and seen["token"] is not None:
            _add(found, CallToken("b", seen["token"], "kept", happening.service))
    return sorted(found.values(), key=lambda each: ("a", "b", "assertion").index(each.role))


def api_of(token: DecodedToken) -> str:
    """Returns the service that a Token B is for."""
    return "graph" if "graph" in str(token["claims"].get("aud")) else "devops"


def unique_id(token: DecodedToken) -> str:
    """Returns what tells a token from others: Entra's `uti`, and the audience for what has none."""
    return str(token["claims"].get("uti") or token["claims"].get("aud"))


def _add(found: dict[str, CallToken], token: CallToken) -> None:
    found.setdefault(unique_id(token.token), token)
