"""What each page is shown in the tests that all pages pass: `samples/{page}.json`.

A file holds `arguments` and `result` (the tool's structured content), and `answers`: the structured content
of each tool the page calls. `kept` names fields whose values stay as they are in hostile copies.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from shared.apps.app_page import page_names
from tests.apps.browser import Result, Server, ok, scripted

FOLDER = Path(__file__).parent / "samples"
PAGES = page_names()
MARKUP = "<img src=x onerror=alert(1)>"
HOSTILE = [
    MARKUP,
    "</script><script>alert(2)</script>",
    "\"'><svg onload=alert(3)>`${alert(4)}`",
    "\u202egnp.exe\u202c \u2067rtl\u2069 עברית",
    "👩‍👩‍👧‍👦🏴‍☠️",
    "javascript:alert(5)//" + "x" * 10_000,
    f"{MARKUP} {'wide ' * 200}".strip(),
]
_TIME = re.compile(r"\d{4}-\d\d-\d\dT")


def sample(name: str) -> dict[str, Any]:
    """The sample of a page."""
    return dict(json.loads((FOLDER / f"{name}.json").read_text()))


def result(name: str) -> Result:
    """The result of the tool the page is for."""
    return ok(sample(name)["result"])


def server(name: str) -> Server:
    """A server that answers what the page calls."""
    return scripted({tool: ok(answer) for tool, answer in sample(name).get("answers", {}).items()})


def hostile(name: str, text: str) -> tuple[Result, Server]:
    """The same with every text but times and what is kept written by somebody who means harm."""
    given = sample(name)
    kept = set(given.get("kept", []))

    def changed(value: Any) -> Any:
        match value:
            case str():
                return value if _TIME.match(value) else text
            case dict():
                return {key: each if key in kept else changed(each) for key, each in value.items()}
            case list():
                return [changed(each) for each in value]
            case _:
                return value

    answers = {tool: ok(changed(answer)) for tool, answer in given.get("answers", {}).items()}
    return ok(changed(given["result"])), scripted(answers)
