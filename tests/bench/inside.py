"""The app in one process through Microsoft's worker library, without a host: its own figures alone.

    python -m tests.bench.inside FOLDER PART

Runs in the app's environment over what `tests.bench.world` has put into the folder, each part in a process of
its own, and prints one JSON object.
"""

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median, quantiles
from types import SimpleNamespace
from typing import Any, cast

from azure_functions_runtime.bindings.datumdef import Datum
from azure_functions_runtime.bindings.meta import load_binding_registry
from azure_functions_runtime.functions import Registry
from azure_functions_runtime.handle_event import _functions
from azure_functions_runtime.loader import index_function_app, process_indexed_function
from azure_functions_runtime.native_invocation import invocation_request_native
from azure_functions_runtime.utils.threadpool import start_threadpool_executor

ROOT = Path(__file__).resolve().parents[2]
PROFILE, CONTEXT = "graph_get_profile", "get_user_context"
SECONDS = 2.0
USERS = 20
SWEEPS = (
    *((str(concurrent), PROFILE, concurrent) for concurrent in (1, 32, 64, 128)),
    ("context 64", CONTEXT, 64),
)
"""A name, a tool, and how many calls at a time."""
HERD = 50
REMEMBERED = 1000
# What the messages between host and worker are made of; the numbers are those of FunctionRpc.proto.
_MESSAGES = SimpleNamespace(
    BindingInfo=type("BindingInfo", (SimpleNamespace,), {"inout": 2, "out": 1, "undefined": 0}),
    RpcFunctionMetadata=SimpleNamespace,
    RpcRetryOptions=SimpleNamespace,
)

type Figures = dict[str, float]


class App:
    """The indexed functions of the app, and calls to them as its host makes them."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tokens
        # Not by the local host's own module, which loads what a host needs: it would count here.
        load_binding_registry()
        start_threadpool_executor()
        sys.path.insert(0, str(ROOT))
        indexed = index_function_app("function_app.py")
        found, _ = process_indexed_function(_MESSAGES, cast(Registry, _functions), indexed, str(ROOT))
        self._functions = {each.name: each.function_id for each in found}
        self._number = 0

    async def call(self, tool: str, user: int = 0) -> None:
        """Runs one call.

        Raises:
            RuntimeError: It failed; its text is the result.
        """
        headers = {"Authorization": f"Bearer {self._tokens[user]}"}
        context = {
            "name": tool,
            "arguments": {},
            "transport": {"name": "http-streamable", "properties": {"headers": headers}},
        }
        self._number += 1
        argument = Datum(json.dumps(context), "json")
        succeeded, returned, *_ = await invocation_request_native(
            str(self._number), self._functions[tool], [("invocation", argument)], {}
        )
        content = json.loads(json.loads(returned.value)["content"]) if succeeded else {"isError": True}
        if content["isError"]:
            raise RuntimeError(f"{tool}: {content}")


async def rate(app: App, tool: str, concurrent: int, users: int, seconds: float) -> list[float]:
    """Makes calls, so many at a time; returns calls a second, processor ms a call, and each latency in ms."""
    latencies: list[float] = []
    ends = time.perf_counter() + seconds

    async def caller(number: int) -> None:
        while (started := time.perf_counter()) < ends:
            await app.call(tool, number % users)
            latencies.append(1000 * (time.perf_counter() - started))

    before, began = time.process_time(), time.perf_counter()
    await asyncio.gather(*(caller(each) for each in range(concurrent)))
    took, used = time.perf_counter() - began, time.process_time() - before
    return [len(latencies) / took, 1000 * used / len(latencies), *latencies]


async def first(app: App) -> Figures:
    """The first call after the start."""
    started = time.perf_counter()
    await app.call(PROFILE)
    return {"first call": 1000 * (time.perf_counter() - started), "first cpu": 1000 * time.process_time()}


async def sweep(app: App) -> Figures:
    """Warm calls of twenty users, so many at a time: calls a second, processor time, latency."""
    found: Figures = {}
    for user in range(USERS):
        await app.call(CONTEXT, user)
    for name, tool, concurrent in SWEEPS:
        # A moment before, for connections and for what adapts itself.
        await rate(app, tool, concurrent, USERS, SECONDS / 2)
        speed, used, *latencies = await rate(app, tool, concurrent, USERS, SECONDS)
        found[f"{name}: calls/s"], found[f"{name}: cpu"] = speed, used
        found[f"{name}: p50"] = median(latencies)
        found[f"{name}: p99 / p50"] = quantiles(latencies, n=100, method="inclusive")[98] / median(latencies)
    return found


async def memory(app: App) -> Figures:
    """The memory after a thousand calls of twenty users, thirty-two at a time."""
    turns = iter(range(REMEMBERED))

    async def caller() -> None:
        for number in turns:
            await app.call(PROFILE, number % USERS)

    await asyncio.gather(*(caller() for _ in range(32)))
    return {"memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


async def herd(app: App) -> Figures:
    """Fifty first calls of one user at once, of a server that has served another before."""
    await app.call(PROFILE)
    started = time.perf_counter()
    await asyncio.gather(*(app.call(PROFILE, 1) for _ in range(HERD)))
    return {"herd last answer": 1000 * (time.perf_counter() - started)}


PARTS: dict[str, Callable[[App], Awaitable[Figures]]] = {
    "first": first,
    "sweep": sweep,
    "memory": memory,
    "herd": herd,
}


def main() -> None:
    """Measures one part, and prints it."""
    folder, part = Path(sys.argv[1]), sys.argv[2]
    given: dict[str, Any] = {
        name: json.loads((folder / f"{name}.json").read_text()) for name in ("settings", "tokens")
    }
    os.environ.update(given["settings"])
    started = time.perf_counter()
    app = App(given["tokens"])
    loaded = 1000 * (time.perf_counter() - started)
    figures = asyncio.run(_run(PARTS[part], app))
    if "first call" in figures:
        figures |= {"load": loaded, "first result": loaded + figures["first call"]}
    print(json.dumps(figures))


async def _run(part: Callable[[App], Awaitable[Figures]], app: App) -> Figures:
    return await part(app)


if __name__ == "__main__":
    main()
