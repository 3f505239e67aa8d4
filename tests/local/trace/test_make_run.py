"""`make run`, which tells where the page is, and ends with it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[3]


def test_the_page_is_named_first_and_an_open_one_does_not_hold_the_end_up(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local", "run", "--port", "0", "--folder", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        said = ""
        for line in running.stdout:
            said += line
            if line.startswith("Serving MCP"):
                break
        address = re.search(r"^Open this first: (http://localhost:\d+) ", said, re.MULTILINE)
        assert address, said
        with httpx.stream("GET", f"{address[1]}/events", trust_env=False) as events:
            first = next(events.iter_lines())
            page = httpx.get(address[1], trust_env=False)
            running.send_signal(signal.SIGINT)
            ended = running.wait(30)

    assert "event: forgotten" == first
    assert "<h1>On-behalf-of, as it happens</h1>" in page.text
    assert 130 == ended
