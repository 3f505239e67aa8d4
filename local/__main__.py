"""Starts the command line of the local tenant: `python -m local`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_VENV_PYTHON = Path(__file__).resolve().parent.parent / ".venv" / "bin" / "python"

if __name__ == "__main__":
    # `python -m local` works from any Python: what it needs is in the project's environment.
    if Path(sys.prefix) != _VENV_PYTHON.parent.parent and _VENV_PYTHON.exists():
        os.execv(_VENV_PYTHON, [str(_VENV_PYTHON), "-m", "local", *sys.argv[1:]])  # noqa: S606 - ourselves
    from local.command_line import main

    sys.exit(main(sys.argv[1:]))
