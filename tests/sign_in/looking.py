"""How tests look at pages: in headless Chromium, through `pages.cjs`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from local.tenant import Tenant
from tests.sign_in.programs import CHROMIUM, HERE, environment, free_port, run

PICTURES = "SIGN_IN_PICTURES"
"""The environment variable with the folder to keep pictures of the pages in, for people to look at."""


def redirect_address() -> str:
    """An address for a client that waits for an answer on this machine."""
    return f"http://127.0.0.1:{free_port()}/callback"


async def look(
    tenant: Tenant,
    folder: Path,
    scheme: str,
    steps: list[dict[str, Any]],
    *,
    client: str = "",
    width: int = 800,
) -> dict[str, Any]:
    """What the browser saw on these steps, of which `pages.cjs` has a list; at `client` waits a client."""
    wanted = {
        "chromium": CHROMIUM,
        "scheme": scheme,
        "width": width,
        "pictures": os.environ.get(PICTURES),
        "client": client or redirect_address(),
        "steps": steps,
    }
    given = environment(tenant.layout, folder)
    ended = await run("node", str(HERE / "pages.cjs"), given=given, text=json.dumps(wanted))
    return dict(ended.json())


def assert_accessible(seen: dict[str, Any], *names: str) -> None:
    """Fails where a page breaks a rule, its contrast was not measured, or the focus cannot be seen on it."""
    assert set(names) == set(seen["examined"])
    for name, page in seen["examined"].items():
        assert [] == page["violations"], name
        assert 0 == page["unsure"], name
        assert page["contrasts"] > 0, name
        assert page["title"], name
        assert not page["scrolls"], name
    assert [] == [each for each in seen["focused"] if not each["visible"]]
    assert [] == seen["console"]
