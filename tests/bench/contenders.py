"""The servers that are measured, each a process of its own over the same local tenant."""

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL
from urllib.parse import urlsplit

from local.host.settings import app_settings, environment
from local.layout import Layout
from local.organisation import organisation
from tests.bench.client import CallError, Connection
from tests.bench.goals import APP, CERTIFI, HAND_ROLLED, SYSTEM

ROOT = Path(__file__).resolve().parents[2]
ALTERNATIVES = Path(__file__).parent / "alternatives"
START_LIMIT = 60.0


@dataclass(frozen=True)
class Contender:
    """One server.

    Attributes:
        name: As the table calls it.
        url: Its MCP endpoint.
        command: What starts it.
        module: What an import of it imports, in its own interpreter.
        environ: Its environment.
    """

    name: str
    url: str
    command: Sequence[str]
    module: str
    environ: Mapping[str, str] = field(repr=False)

    @property
    def python(self) -> str:
        """Its interpreter."""
        return self.command[0]


class Running:
    """The process of a contender, for as long as it is wanted."""

    def __init__(self, contender: Contender, process: subprocess.Popen[bytes]) -> None:
        self.contender = contender
        self._process = process

    @property
    def url(self) -> str:
        """Its MCP endpoint."""
        return self.contender.url

    def cpu_seconds(self) -> float:
        """Processor time its process has used (proc(5), `stat`, utime and stime)."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mb(self) -> float:
        """The most memory it has held at a time (proc(5), `status`, VmHWM)."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024


def contenders(layout: Layout, environments: Path) -> list[Contender]:
    """The app and the alternatives, each with the packages it needs and no others.

    What else is there would count: httpx, for one, imports what its command line needs where that is found.
    """
    app_python = str(environments / "app" / "bin" / "python")
    alternative = str(environments / "alternatives" / "bin" / "python")
    port = urlsplit(layout.host).port or 0
    app = Contender(
        APP,
        layout.mcp_url,
        [app_python, "-m", "local.serving", "host", str(layout.folder)],
        "function_app",
        environment(os.environ, app_settings(layout)),
    )
    certifi = {"SSL_CERT_FILE": str(layout.ca_file), "REQUESTS_CA_BUNDLE": str(layout.ca_file)}
    directory = {"SSL_CERT_DIR": str(roots_directory(layout)), "REQUESTS_CA_BUNDLE": str(layout.ca_file)}
    return [
        app,
        _alternative(CERTIFI, "fastmcp_server", port + 40, layout, alternative, certifi),
        _alternative(SYSTEM, "fastmcp_server", port + 41, layout, alternative, directory),
        _alternative(HAND_ROLLED, "hand_rolled_server", port + 42, layout, alternative, certifi),
    ]


def _alternative(
    name: str, script: str, port: int, layout: Layout, python: str, roots: Mapping[str, str]
) -> Contender:
    tenant = organisation()
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONPATH": str(ALTERNATIVES),
        "NO_PROXY": "localhost,127.0.0.1",
        "BENCH_AUTHORITY": layout.entra,
        "BENCH_GRAPH": layout.graph,
        "BENCH_DEVOPS_PROFILE": layout.devops_profile,
        "BENCH_TENANT_ID": tenant.tenant_id,
        "BENCH_CLIENT_ID": tenant.server_client_id,
        "BENCH_CLIENT_SECRET": layout.secret("client_secret"),
        "BENCH_PORT": str(port),
        **roots,
    }
    command = [python, str(ALTERNATIVES / f"{script}.py")]
    return Contender(name, f"http://localhost:{port}/mcp", command, script, environ)


def roots_directory(layout: Layout) -> Path:
    """A directory of roots in OpenSSL's form (openssl-rehash(1)): the system's, and the tenant's CA."""
    folder = layout.folder / "roots"
    if not folder.exists():
        system = Path("/etc/ssl/certs")
        if system.is_dir():
            shutil.copytree(system, folder)
        folder.mkdir(exist_ok=True)
        # The tenant's own authority stands last in its bundle, after certifi's.
        own = layout.ca_file.read_text().strip().rpartition("-----BEGIN CERTIFICATE-----")[2]
        path = folder / "local-tenant.pem"
        path.write_text(f"-----BEGIN CERTIFICATE-----{own}\n")
        digest = subprocess.run(
            ["openssl", "x509", "-noout", "-subject_hash", "-in", str(path)], capture_output=True, check=True
        )
        (folder / f"{digest.stdout.decode().strip()}.0").symlink_to(path)
    return folder


@contextmanager
def running(contender: Contender, token: str) -> Iterator[Running]:
    """The contender's process, once it has listed its tools."""
    # Its log is not read: a pipe nobody empties would stop it, and a terminal would slow it down.
    with subprocess.Popen(
        contender.command, env=dict(contender.environ), cwd=ROOT, stdout=DEVNULL, stderr=DEVNULL
    ) as process:
        try:
            asyncio.run(_listed(contender, token, process))
            yield Running(contender, process)
        finally:
            process.terminate()


async def _listed(contender: Contender, token: str, process: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + START_LIMIT
    while True:
        try:
            async with Connection(contender.url) as connection:
                await connection.request(token, "tools/list", {})
                return
        except (OSError, CallError, asyncio.IncompleteReadError):
            if time.monotonic() > limit or process.poll() is not None:
                raise
            await asyncio.sleep(0.005)
