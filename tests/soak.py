"""Many users, many calls, some faults: nothing lost, nothing crossed, and memory that stays flat.

    python -m tests.soak --calls 50000

The server is the app's own, from the host's context to the result's envelope, over the local Graph and
Azure DevOps in the same process. Every result tells whose it is, by what its user wrote at the start;
one of somebody else is crossed. The last line is the summary; a violation exits with 1.
"""

import argparse
import asyncio
import gc
import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, override

import httpx

from local import devops, graph
from local.organisation import GENERATED, User, organisation
from shared.entra.exchange import DownstreamToken
from shared.entra.on_behalf_of import EXPIRY_MARGIN, OnBehalfOf
from shared.errors import ToolError
from shared.http.http_client import Http
from shared.http.retry import RetryPolicy
from shared.storage.preference_store import MemoryPreferences
from shared.tools import CATALOGUE
from tests.hostile.world import Entra, SignedInServer, code_of, context_of, run, server_settings, user_token
from tests.shared.tools.sandbox import ConsentedExchange, published_keys, sandbox_layout

FAULTS = 0.02
"""The part of calls that meet a fault."""
CONCURRENCY = 32
SAMPLES = 40
TOKEN_LIFE = 20
"""Seconds for which a token for an API is used, so that exchanges go on all the time."""
GROWTH_MB = 8.0
"""What the process may grow by in the last quarter."""
BY_FAULT = frozenset({"unavailable", "timeout", "throttled", "upstream_error"})

_FAULT: ContextVar[bool] = ContextVar("fault", default=False)


class Unsteady(httpx.AsyncBaseTransport):
    """The local services, which fail calls that are to meet a fault, half of their requests."""

    def __init__(self, apps: dict[str, httpx.AsyncBaseTransport], chance: random.Random) -> None:
        self._apps = apps
        self._chance = chance
        self.faults = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the service, or a fault."""
        if _FAULT.get() and self._chance.random() < 0.5:
            self.faults += 1
            return self._fault()
        return await self._apps[request.url.host].handle_async_request(request)

    def _fault(self) -> httpx.Response:
        match self._chance.randrange(7):
            case 0:
                raise httpx.ReadError("reset")
            case 1:
                raise httpx.ReadTimeout("slow")
            case 2:
                return httpx.Response(429, headers={"Retry-After": "0.01"})
            case 3:
                return httpx.Response(503, json={"error": {"message": "busy"}})
            case 4:
                return httpx.Response(500)
            case 5:
                return httpx.Response(502, html="<html>Bad gateway</html>")
            case _:
                return httpx.Response(200, headers={"Content-Type": "application/json"}, content=b'{"id": "')


class UnsteadyExchange(ConsentedExchange):
    """Gives tokens that do not last, and now and then none."""

    @override
    def exchange(
        self, assertion: str, *, tenant_id: str, scopes: Sequence[str], claims: str | None = None
    ) -> DownstreamToken:
        if random.random() < FAULTS:
            raise ToolError("unavailable", "Entra could not be reached.", "Try again.")
        token = super().exchange(assertion, tenant_id=tenant_id, scopes=scopes, claims=claims)
        return replace(token, expires_at=time.time() + EXPIRY_MARGIN + TOKEN_LIFE)


@dataclass
class Outcome:
    """What became of the calls."""

    counts: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def note(self, kind: str, what: str) -> None:
        """Count a violation, and keep the first few."""
        self.counts[kind] += 1
        if len(self.notes) < 10:
            self.notes.append(f"{kind}: {what}")


type Check = Callable[[User, dict[str, Any]], bool]


def _mine(key: str) -> Check:
    """Whether all items are those that the user made, by what `key` says; none only if some are missing."""
    return lambda user, found: (
        bool(found["items"] or found.get("gaps"))
        and all(each[key] == f"soak {user.alias}" for each in found["items"])
    )


def _same_person(user: User, found: dict[str, Any]) -> bool:
    return bool(found["id"] == user.object_id and found["display_name"] == user.display_name)


MIX: Sequence[tuple[int, str, dict[str, Any], Check]] = [
    (20, "graph_get_profile", {}, _same_person),
    (10, "devops_get_profile", {}, lambda user, found: bool(found["display_name"] == user.display_name)),
    (10, "get_user_context", {}, lambda user, found: user.object_id in str(found)),
    (15, "graph_get_emails", {"folder": "drafts"}, _mine("subject")),
    (15, "graph_get_calendar", {"start": "2031-03-03"}, _mine("subject")),
    (10, "graph_list_tasks", {}, _mine("title")),
    (10, "get_preferences", {}, lambda user, found: f"soak {user.alias}" in str(found)),
    (5, "graph_get_org", {}, lambda user, found: bool(found["person"]["id"] == user.object_id)),
    (5, "devops_list_projects", {"organization": "larkspur"}, lambda _, found: len(found["items"]) > 0),
]
"""Weight, tool, arguments, and whether a result is the user's."""

MARKS: Sequence[tuple[str, Callable[[str], dict[str, Any]]]] = [
    ("graph_create_draft", lambda mark: {"subject": mark, "body": "x", "to": ["ben.osei@larkspur.example"]}),
    (
        "graph_create_event",
        lambda mark: {"subject": mark, "start": "2031-03-03T09:00", "end": "2031-03-03T10:00"},
    ),
    ("graph_create_task", lambda mark: {"title": mark}),
    ("set_preferences", lambda mark: {"team": mark}),
]
"""What every user writes first, so that each result tells whose it is."""


class Soak:
    """One run.

    Args:
        calls: How many.
        seed: What the chances follow from.
    """

    def __init__(self, calls: int, seed: int) -> None:
        self._calls = calls
        self._chance = random.Random(seed)
        layout = sandbox_layout(Path(tempfile.mkdtemp()))
        apps = {
            **graph.apps(layout, published_keys),
            **devops.hosts(layout, published_keys, lambda: datetime.now(UTC)),
        }
        hosts: dict[str, httpx.AsyncBaseTransport] = {
            httpx.URL(url).host: httpx.ASGITransport(app) for url, app in apps.items()
        }
        self.transport = Unsteady({**hosts, Entra.HOST: Entra()}, self._chance)
        self._control = httpx.AsyncClient(mounts={f"https://{host}/": hosts[host] for host in hosts})
        self._journals = [f"{layout.graph}/_control/journal", f"{layout.devops}/_control/journal"]
        settings = server_settings(layout)
        self._server = SignedInServer(
            settings,
            http=Http(
                lambda: httpx.AsyncClient(transport=self.transport),
                retry_policy=RetryPolicy(sleep=lambda seconds: asyncio.sleep(min(seconds, 0.01))),
            ),
            on_behalf_of=OnBehalfOf(UnsteadyExchange(settings)),
            preferences=MemoryPreferences(),
            tools=CATALOGUE,
        )
        self.users = [user for user in organisation().users if user.note == "generated"]
        self._tokens = {user.alias: user_token(user) for user in self.users}
        self.outcome = Outcome()
        self.memory_mb: list[float] = []

    async def run(self) -> None:
        """Let every user write their marks, then make the calls; sample memory as they go."""
        await self._each(self.users, self._mark)
        # What is there by now stays, and need not be looked through at each sample.
        gc.collect()
        gc.freeze()
        remaining = iter(range(self._calls))
        await self._each(remaining, self._call)
        await self._server.close()
        await self._control.aclose()

    async def _each(self, work: Any, act: Callable[[Any], Awaitable[None]]) -> None:
        queue = iter(work)

        async def worker() -> None:
            for each in queue:
                await act(each)

        await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))

    async def _mark(self, user: User) -> None:
        for tool, arguments in MARKS:
            for _ in range(20):
                result = await self._result(tool, user, arguments(f"soak {user.alias}"))
                if not result["isError"]:
                    break
            else:
                raise RuntimeError(f"{tool}: {result}")

    async def _call(self, number: int) -> None:
        user = self._chance.choice(self.users)
        (_, tool, arguments, is_theirs), *_ = self._chance.choices(MIX, [each[0] for each in MIX])
        fault = _FAULT.set(self._chance.random() < FAULTS)
        try:
            result = await self._result(tool, user, arguments)
        except Exception as error:
            self.outcome.note("lost", f"{tool}: {error!r}")
        else:
            self._judge(tool, user, result, is_theirs)
        finally:
            _FAULT.reset(fault)
        if number % max(self._calls // SAMPLES, 1) == 0:
            await self._sample()

    def _judge(self, tool: str, user: User, result: dict[str, Any], is_theirs: Check) -> None:
        code = code_of(result)
        self.outcome.codes[code] += 1
        if code in BY_FAULT:
            self.outcome.counts["failed"] += 1
        elif code != "ok":
            self.outcome.note("lost", f"{tool}: {code}")
        elif is_theirs(user, result["structuredContent"]):
            self.outcome.counts["ok"] += 1
        else:
            self.outcome.note("crossed", f"{tool} for {user.alias}")

    async def _result(self, tool: str, user: User, arguments: dict[str, Any]) -> dict[str, Any]:
        return await run(tool, context_of(self._tokens[user.alias], arguments), self._server)

    async def _sample(self) -> None:
        # What the local services note of each request is theirs to keep, not the server's.
        for journal in self._journals:
            await self._control.delete(journal)
        gc.collect()
        self.memory_mb.append(resident_mb())

    @property
    def growth_mb(self) -> float:
        """By how much the process grew in the last quarter, as medians of its end and its beginning."""
        last = self.memory_mb[-len(self.memory_mb) // 4 :]
        third = max(len(last) // 3, 1)
        return sorted(last[-third:])[third // 2] - sorted(last[:third])[third // 2]


def resident_mb() -> float:
    """The memory the process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


def main() -> int:
    """Run, print the summary, and say by the exit code whether all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=50_000)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    os.environ[GENERATED] = str(given.users)
    started = time.monotonic()
    soak = Soak(given.calls, given.seed)
    asyncio.run(soak.run())
    seconds = time.monotonic() - started
    counts, answered = soak.outcome.counts, soak.outcome.counts.total()
    lost = counts["lost"] + given.calls - answered
    is_flat = soak.growth_mb < GROWTH_MB
    # A fault is met again by the call's next attempt at most half the time; exchanges fail on their own.
    too_many = counts["failed"] > 2 * FAULTS * given.calls + 20
    for note in soak.outcome.notes:
        print(note)
    print(
        f"soak: {given.calls:,} calls by {len(soak.users)} users in {seconds:.0f} s: {counts['ok']:,} right, "
        f"{counts['failed']:,} failed by {soak.transport.faults:,} faults, {lost} lost, "
        f"{counts['crossed']} crossed; {soak.memory_mb[-1]:.0f} MB, "
        f"{soak.growth_mb:+.1f} MB in the last quarter (bound {GROWTH_MB:g})"
    )
    return int(bool(lost or counts["crossed"] or too_many or not is_flat or not counts["ok"]))


if __name__ == "__main__":
    sys.exit(main())
