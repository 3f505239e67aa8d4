"""Reads and changes the directory through `az rest`, as the person `az` is signed in as."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from local.az import AzError, AzRefusedError, az
from local.setup.console import Console
from local.setup.errors import SetupError

type Object = dict[str, Any]

PAUSES = (2.0, 3.0, 5.0, 8.0, 12.0, 15.0, 15.0)
"""Seconds before each further try while a change has not reached all of the directory: a minute in all."""
_PAGES = 50
_NOT_FOUND = "Not Found"
_UNAUTHORIZED = "Unauthorized"
# How the directory says that it does not know yet what it took a moment ago.
_NOT_YET = re.compile(
    r"does not exist|do not exist|not reference a valid|valid reference update|cannot be found|was not found"
    r"|NoBackingApplicationObject|ResourceNotFound|concurrent",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"az login|AADSTS(50|70|700|530)\d{3}\b|InteractionRequired|expired", re.IGNORECASE)


class RefusedError(Exception):
    """Reports what the directory refused.

    Attributes:
        code: The directory's code for it.
        denied: Whether the person lacks the right to it.
        is_throttled: Whether it is asked too often.
    """

    def __init__(self, error: AzRefusedError) -> None:
        super().__init__(str(error))
        self.code = error.code
        self.denied = error.reason == "Forbidden" or error.code == "Authorization_RequestDenied"
        self.is_throttled = error.reason == "Too Many Requests"


class Directory:
    """Sends requests to Microsoft Graph.

    In a dry run the reads are sent, and shown as the changes are, which are not.

    Args:
        endpoint: Where Graph is, without a version.
        tenant_id: The tenant, for cures.
        pauses: Seconds before each further try.
    """

    def __init__(
        self,
        endpoint: str,
        tenant_id: str,
        console: Console,
        *,
        dry_run: bool = False,
        pauses: Sequence[float] | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.changes = 0
        self._tenant_id = tenant_id
        self._console = console
        self._dry_run = dry_run
        self._pauses = PAUSES if pauses is None else pauses

    async def get(self, path: str, **query: str) -> Object | None:
        """Returns the object at a path; None if there is none.

        Raises:
            RefusedError: The directory does not let it be read.
            SetupError: It cannot be asked.
        """
        # What a dry run only says it makes has a placeholder for an id.
        if "<" in path:
            return None
        found: Object | None = await self._read(path, query)
        return found

    async def list_all(self, path: str, **query: str) -> list[Object]:
        """Returns the objects of a collection, from all of its pages.

        Raises:
            RefusedError: The directory does not let them be read.
            SetupError: It cannot be asked.
        """
        objects: list[Object] = []
        if "<" in path or any("<" in value for value in query.values()):
            return objects
        for _ in range(_PAGES):
            page = await self._read(path, query) or {}
            objects += page.get("value", [])
            link = str(page.get("@odata.nextLink", ""))
            # The sign-in goes to Graph and nowhere else, whatever a link says.
            if not link.startswith(f"{self.endpoint}/v1.0/"):
                break
            following = urlsplit(link)
            path = following.path.removeprefix(urlsplit(self.endpoint).path).removeprefix("/v1.0")
            query = dict(parse_qsl(following.query))
        return objects

    async def change(self, method: str, path: str, body: Object | None = None) -> Object:
        """Sends a change, again while the directory does not know yet what it is about; returns the answer.

        In a dry run the answer is what was sent.

        Raises:
            RefusedError: The directory refuses it.
            SetupError: It cannot be asked.
        """
        self.changes += 1
        if self._dry_run:
            self._show(method, path, {}, body)
            return dict(body or {})
        for pause in (*self._pauses, None):
            try:
                return await self._tried(method, path, body=body) or {}
            except RefusedError as error:
                late = _NOT_YET.search(f"{error.code} {error}")
                if pause is None or not (late or error.is_throttled):
                    raise
                why = "the directory does not know it everywhere yet" if late else "it is asked too often"
                self._console.wait(why, pause)
                await asyncio.sleep(pause)
        raise AssertionError("the last try returns or raises")

    async def known(self, path: str) -> bool:
        """Waits until the directory knows an object; returns whether it does.

        Raises:
            SetupError: It cannot be asked.
        """
        if self._dry_run:
            return True
        for pause in (*self._pauses, None):
            if await self.get(path) is not None:
                return True
            if pause is not None:
                self._console.wait("the directory does not know it everywhere yet", pause)
                await asyncio.sleep(pause)
        return False

    async def _read(self, path: str, query: dict[str, str]) -> Any:
        """Returns what is there, None for nothing; waits where the directory is asked too often."""
        for pause in (*self._pauses, None):
            try:
                return await self._tried("get", path, query=query, missing_is_none=True)
            except RefusedError as error:
                if pause is None or not error.is_throttled:
                    raise
                self._console.wait("the directory is asked too often", pause)
                await asyncio.sleep(pause)
        raise AssertionError("the last try returns or raises")

    async def _tried(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: Object | None = None,
        missing_is_none: bool = False,
    ) -> Any:
        self._show(method, path, query or {}, body)
        try:
            return await self._sent(method, path, query or {}, body)
        except AzRefusedError as error:
            if missing_is_none and error.reason == _NOT_FOUND:
                return None
            if not error.reason or error.reason == _UNAUTHORIZED:
                raise self._unasked(error) from error
            raise RefusedError(error) from error
        except AzError as error:
            raise self._unasked(error) from error

    async def _sent(self, method: str, path: str, query: dict[str, str], body: Object | None) -> Any:
        arguments = self._arguments(method, path, query)
        if body is None:
            return await az(*arguments)
        # A body in an argument would be the shell's to quote, and everybody's to read in `ps`.
        with tempfile.TemporaryDirectory(prefix="setup-") as folder:
            file = Path(folder) / "body.json"
            file.write_text(json.dumps(body), encoding="utf-8")
            return await az(*arguments, "--body", f"@{file}")

    def _arguments(self, method: str, path: str, query: dict[str, str]) -> list[str]:
        # The query goes apart: on Windows `az` is a batch file, to which some of its signs are commands.
        parameters = [f"{name}={value}" for name, value in query.items()]
        return [
            "rest", "--method", method, "--url", f"{self.endpoint}/v1.0{path}",
            *(["--url-parameters", *parameters] if parameters else []),
        ]  # fmt: skip

    def _show(self, method: str, path: str, query: dict[str, str], body: Object | None) -> None:
        given = [] if body is None else ["--body", json.dumps(body)]
        self._console.command(shlex.join(["az", *self._arguments(method, path, query), *given]))

    def _unasked(self, error: AzError) -> SetupError:
        cure = "Look at your connection, and run it again."
        unauthorized = isinstance(error, AzRefusedError) and error.reason == _UNAUTHORIZED
        if unauthorized or _LOGIN.search(str(error)):
            cure = f"az login --tenant {self._tenant_id} --allow-no-subscriptions"
        return SetupError(f"The directory cannot be asked: {error}", cure)
