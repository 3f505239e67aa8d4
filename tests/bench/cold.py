"""What a start costs: the import of what declares the tools, and the way to the first answers."""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.client import Connection
from tests.bench.contenders import ROOT, Contender, Running, running
from tests.bench.scenarios import PROFILE, Figures

_IMPORT = """
import time
started = time.perf_counter()
import {module}
seconds = time.perf_counter() - started
# Of this program alone: what getrusage(2) says begins with the process that started it.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(seconds, peak.split()[1])
"""


def imported(contender: Contender) -> Figures:
    """Milliseconds of the import in a new interpreter, and the most memory it held, in MB."""
    output = subprocess.run(
        [contender.python, "-c", _IMPORT.format(module=contender.module)],
        env=dict(contender.environ),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    seconds, kilobytes = output.split()[-2:]
    return {"import": 1000 * float(seconds), "import memory": int(kilobytes) / 1024}


@contextmanager
def started(contender: Contender, token: str) -> Iterator[tuple[Running, Figures]]:
    """The server, with the milliseconds from its start to its list of tools and to a first call's result."""
    begun = time.perf_counter()
    with running(contender, token) as server:
        listed = time.perf_counter() - begun
        memory = server.peak_mb()
        asyncio.run(_call(server.url, token))
        answered = time.perf_counter() - begun
        figures = {"first list": 1000 * listed, "first list memory": memory, "first result": 1000 * answered}
        yield server, figures


async def _call(url: str, token: str) -> None:
    async with Connection(url) as connection:
        await connection.call(token, PROFILE)
