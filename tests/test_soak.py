"""The short form of `make soak`."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_many_users_at_once_get_their_own_results_and_memory_stays_flat():
    # In a process of its own: for its memory, and for people whom other tests do not know.
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak", "--calls", "1000", "--users", "25"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "0 lost, 0 crossed" in done.stdout.splitlines()[-1]
