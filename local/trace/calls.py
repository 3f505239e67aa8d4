"""Makes calls of what the services observed: which observation belongs to which call, by its span.

A call begins with a POST to the MCP endpoint, in a span of the host's own. Whatever has that span as its
parent, directly or through others, belongs to the call: the app's spans, and what Entra, Graph and
Azure DevOps observed while they answered a request sent in one of these spans. Nothing here does I/O.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from local.decoded_token import DecodedToken
from local.observations import Observation

MCP_PATH = "/runtime/webhooks/mcp"
LIMIT = 100
"""How many calls are kept."""
_SPANS = 400
_EARLY = 500
"""How many observations are kept that came before the span they belong to."""
_IDENTITY = 200
_LATE = 3.0
"""Seconds after its end in which a call may still change by what the managed identity's endpoint did."""


@dataclass
class Span:
    """One span of the app; `began` in seconds of the epoch, `ms` None while it is running."""

    span_id: str
    parent_id: str
    name: str
    began: float
    ms: float | None
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Happening:
    """What another service observed because of one span of a call."""

    service: str
    span_id: str
    observation: Observation


@dataclass
class Call:
    """One request to the MCP endpoint.

    Attributes:
        number: Counts the calls.
        span_id: The host's span of the request.
        began: Seconds of the epoch.
        token_a: What the client's token says; None without one.
        method: `tools/call`, `resources/read` or `prompts/get`; None until it is read, or for other messages.
        name: Of the tool or prompt, or the resource's URI.
        gate: What Easy Auth decided, and when.
        result: How the call ended: `{"ok", "error"}`.
        status: The response's HTTP status; None until there is one.
        ended: Seconds of the epoch; None while it is running.
    """

    number: int
    span_id: str
    began: float
    token_a: DecodedToken | None
    method: str | None = None
    name: str | None = None
    gate: Observation | None = None
    result: Observation | None = None
    status: int | None = None
    ended: float | None = None
    spans: dict[str, Span] = field(default_factory=dict)
    happenings: list[Happening] = field(default_factory=list)

    @property
    def is_shown(self) -> bool:
        """Tells whether it is a call, or was refused before it could become one."""
        return self.method is not None or (self.status is not None and self.status >= 400)


class Calls:
    """Keeps the last calls, and the tokens that the managed identity was given."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._numbers = count(1)
        self._by_span: dict[str, Call] = {}
        self._calls: OrderedDict[str, Call] = OrderedDict()
        self._early: deque[Happening] = deque(maxlen=_EARLY)
        self.identity: deque[Observation] = deque(maxlen=_IDENTITY)

    def shown(self) -> list[Call]:
        """Returns the calls to show, oldest first."""
        return [call for call in self._calls.values() if call.is_shown]

    def forget(self) -> None:
        """Forgets all calls."""
        self._calls.clear()
        self._by_span.clear()
        self._early.clear()

    def take(self, service: str, observation: Observation) -> list[Call]:
        """Returns the calls that an observation of a service changed."""
        if service == "identity":
            return self._take_identity(observation)
        if service != "host":
            return self._take_happening(
                Happening(service, str(observation.get("caused_by") or ""), observation)
            )
        match observation["event"]:
            case "request_begun":
                return self._begin(observation)
            case "span_begun" | "span":
                return self._take_span(observation)
            case _:
                return self._take_own(observation)

    def _begin(self, observation: Observation) -> list[Call]:
        if observation["method"] != "POST" or not str(observation["path"]).casefold().startswith(MCP_PATH):
            return []
        span_id = observation["caused_by"]
        call = Call(next(self._numbers), span_id, observation["time"], observation["token"])
        self._calls[span_id] = self._by_span[span_id] = call
        while len(self._calls) > self._limit:
            self._drop(self._calls.popitem(last=False)[1])
        return [call]

    def _drop(self, call: Call) -> None:
        for span_id in (call.span_id, *call.spans):
            self._by_span.pop(span_id, None)

    def _take_own(self, observation: Observation) -> list[Call]:
        call = self._calls.get(str(observation["caused_by"]))
        if call is None:
            return []
        match observation["event"]:
            case "easy_auth":
                call.gate = observation
            case "call_begun":
                call.method, call.name = observation["method"], observation["name"]
            case "call_ended":
                call.result, call.ended = observation, observation["time"]
            case "request_ended":
                call.status = observation["status"]
                call.ended = call.ended or observation["time"]
                if not call.is_shown:
                    # The other messages of a client, most of all its handshake.
                    self._drop(self._calls.pop(call.span_id))
            case _:
                return []
        return [call]

    def _take_span(self, observation: Observation) -> list[Call]:
        call = self._by_span.get(str(observation["parent_id"]))
        if call is None or len(call.spans) >= _SPANS:
            return []
        span = Span(
            observation["span_id"],
            observation["parent_id"],
            observation["name"],
            observation["started"] / 1e9,
            observation.get("milliseconds"),
            observation["attributes"],
        )
        call.spans[span.span_id] = span
        self._by_span[span.span_id] = call
        for early in [each for each in self._early if each.span_id == span.span_id]:
            self._early.remove(early)
            self._add(call, early)
        return [call]

    def _take_happening(self, happening: Happening) -> list[Call]:
        call = self._by_span.get(happening.span_id)
        if call is None:
            if happening.span_id:
                self._early.append(happening)
            return []
        self._add(call, happening)
        return [call]

    def _add(self, call: Call, happening: Happening) -> None:
        if len(call.happenings) >= _SPANS:
            return
        # Each request of a call carries the same few tokens, which are kept once.
        token = happening.observation.get("token")
        known = (each.observation.get("token") for each in call.happenings)
        same = next((each for each in known if each is not None and each == token), None)
        if same is not None:
            happening.observation["token"] = same
        call.happenings.append(happening)

    def _take_identity(self, observation: Observation) -> list[Call]:
        """Keeps what the managed identity's endpoint did: its requests belong to no trace."""
        self.identity.append(observation)
        now = observation["time"]
        return [call for call in self._calls.values() if call.ended is None or call.ended > now - _LATE]
