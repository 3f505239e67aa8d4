"""A browser with a host of MCP Apps in it, through `browser.cjs`; what a page calls is answered here."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from shared.apps.app_page import page
from tests.sign_in.programs import CHROMIUM, MODULES

HERE = Path(__file__).parent
PICTURES = "APP_PICTURES"
"""The environment variable with the folder to keep pictures of the pages in, for people to look at."""
LIMIT = 40
"""Seconds a command may take on a busy machine."""
LARGEST_LINE = 16 * 1024 * 1024

type Result = dict[str, Any]
type Server = Callable[[str, dict[str, Any]], Awaitable[Result]]
"""Answers a tool's name and arguments with the whole result, as JSON."""


class Browser:
    """One Chromium, with one page at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._answering: set[asyncio.Task[None]] = set()
        self.server: Server = scripted({})
        self.calls: list[tuple[str, dict[str, Any]]] = []
        """The tools the page has called since it was opened, with their arguments."""

    async def do(self, name: str, /, **given: Any) -> Any:
        """What `browser.cjs` answers to a command."""
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._send({"id": number, "do": name, **given})
        async with asyncio.timeout(LIMIT):
            return await self._waiting[number]

    async def assert_quiet(self) -> None:
        """Fails where the page raised a dialog or an error, broke the policy, or asked the network."""
        seen = await self.do("seen")
        assert {"dialogs": [], "errors": [], "console": [], "requests": []} == {
            name: seen[name] for name in ("dialogs", "errors", "console", "requests")
        }

    async def listen(self) -> None:
        """Takes what the program prints, until it ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            message = json.loads(line)
            if "call" in message:
                task = asyncio.create_task(self._answer(message))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)
                continue
            future = self._waiting.pop(message["id"])
            if "error" in message:
                future.set_exception(AssertionError(message["error"]))
            else:
                future.set_result(message["value"])

    async def _answer(self, call: dict[str, Any]) -> None:
        self.calls.append((call["name"], call["arguments"]))
        try:
            result = await self.server(call["name"], call["arguments"])
        except LookupError as error:
            await self._send({"answer": call["call"], "error": f"Tool not found: {error}"})
        else:
            await self._send({"answer": call["call"], "result": result})

    async def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(message)}\n".encode())
        await self._process.stdin.drain()


class Shown:
    """A page as it is shown by the host."""

    def __init__(self, browser: Browser, label: str) -> None:
        self._browser = browser
        self._label = label

    @property
    def calls(self) -> list[tuple[str, dict[str, Any]]]:
        """The tools the page has called, with their arguments."""
        return self._browser.calls

    async def do(self, name: str, /, **given: Any) -> Any:
        """What the browser answers to a command about this page."""
        return await self._browser.do(name, **given)

    async def deliver(self, result: Result) -> None:
        """The host gives the page a result of the tool."""
        await self.do("deliver", method="tool-result", params=result)

    async def wait(self, text: str) -> None:
        """Waits until the page shows a text; that it never does fails the test."""
        await self.do("wait", text=text)

    async def settle(self) -> None:
        """Waits until the page has shown its result and nothing that it called is open."""
        await self.do("settle")

    async def open_details(self) -> None:
        """Opens whatever can be opened to see more."""
        await self.do(
            "evaluate", script="document.querySelectorAll('details').forEach(each => each.open = true)"
        )

    async def press(self, name: str) -> None:
        """Clicks the button of this name."""
        await self.do("press", name=name)

    async def text(self) -> str:
        """All text there is to see."""
        return str(await self.do("text"))

    async def buttons(self) -> dict[str, bool]:
        """The buttons there are to see, and whether each can be pressed."""
        return {each["text"]: not each["disabled"] for each in await self.do("buttons")}

    async def assert_sound(self, picture: str = "") -> None:
        """Fails where the page breaks a rule for those who see little or use no mouse."""
        found = await self.do("examine")
        if picture:
            await self.picture(picture)

        assert [] == found["violations"]
        assert 0 == found["unsure"]
        assert found["contrasts"] > 0
        assert found["title"]
        assert not found["scrolls"]

    async def picture(self, name: str) -> None:
        """Keeps a picture, where somebody wants them."""
        if folder := os.environ.get(PICTURES):
            await self.do("picture", file=str(Path(folder) / f"{name}-{self._label}.png"))


@contextlib.asynccontextmanager
async def browsing(home: Path) -> AsyncIterator[Browser]:
    """A browser for as long as it is needed."""
    process = await asyncio.create_subprocess_exec(
        "node",
        str(HERE / "browser.cjs"),
        CHROMIUM,
        env={**os.environ, "HOME": str(home), "NODE_PATH": str(MODULES)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LARGEST_LINE,
    )
    browser = Browser(process)
    listening = asyncio.create_task(browser.listen())
    try:
        yield browser
        await browser.do("close")
    finally:
        assert process.stdin is not None
        process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LIMIT):
                await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()
        await listening


async def show(
    browser: Browser,
    name: str,
    result: Result | None,
    server: Server | None = None,
    *,
    arguments: Mapping[str, Any] | None = None,
    scheme: str = "light",
    width: int = 700,
    context: Mapping[str, Any] | None = None,
    opens: bool = True,
    refuses: str = "",
) -> Shown:
    """Opens a page in the host, with this result of its tool.

    Args:
        arguments: Those of the tool; without them the host tells none.
        context: The host's; left out, the theme alone.
        opens: Whether the host opens links.
        refuses: Why the host does not begin.
    """
    browser.calls = []
    browser.server = server or scripted({})
    messages: list[Any] = []
    if arguments is not None:
        messages.append(["tool-input", {"arguments": arguments}])
    if result is not None:
        messages.append(["tool-result", result])
    look = {"theme": scheme} if context is None else context
    await browser.do(
        "open",
        html=page(name),
        scheme=scheme,
        width=width,
        messages=messages,
        context=look,
        opens=opens,
        refuses=refuses,
    )
    return Shown(browser, f"{scheme}-{width}")


def ok(structured: Any, **meta: Any) -> Result:
    """A result of a tool, as a server gives it."""
    text = [{"type": "text", "text": json.dumps(structured)}]
    return {"content": text, "structuredContent": structured, "isError": False, "_meta": meta}


def refused(code: str, message: str, remedy: str, **details: str) -> Result:
    """A failure of a tool, as this server gives it."""
    stated = {"code": code, "message": message, "remedy": remedy, "details": details}
    text = f"{message}\n{remedy}\n(code: {code})"
    return {
        "content": [{"type": "text", "text": text}],
        "isError": True,
        "_meta": {"m365-devops-mcp/error": stated},
    }


def scripted(answers: Mapping[str, Any]) -> Server:
    """A server that gives each tool its answer; of a list, one after the other, the last for good."""
    left = {name: list(each) if isinstance(each, list) else [each] for name, each in answers.items()}

    async def server(name: str, _: dict[str, Any]) -> Result:
        remaining = left[name]
        return dict(remaining.pop(0) if len(remaining) > 1 else remaining[0])

    return server


class Held:
    """A server whose answers to one tool wait until they are let go."""

    def __init__(self, server: Server, tool: str) -> None:
        self._server = server
        self._tool = tool
        self.called = asyncio.Event()
        self.free = asyncio.Event()

    async def __call__(self, name: str, arguments: dict[str, Any]) -> Result:
        """What the server answers."""
        if name == self._tool:
            self.called.set()
            async with asyncio.timeout(LIMIT):
                await self.free.wait()
        return await self._server(name, arguments)
