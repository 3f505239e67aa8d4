"""Starts, stops and finds the processes of a local tenant."""

from __future__ import annotations

import contextlib
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from local import certificates, tables
from local.layout import Layout
from local.ports import ReservedPorts, is_free
from local.serving import APP_SETTING, SERVICES

START_LIMIT = 60.0
STOP_LIMIT = 10.0
_ROOT = Path(__file__).resolve().parent.parent

LISTENERS: Mapping[str, tuple[str, ...]] = {
    "entra": ("entra", "entra_http"),
    "identity": ("identity",),
    "graph": ("graph", "graph_files"),
    "devops": (
        *("devops", "devops_profile", "devops_search", "devops_identities", "devops_releases"),
        *("devops_security", "devops_further"),
    ),
    "host": ("host",),
    "trace": ("trace",),
    "tables": ("tables",),
}
"""The addresses of the layout each service listens on."""

_QUIET_PORTS = range(20_000, 30_000)
_HTTPS = ("entra", "graph", "graph_files", *LISTENERS["devops"], "tables")


class TenantError(Exception):
    """Raised when the tenant cannot start; the text says what to do."""


class Tenant:
    """Runs the services of one tenant as child processes, each with a log file in the tenant's folder.

    Args:
        folder: Where the tenant keeps certificates, secrets, layout and logs.
        port: Of the Functions host; 0 takes any free one.
        app_settings: Settings to give the function app besides or in place of the local ones; an
            empty value removes one.
        further: Services to have besides the usual ones, such as the trace page.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        app_settings: Mapping[str, str] | None = None,
        further: Sequence[str] = (),
    ) -> None:
        self.services = (*SERVICES, *further, *(["tables"] if tables.installed() else []))
        self._ports = ReservedPorts()
        self.layout = plan(folder, port, self.services, self._ports)
        self.app_settings = dict(app_settings or {})
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        certificates.prepare(self.layout)

    def __enter__(self) -> Self:
        self.layout.save()
        self.layout.client_registration.unlink(missing_ok=True)
        try:
            for service in self.services:
                self._spawn(service)
            self.wait_until_ready()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self, service: str) -> None:
        """Starts a service that was stopped, and waits until it answers."""
        self._spawn(service)
        self.wait_until_ready()

    def stop(self, service: str) -> None:
        """Ends a service; the others go on."""
        process = self._processes.pop(service)
        process.terminate()
        try:
            process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def close(self) -> None:
        """Ends all services."""
        for process in self._processes.values():
            process.terminate()
        for service in list(self._processes):
            self.stop(service)
        self._ports.close()
        (self.layout.folder / "layout.json").unlink(missing_ok=True)

    def ended(self) -> list[str]:
        """Returns the services that ended by themselves since this was last asked."""
        names = [name for name, process in self._processes.items() if process.poll() is not None]
        for name in names:
            del self._processes[name]
        return names

    def log(self, service: str) -> str:
        """Returns what a service has written so far."""
        return self._log_file(service).read_text(errors="replace")

    def wait_until_ready(self) -> None:
        """Waits until every running service listens on all its addresses.

        Raises:
            TenantError: One ended, or took too long; the text has the end of its log.
        """
        deadline = time.monotonic() + START_LIMIT
        for service in self._processes:
            for name in LISTENERS[service]:
                while not _listens(getattr(self.layout, name)):
                    if self._processes[service].poll() is not None or time.monotonic() > deadline:
                        end = self.log(service)[-2000:].strip()
                        raise TenantError(f"{service} did not start. The end of its log:\n{end}")
                    time.sleep(0.02)

    def _spawn(self, service: str) -> None:
        own = [sys.executable, "-m", "local.serving", service, str(self.layout.folder)]
        settings = {f"{APP_SETTING}{name}": value for name, value in self.app_settings.items()}
        with self._log_file(service).open("ab") as log:
            self._processes[service] = subprocess.Popen(  # noqa: S603 - our own module, or what make installed
                tables.command(self.layout) if service == "tables" else own,
                cwd=_ROOT,
                env={**os.environ, **settings, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C reaches the parent alone, which ends its services in order.
                start_new_session=True,
            )

    def _log_file(self, service: str) -> Path:
        return self.layout.folder / f"{service}.log"


def plan(folder: Path, port: int, services: Sequence[str], ports: ReservedPorts) -> Layout:
    """Returns addresses for a tenant: the host on its port, the others on the free ones after it, all held.

    Without a port, a free one is taken from those below the range from which the system gives
    ports to outgoing connections: one of these could otherwise take it before the service does.

    Raises:
        TenantError: The host's port is taken.
    """
    if port and not is_free(port):
        raise TenantError(f"Port {port} is taken. Stop what uses it, or choose another with --port.")
    first = random.choice(_QUIET_PORTS)  # noqa: S311 - not a secret
    names = ["host", *(name for service in services for name in LISTENERS[service] if name != "host")]
    # The host's own may be one that was just given back, which a server may take and nobody can hold.
    numbers = chain([port], ports.take(port + 1)) if port else ports.take(first)
    urls = {
        name: f"{'https' if name in _HTTPS else 'http'}://localhost:{number}"
        for name, number in zip(names, numbers, strict=False)
    }
    return Layout(folder=folder.resolve(), **urls)


def find(folder: Path) -> Layout | None:
    """Returns the layout of the tenant that is running in this folder, if one is."""
    try:
        layout = Layout.load(folder)
        httpx.get(f"{layout.host}/_control/journal", trust_env=False, timeout=5).raise_for_status()
    except (OSError, ValueError, KeyError, httpx.HTTPError):
        return None
    return layout


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Layout]:
    """Returns the layout of the tenant in this folder, which is started for the while if none is running."""
    layout = find(folder)
    if layout is not None:
        yield layout
    else:
        with tempfile.TemporaryDirectory() as once, Tenant(Path(once)) as tenant:
            yield tenant.layout


def journal(layout: Layout, service: str) -> list[dict[str, object]]:
    """Returns what a running service has recorded so far."""
    with httpx.Client(verify=False, trust_env=False) as http:  # noqa: S501 - loopback, nothing secret
        url = getattr(layout, LISTENERS[service][0])
        return list(json.loads(http.get(f"{url}/_control/journal").raise_for_status().content))


def _listens(url: str) -> bool:
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname or "", address.port or 0), timeout=1).close()
    except OSError:
        return False
    return True
