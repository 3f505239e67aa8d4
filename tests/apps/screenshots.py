"""Takes the screenshots in the documents: `make screenshots`, which needs Chromium.

They are those the tests keep when asked to, of pages with sample data.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.apps.browser import PICTURES as OF_APPS
from tests.sign_in.looking import PICTURES as OF_PAGES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"
KEPT = {
    f"app-{name}-{scheme}.png": f"{taken}-{scheme}-700.png"
    for name, taken in {
        "review": "review-waiting",
        "slots": "slots-chosen",
        "work-items": "work-items",
        "build": "build",
    }.items()
    for scheme in ("light", "dark")
} | {"trace-page.png": "trace 1280-light-1280.png"}
"""The files in the documents, by those the tests keep."""


def main() -> int:
    """Runs the tests that look at pages, and keeps some of what they see."""
    with tempfile.TemporaryDirectory() as folder:
        tests = ["tests/apps", "tests/local/trace/test_trace_in_browser.py"]
        environ = {**os.environ, OF_APPS: folder, OF_PAGES: folder}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *tests], cwd=ROOT, env=environ, check=False
        )
        for kept, taken in KEPT.items():
            shutil.copyfile(Path(folder) / taken, FOLDER / kept)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
