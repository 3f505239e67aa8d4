"""Lists what happened in a call in order of time, for the bars of its waterfall. Nothing here does I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from local.observations import Observation
from local.trace.calls import Call, Span
from local.trace.places import NAMES, Places
from local.trace.tokens import api_of

type Status = Literal["running", "ok", "failed", "kept"]
"""`kept` is what needed no work, because its outcome was in a cache."""

_CACHED = {
    "hit": "Token B is in the cache: no exchange",
    "shared": "Another call's exchange is awaited",
    "miss": "On-behalf-of exchange",
}


_ASKED: dict[str, tuple[str, Status]] = {
    "identity_token": ("The managed identity vouches for the app", "ok"),
    "delayed": ("The managed identity is asked for its token", "ok"),
    "misbehaved": ("The managed identity is asked for its token", "failed"),
    "token_refused": ("The managed identity is asked for its token", "failed"),
}
"""What the managed identity's endpoint observes of its requests, which belong to no trace."""


@dataclass(frozen=True)
class Step:
    """One bar: where it happened, from when on (milliseconds since the call began) and for how long.

    `ms` is None while it is running. `notes` say what happened, in words.
    """

    place: str
    title: str
    start_ms: float
    ms: float | None
    status: Status
    depth: int = 0
    notes: tuple[str, ...] = ()


def steps(call: Call, identity: Iterable[Observation], places: Places) -> list[Step]:
    """Returns the steps of a call, each below the one it is a part of."""
    own = list(_spans(call, call.span_id, list(identity), places, 0))
    return [step for step in (_gate(call),) if step] + own


def _gate(call: Call) -> Step | None:
    if call.gate is None:
        return None
    outcome = call.gate["outcome"]
    refused = outcome != "ok"
    return Step(
        "host",
        "Easy Auth checks Token A",
        0.0,
        _since(call, call.gate["time"]),
        "failed" if refused else "ok",
        notes=(f"refused with status {outcome}: {call.gate.get('reason')}",) if refused else (),
    )


def _spans(
    call: Call, parent_id: str, identity: list[Observation], places: Places, depth: int
) -> Iterator[Step]:
    below = sorted((span for span in call.spans.values() if span.parent_id == parent_id), key=_began)
    for span in below:
        yield _step(call, span, places, depth)
        if span.name == "exchange token" and span.attributes.get("cache") == "miss":
            yield from _assertions(call, span, identity, depth + 1)
        yield from _spans(call, span.span_id, identity, places, depth + 1)


def _began(span: Span) -> float:
    return span.began


def _step(call: Call, span: Span, places: Places, depth: int) -> Step:
    notes = tuple(dict.fromkeys(_notes(call, span)))
    place = places.get(int(span.attributes.get("server.port") or 0), "host")
    return Step(place, _title(span, place), _since(call, span.began), span.ms, _status(span), depth, notes)


def _status(span: Span) -> Status:
    if "error.type" in span.attributes:
        return "failed"
    if span.ms is None:
        return "running"
    return "kept" if span.attributes.get("cache") in ("hit", "shared") else "ok"


def _title(span: Span, place: str) -> str:
    match span.name:
        case "validate token":
            return "The app validates Token A"
        case "exchange token":
            return _CACHED.get(str(span.attributes.get("cache")), span.name)
        case name if name.startswith(("tools/call ", "resources/read ", "prompts/get ")):
            return f"The app runs {name.partition(' ')[2]}"
    if "http.request.method" not in span.attributes:
        return span.name
    if place == "entra":
        posted = span.attributes["http.request.method"] == "POST"
        return "Token A goes to Entra, for Token B" if posted else "Entra's metadata and keys are read"
    return f"{span.name} at {NAMES.get(place, place)}"


def _notes(call: Call, span: Span) -> Iterator[str]:
    for happening in call.happenings:
        if happening.span_id == span.span_id:
            yield from _words(happening.service, happening.observation)
    status = span.attributes.get("http.response.status_code")
    if status is not None:
        yield f"status {status}"
    elif "error.type" in span.attributes:
        yield f"failed: {span.attributes['error.type']}"


def _words(service: str, observation: Observation) -> Iterator[str]:
    """Says what another service observed, where that adds to the status."""
    match observation["event"]:
        case "delayed":
            yield f"a fault held it back for {observation['seconds']:g} s"
        case "misbehaved" if observation["reset"]:
            yield "a fault reset the connection"
        case "misbehaved":
            yield f"a fault answered {observation['status']}"
        case "token_request" if observation.get("issued"):
            issued = observation["issued"]
            yield f"Token B for {NAMES[api_of(issued)]}, with {_scopes(issued['claims'])}"
        case "token_request":
            yield str(observation.get("why"))
        case "identity_token":
            audience = observation["token"]["claims"].get("aud")
            yield f"its token, for {audience}, is the app's credential at Entra"
        case "token_refused" if observation.get("message"):
            yield str(observation["message"])
        case "refused" | "sign-in refused" if observation.get("reason"):
            yield f"{NAMES[service]} refused the token: {observation['reason']}"
        case "claims challenge":
            yield "Azure DevOps wants another token (claims challenge)"


def _scopes(claims: dict[str, Any]) -> str:
    number = len(str(claims.get("scp", "")).split())
    return f"{number} scope{'' if number == 1 else 's'}"


def _assertions(call: Call, span: Span, identity: list[Observation], depth: int) -> Iterator[Step]:
    """Yields what the managed identity's endpoint did while the exchange was running."""
    for each in identity:
        if is_within(each, span) and each["event"] in _ASKED:
            title, status = _ASKED[each["event"]]
            began: float = each.get("began") or each["time"]
            ms, notes = (each["time"] - began) * 1000, tuple(_words("identity", each))
            yield Step("identity", title, _since(call, began), ms, status, depth, notes)


def is_within(observation: Observation, span: Span) -> bool:
    """Tells whether something happened while a span was running."""
    ends = span.began + span.ms / 1000 if span.ms is not None else float("inf")
    return bool(span.began <= observation["time"] <= ends)


def _since(call: Call, moment: float) -> float:
    return max(0.0, (moment - call.began) * 1000)
