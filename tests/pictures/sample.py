"""A week of audit records of no real calls: a seeded sample, for pictures of what is counted from the record.

Each line is written by the app's own `CallRecord`, so it has the fields of a real one. Tools are the
catalogue's, causes those of the code. How often and how long is invented. Two things happen in the week:
Graph answers 503 for half an hour, and throttles for a quarter of one.
"""

from __future__ import annotations

import json
import math
import random
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from shared.entra.principal import Principal
from shared.observability.audit import CallRecord
from tests.pictures.facts import facts
from tests.shared.golden import CATALOGUE

SEED = 20261116
BEGIN = datetime(2026, 11, 16, tzinfo=UTC)
"""A Monday."""
DAYS = 7
USERS = 12
_OUTAGE = datetime(2026, 11, 18, 13, 45, tzinfo=UTC)
_THROTTLING = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


class _Habit(NamedTuple):
    """How often a tool is called, its usual duration in milliseconds, and size of result in characters."""

    weight: int
    milliseconds: float
    characters: int


_HABITS: Mapping[str, _Habit] = {
    "get_user_context": _Habit(16, 420, 900),
    "graph_search_emails": _Habit(18, 640, 5_200),
    "graph_get_email": _Habit(14, 310, 7_800),
    "graph_get_calendar": _Habit(12, 380, 3_900),
    "sharepoint_read_file": _Habit(7, 1_450, 24_000),
    "devops_list_my_work_items": _Habit(12, 520, 4_400),
    "devops_get_work_item": _Habit(13, 290, 2_600),
    "devops_diagnose_build": _Habit(5, 2_300, 14_500),
    "graph_create_draft": _Habit(5, 460, 700),
    "devops_update_work_item": _Habit(6, 540, 1_300),
}
# In percent: how a call ends that is not hit by one of the two events, and the cause the code gives.
_FAILURES = (
    (0.9, "not_found", "not_found", "404"),
    (0.7, "consent_required", "consent_required", "400"),
    (0.6, "sign_in_required", "expired", ""),
    (0.2, "sign_in_required", "missing_scope", ""),
)


@cache
def traces() -> tuple[dict[str, Any], ...]:
    """The rows of the table `traces` that the audit record of the week is, in their order."""
    chance = random.Random(SEED)
    users = [_id(chance) for _ in range(USERS)]
    clients = [_id(chance) for _ in range(2)]
    tenant = _id(chance)
    rows = [
        {"timestamp": when, "message": _message(chance, when, chance.choice(users), clients, tenant)}
        for when in _times(chance)
    ]
    return tuple(rows)


def _times(chance: random.Random) -> list[datetime]:
    """When calls end: more on working days and in working hours, and many while Graph does not answer."""
    times: list[datetime] = []
    for hour in range(24 * DAYS):
        begin = BEGIN + timedelta(hours=hour)
        busy = 2.0 if begin.weekday() > 4 else 1 + 32 * math.exp(-(((begin.hour - 12.5) / 3.6) ** 2))
        times += [begin + timedelta(seconds=3600 * chance.random()) for _ in range(round(busy))]
    for event, calls in ((_OUTAGE, 48), (_THROTTLING, 26)):
        times += [event + timedelta(seconds=900 * chance.random()) for _ in range(calls)]
    return sorted(times)


def _message(chance: random.Random, when: datetime, user: str, clients: list[str], tenant: str) -> str:
    name = chance.choices([*_HABITS], [each.weight for each in _HABITS.values()])[0]
    habit = _HABITS[name]
    host = facts()["graph_host"] if name.startswith(("graph", "share", "get")) else facts()["devops_host"]
    record = CallRecord(name, writes=_writes()[name])
    outcome, reason, status = _end(chance, when, host)
    client = clients[chance.random() < 0.3]
    if outcome != "sign_in_required":
        record.authenticated(_principal(user, tenant, client))
    if status:
        for _ in range(3 if status in ("429", "503") else 1):
            given = _id(chance)
            record.request_sent({"client-request-id": given})
            record.response_received(_host(host, outcome), int(status), {"request-id": _id(chance)})
    slow = 4.0 if status in ("429", "503") else 1.0
    milliseconds = habit.milliseconds * slow * math.exp(chance.gauss(0, 0.45)) if status else 2.0
    size = round(habit.characters * math.exp(chance.gauss(0, 0.5))) if outcome == "ok" else 400
    line = record.line(
        outcome=outcome,
        reason=reason,
        duration_ms=milliseconds,
        trace_id=_id(chance).replace("-", ""),
        bytes_out=size,
    )
    line["time"] = when.isoformat(timespec="milliseconds")
    return json.dumps(line, separators=(",", ":"))


def _end(chance: random.Random, when: datetime, host: str) -> tuple[str, str, str]:
    """How a call ends, its cause, and the status of the answer."""
    is_graph = host == facts()["graph_host"]
    if is_graph and _OUTAGE <= when < _OUTAGE + timedelta(minutes=30):
        return "unavailable", "unavailable", "503"
    if is_graph and _THROTTLING <= when < _THROTTLING + timedelta(minutes=15) and chance.random() < 0.5:
        return "throttled", "throttled", "429"
    drawn = 100 * chance.random()
    for percent, outcome, reason, status in _FAILURES:
        if drawn < percent:
            return outcome, reason, status
        drawn -= percent
    return "ok", "ok", "200"


def _host(host: str, outcome: str) -> str:
    """Consent is missing where Entra refuses the exchange."""
    return facts()["sign_in_host"] if outcome == "consent_required" else host


@cache
def _writes() -> Mapping[str, bool]:
    return {tool.name: tool.writes for tool in CATALOGUE}


def _principal(user: str, tenant: str, client: str) -> Principal:
    nothing: frozenset[str] = frozenset()
    return Principal(user, tenant, client, nothing, nothing, nothing, 0, {})


def _id(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
