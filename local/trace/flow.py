"""Tells a call as the six stations of on-behalf-of, in which a newcomer follows it. Nothing here does I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from local.trace.calls import Call
from local.trace.places import APIS
from local.trace.steps import Step
from local.trace.tokens import CallToken

type State = Literal["waiting", "running", "ok", "kept", "failed", "unneeded", "challenged"]
type Outcome = Literal["running", "ok", "failed", "refused", "challenged"]
type Exchange = Literal["made", "kept", "failed", "none"]

_STATIONS = (
    ("a", "Token A arrives"),
    ("validation", "Token A is validated"),
    ("identity", "The app proves itself"),
    ("exchange", "Entra exchanges"),
    ("api", "Token B is used"),
    ("result", "The answer goes back"),
)


@dataclass(frozen=True)
class Station:
    """One station: what is done there, how far the call got, and in words what happened."""

    key: str
    title: str
    state: State
    text: str


def outcome(call: Call) -> Outcome:
    """Returns how the call ended: `challenged` where the client has to sign in first."""
    if call.result is not None:
        return "ok" if call.result["ok"] else "failed"
    if call.status is not None and call.status >= 400:
        return "challenged" if call.status == 401 and call.token_a is None else "refused"
    return "running" if call.ended is None else "failed"


def exchange(call: Call, found: Sequence[CallToken], listed: Sequence[Step]) -> Exchange:
    """Returns what became of the on-behalf-of exchange: `kept` where Token B was in the cache."""
    spans = [span for span in call.spans.values() if span.name == "exchange token"]
    missed = [span for span in spans if span.attributes.get("cache") == "miss"]
    if any(token.role == "b" and token.source == "exchanged" for token in found):
        return "made"
    if missed and any("error.type" in span.attributes for span in missed):
        return "failed"
    if any(step.status == "kept" for step in listed):
        return "kept"
    return "none"


def stations(call: Call, listed: Sequence[Step], found: Sequence[CallToken]) -> list[Station]:
    """Returns the six stations of a call."""
    told = (
        _arrival(call),
        _validation(call, listed),
        *_exchange(call, listed, found),
        _use(call, listed, found),
        _result(call),
    )
    return [
        Station(key, title, state, text) for (key, title), (state, text) in zip(_STATIONS, told, strict=True)
    ]


def _arrival(call: Call) -> tuple[State, str]:
    if call.token_a is None:
        return "challenged", "The client has no access token yet."
    claims = call.token_a["claims"]
    who = claims.get("name") or claims.get("oid") or "somebody"
    return "ok", f"The client sends {who}'s token, which is for this server alone."


def _validation(call: Call, listed: Sequence[Step]) -> tuple[State, str]:
    if call.gate is None or call.token_a is None:
        return "waiting", ""
    if call.gate["outcome"] != "ok":
        return "failed", f"Easy Auth refuses it: {call.gate.get('reason')}."
    own = [step for step in listed if step.title == "The app validates Token A"]
    if any(step.status == "failed" for step in own):
        return "failed", "The app refuses it."
    if any(step.status == "running" for step in own):
        return "running", "The app checks signature, audience, tenant and scope."
    if own:
        return "ok", "Easy Auth and the app check signature, issuer, audience and lifetime."
    return "ok", "Easy Auth checks signature, issuer, audience and lifetime."


def _exchange(
    call: Call, listed: Sequence[Step], found: Sequence[CallToken]
) -> tuple[tuple[State, str], tuple[State, str]]:
    """Returns the stations of the managed identity and of Entra."""
    made = exchange(call, found, listed)
    if made == "kept":
        return ("unneeded", "Nothing to prove: no exchange is needed."), ("kept", "Token B is in the cache.")
    assertions = [token for token in found if token.role == "assertion"]
    failed = [step for step in listed if step.place == "identity" and step.status == "failed"]
    if failed and not assertions:
        return ("failed", _last_note(failed)), ("waiting", "")
    running = any(step.status == "running" and step.title == "On-behalf-of exchange" for step in listed)
    if not assertions:
        if made == "failed":
            return ("ok", "Its credential goes with the request."), ("failed", _entra_says(listed))
        before: tuple[State, str] = ("running", "The app asks.") if running else _not_reached(call)
        return before, before
    fresh = any(token.source == "exchanged" for token in assertions)
    proof: tuple[State, str] = (
        "ok",
        f"The managed identity's token is its credential{'' if fresh else ', kept from before'}: no secret.",
    )
    if made == "failed":
        return proof, ("failed", _entra_says(listed))
    issued = [token for token in found if token.role == "b" and token.source == "exchanged"]
    if not issued:
        return proof, ("running", "Token A goes in.")
    names = " and ".join(dict.fromkeys(_API[token.service] for token in issued))
    return proof, ("ok", f"Token A goes in, Token B for {names} comes out.")


_API = {"graph": "Microsoft Graph", "devops": "Azure DevOps"}


def _entra_says(listed: Sequence[Step]) -> str:
    refused = [step for step in listed if step.place == "entra" and step.status == "failed"]
    return _last_note(refused) if refused else "Entra gave no answer."


def _last_note(failed: Sequence[Step]) -> str:
    notes = [note for note in failed[-1].notes if not note.startswith(("status ", "failed: "))]
    notes = notes or list(failed[-1].notes)
    return "; ".join(notes)[:300]


def _use(call: Call, listed: Sequence[Step], found: Sequence[CallToken]) -> tuple[State, str]:
    requests = [step for step in listed if step.place in APIS]
    if not requests:
        return _not_reached(call)
    names = " and ".join(dict.fromkeys(_API[step.place] for step in requests))
    count = f"{len(requests)} request{'' if len(requests) == 1 else 's'} to {names}"
    if any(step.status == "running" for step in requests):
        return "running", f"{count}, as the user."
    failed = [step for step in requests if step.status == "failed"]
    if failed and outcome(call) != "ok":
        return "failed", f"{count}: {_last_note(failed)}"
    if failed:
        return "ok", f"{count}, {len(failed)} of which failed."
    kept = any(token.role == "b" and token.source == "kept" for token in found)
    return "ok", f"{count}, as the user{', with the cached Token B' if kept else ''}."


def _not_reached(call: Call) -> tuple[State, str]:
    match outcome(call):
        case "running":
            return "waiting", ""
        case "ok":
            return "unneeded", "This call needs no other API."
        case _:
            return "waiting", ""


def _result(call: Call) -> tuple[State, str]:
    match outcome(call):
        case "running":
            return "running", ""
        case "ok":
            return "ok", "The result goes to the client. No token goes with it."
        case "challenged":
            return "challenged", "Status 401 says where to sign in (RFC 9728)."
        case "refused":
            return "failed", f"Status {call.status} instead of a result."
    error = (call.result or {}).get("error") or {}
    return "failed", str(error.get("message") or "The call failed.")
