"""A program called `az` that asks this process, which plays the Azure CLI over a managed directory."""

import contextlib
import json
import os
import socketserver
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local.organisation import organisation
from tests.local.setup.managed_directory import GraphError, ManagedDirectory

GRAPH = "https://graph.microsoft.com"
_PROGRAM = """#!{python} -IS
import json, socket, sys
with socket.socket(socket.AF_UNIX) as asked:
    asked.connect({address!r})
    asked.sendall(json.dumps(sys.argv[1:]).encode() + b"\\n")
    answer = json.loads(b"".join(iter(lambda: asked.recv(65536), b"")))
sys.stderr.write(answer["errors"])
sys.stdout.write(answer["output"])
sys.exit(answer["status"])
"""
_REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    429: "Too Many Requests",
}


class AzFailedError(Exception):
    """What `az` says when it fails."""


@dataclass(frozen=True)
class Answer:
    """How a command ends, and what it writes."""

    status: int
    output: str
    errors: str


class StandInAz:
    """The program in a folder, and what it answers; a test changes its attributes."""

    def __init__(self, folder: Path, directory: ManagedDirectory) -> None:
        self.folder = folder
        self.directory = directory
        self.asked: list[list[str]] = []
        self.bodies: list[str] = []
        self.version = "2.70.0"
        self.account: dict[str, Any] | None = {
            "tenantId": organisation().tenant_id,
            "tenantDisplayName": "Larkspur Ferries",
            "user": {"name": "ana.duarte@larkspur.example", "type": "user"},
        }
        self.cloud = "AzureCloud"
        self.authority = "https://login.microsoftonline.com"
        self.graph = GRAPH
        self.token: Callable[[list[str]], str] = _no_token
        self.before: Callable[[list[str]], None] = lambda _: None
        # A folder of its own, as the names of sockets may not be long.
        self._sockets = tempfile.TemporaryDirectory(prefix="az-")
        address = str(Path(self._sockets.name) / "az.socket")
        self._install("az", _PROGRAM.format(python=sys.executable, address=address))
        self.core_tools("4.9.0")
        self._server = socketserver.ThreadingUnixStreamServer(address, self._handler())
        self._server.daemon_threads = True
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._sockets.cleanup()

    @property
    def path(self) -> str:
        return os.pathsep.join([str(self.folder), os.environ["PATH"]])

    def core_tools(self, version: str) -> None:
        """Install Core Tools of this version."""
        self._install("func", f"#!/bin/sh\necho {version}\n")

    def remove(self, program: str) -> None:
        (self.folder / program).unlink()

    def _install(self, name: str, text: str) -> None:
        program = self.folder / name
        program.write_text(text)
        program.chmod(0o755)

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        play = self.play

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                answer = json.dumps(asdict(play(json.loads(self.rfile.readline())))).encode()
                # A command that was ended in the meantime wants no answer.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    self.wfile.write(answer)

        return Handler

    def play(self, arguments: list[str]) -> Answer:
        """Answer a command."""
        self.asked.append(arguments)
        try:
            self.before(arguments)
            answer = self._answer(arguments)
        except GraphError as error:
            errors = f"ERROR: {_REASONS[error.status]}({json.dumps(error.document)})\n"
            return Answer(1, "", errors)
        except AzFailedError as error:
            return Answer(1, "", f"ERROR: {error}\n")
        except Exception as error:
            return Answer(2, "", f"ERROR: the stand-in fails: {error!r}\n")
        return Answer(0, "" if answer is None else json.dumps(answer), "")

    def _answer(self, arguments: list[str]) -> Any:
        assert arguments[-3:] == ["--output", "json", "--only-show-errors"], arguments
        words = arguments[:-3]
        if words == ["version"]:
            return {"azure-cli": self.version}
        if self.account is None:
            raise AzFailedError("Please run 'az login' to setup account.")
        if words == ["account", "show"]:
            return self.account
        if words == ["cloud", "show"]:
            endpoints = {"activeDirectory": self.authority, "microsoftGraphResourceId": f"{self.graph}/"}
            return {"name": self.cloud, "endpoints": endpoints}
        if words[:2] == ["account", "get-access-token"]:
            return {"accessToken": self.token(words[2:])}
        if words[0] == "rest":
            return self._rest(words[1:])
        raise AzFailedError(f"'{words[0]}' is misspelled or not recognized by the system.")

    def _rest(self, words: list[str]) -> Any:
        assert (words[0], words[2]) == ("--method", "--url"), words
        method, url, rest = words[1].upper(), words[3], words[4:]
        assert url.startswith(f"{self.graph}/v1.0/") and "?" not in url, url
        query: dict[str, str] = {}
        body = None
        if rest and rest[0] == "--url-parameters":
            parameters = [each for each in rest[1:] if not each.startswith("--")]
            query = dict(each.split("=", 1) for each in parameters)
            rest = rest[1 + len(parameters) :]
        if rest:
            assert rest[0] == "--body" and rest[1].startswith("@"), rest
            text = Path(rest[1][1:]).read_text()
            self.bodies.append(text)
            body = json.loads(text)
        answer = self.directory.answer(method, url.removeprefix(f"{self.graph}/v1.0"), query, body)
        if answer and "@odata.nextLink" in answer:
            answer["@odata.nextLink"] = answer["@odata.nextLink"].format(graph=self.graph)
        return answer


def _no_token(_: list[str]) -> str:
    raise AzFailedError("AADSTS700016: nobody asked for a token in this test.")
