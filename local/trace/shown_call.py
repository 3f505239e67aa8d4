"""Renders a call as the JSON that the trace page shows. Nothing here does I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from local.observations import Observation
from local.trace.calls import Call
from local.trace.flow import exchange, outcome, stations
from local.trace.places import NAMES, Places
from local.trace.steps import steps
from local.trace.tokens import tokens


def shown_call(call: Call, identity: Sequence[Observation], places: Places) -> dict[str, Any]:
    """Returns what the page shows of a call: names, times in milliseconds, and the claims of tokens."""
    found = tokens(call, identity)
    listed = steps(call, identity, places)
    ended = outcome(call)
    claims = call.token_a["claims"] if call.token_a else {}
    return {
        "number": call.number,
        "began": call.began,
        "ms": None if call.ended is None else (call.ended - call.began) * 1000,
        "method": call.method,
        "name": call.name or ("A request" if call.token_a else "A request without a token"),
        "user": claims.get("name") or claims.get("oid"),
        "outcome": ended,
        "status": call.status,
        "exchange": exchange(call, found, listed),
        "error": (call.result or {}).get("error") if ended == "failed" else None,
        "stations": [asdict(station) for station in stations(call, listed, found)],
        "steps": [{**asdict(step), "place_name": NAMES.get(step.place, step.place)} for step in listed],
        "tokens": [
            {
                "role": each.role,
                "service": NAMES.get(each.service, each.service),
                "source": each.source,
                **each.token,
            }
            for each in found
        ],
    }
