"""The app beside what people would use instead: `make bench`.

Every server runs in turn over the same local tenant with fixed latencies, three rounds (one of the
hand-rolled pattern); the tables show medians. Then the app runs in one process without a host, for a table of
its own. It is a benchmark, not a test: it exits with 0 whatever
the figures are.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

from local.organisation import GENERATED
from local.tenant import Tenant
from tests.bench import alone as in_process
from tests.bench import cold, report, scenarios
from tests.bench.contenders import ROOT, Contender, contenders
from tests.bench.goals import APP, HAND_ROLLED
from tests.bench.latencies import LATENCIES
from tests.bench.upstream import Upstream

ROUNDS = 3
KEPT_USERS = 10_000
"""As many as there is time for here; `make bench-growth` has 100,000."""

type Collected = dict[str, dict[str, list[float]]]


def main() -> int:
    """Measures, and prints the goals and both tables."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--environments", type=Path, default=ROOT / ".venv" / "bench", help="where `make bench` made them"
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", type=Path, help="where to write all figures too")
    given = parser.parse_args()
    os.environ.update({GENERATED: "220", "LOCAL_LOG_LEVEL": "WARNING"})
    began = time.monotonic()
    collected: Collected = defaultdict(lambda: defaultdict(list))
    with tempfile.TemporaryDirectory() as folder, Tenant(Path(folder) / "tenant") as tenant:
        # The host is one of those to be measured; it is started as they are.
        tenant.stop("host")
        upstream = Upstream(tenant.layout)
        upstream.delay()
        competing = contenders(tenant.layout, given.environments)
        for number in range(given.rounds):
            # One round is enough to see how far away the last one is, and takes as long as three of another.
            for contender in competing if number == 0 else competing[:-1]:
                _say(f"round {number + 1}: {contender.name}")
                _measure(contender, upstream, collected[contender.name], once=number == 0)
        upstream.close()
    _say(f"the server alone, with {KEPT_USERS:,} users kept")
    alone = _alone()
    table = {name: {key: median(values) for key, values in each.items()} for name, each in collected.items()}
    _say("the server in process, without a host")
    table[APP] |= alone | in_process.measured(given.environments / "alone" / "bin" / "python")
    _print(table, given.rounds, time.monotonic() - began)
    if given.json:
        given.json.write_text(json.dumps(table, indent=1) + "\n")
    return 0


def _measure(contender: Contender, upstream: Upstream, into: dict[str, list[float]], *, once: bool) -> None:
    token = upstream.token(upstream.users[0])
    _note(into, cold.imported(contender))
    with cold.started(contender, token) as (server, figures):
        _note(into, figures)
        _note(into, asyncio.run(scenarios.warm(server, upstream)))
        _note(into, asyncio.run(scenarios.herd(server, upstream)))
        for concurrent in _concurrent(contender, once=once):
            _note(into, asyncio.run(scenarios.sweep(server, upstream, concurrent)))
        if once:
            _note(into, asyncio.run(scenarios.bystander(server, upstream)))
            if contender.name != HAND_ROLLED:  # which exchanges at every call, as the figures before say
                _note(into, asyncio.run(scenarios.crowd(server, upstream)))


def _concurrent(contender: Contender, *, once: bool) -> list[int]:
    """How many calls at a time: what no goal is about is measured once, and 128 of the app alone."""
    return [*([1, 8, 32] if once else []), 64, *([128] if contender.name == APP else [])]


def _note(into: dict[str, list[float]], figures: scenarios.Figures) -> None:
    for key, value in figures.items():
        into[key].append(value)


def _alone() -> dict[str, float]:
    """Figures of the server's own path in a process of its own, without a host around it."""
    command = [sys.executable, "-m", "tests.bench.growth", "--users", str(KEPT_USERS)]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return dict(json.loads(output))


def _print(table: dict[str, dict[str, float]], rounds: int, seconds: float) -> None:
    own = table[APP]
    own["64: p99 / p50"] = own["64: p99"] / own["64: p50"]
    own["128 / 64"] = own["128: calls/s"] / own["64: calls/s"]
    latencies = ", ".join(f"{service} {1000 * each:.0f} ms" for service, each in LATENCIES.items())
    print(f"\nMedians of {rounds} rounds in {seconds:.0f} s, {os.cpu_count()} processors; {latencies}.\n")
    print(report.goals(table))
    print(f"\n{report.figures(table)}")
    print(f"\n{report.own_figures(table)}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
