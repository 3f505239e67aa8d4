"""The page in Chromium: what a person sees and does on it, with the mouse or by the keyboard alone."""

from __future__ import annotations

import json
import ssl
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.tenant import Tenant
from tests.journeys.steps import call_with, fail, issue
from tests.sign_in.looking import assert_accessible, look
from tests.sign_in.programs import with_browser

pytestmark = with_browser

HOSTILE = '<img src=x onerror="document.title=1"><b>bold</b>'
READY = '#tool:has(option[value="graph_get_profile"])'
ENDED = "#result-status:not([data-outcome=running])"


def call_of(tenant: Tenant, alias: str, tool: str) -> dict[str, Any]:
    """The step in which the official client, in a process of its own, calls a tool."""
    command = [sys.executable, "-m", "local", "call", tool, "--user", alias]
    return {"run": [*command, "--folder", str(tenant.layout.folder)]}


def row(outcome: str, tool: str) -> str:
    """The chosen row of the list of calls, if it is such a call."""
    return f'#call-list button[aria-current][data-outcome="{outcome}"]:has-text("{tool}")'


@pytest.fixture(autouse=True)
def without_faults(tenant: Tenant) -> None:
    fail(tenant.layout, "graph")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
async def test_a_call_of_a_client_appears_live_with_its_tokens_side_by_side(
    tenant: Tenant, tmp_path: Path, scheme: str, width: int
):
    steps = [
        {"open": tenant.layout.trace},
        {"see": READY},
        {"see": '#live[data-state="live"]'},
        call_of(tenant, "hugo", "graph_get_profile"),
        {"see": '#call .facts:has-text("Hugo Meier")'},
        {"see": row("ok", "graph_get_profile")},
        {"read": '.token[data-role="a"] .audience dd', "as": "audience a"},
        {"read": '.token[data-role="b"] .audience dd', "as": "audience b"},
        {"read": '.token[data-role="a"] .chips', "as": "scopes a"},
        {"count": '.stations li[data-state="ok"]', "as": "stations"},
        {"count": ".waterfall .bar", "as": "bars"},
        {"examine": f"trace {width}"},
        call_of(tenant, "dmitri", "graph_get_profile"),
        {"see": row("failed", "graph_get_profile")},
        {"read": ".why", "as": "why"},
        {"examine": f"trace-failed {width}"},
    ]
    seen = await look(tenant, tmp_path, scheme, steps, width=width)

    assert_accessible(seen, f"trace {width}", f"trace-failed {width}")
    assert [0, 1] == seen["ran"]
    assert "https://graph.microsoft.com" == seen["read"]["audience b"]
    assert "d3b9c1f2-7a64-4e0b-8c55-1f2e3d4c5b6a" == seen["read"]["audience a"]
    assert "access_as_user" == seen["read"]["scopes a"]
    assert 6 == seen["read"]["stations"]
    assert seen["read"]["bars"] >= 5
    assert "Stopped at “Entra exchanges”" in seen["read"]["why"]
    assert "AADSTS65001" in seen["read"]["why"]
    assert [tenant.layout.trace] == seen["origins"]


async def test_a_fault_a_user_and_a_tool_are_chosen_by_hand(tenant: Tenant, tmp_path: Path):
    fault = 'button[role=switch]:has-text("Graph answers 429")'
    steps = [
        {"open": tenant.layout.trace},
        {"see": READY},
        {"choose": "#user", "option": "ben"},
        {"read": "#send", "as": "who"},
        {"choose": "#tool", "option": "graph_send_email"},
        {"read": "#tool-kind", "as": "kind"},
        {"click": fault},
        {"see": f'{fault}[aria-checked="true"]'},
        {"choose": "#tool", "option": "graph_search_people"},
        {"fill": "#argument-query", "text": "Ana"},
        {"click": "#send"},
        {"see": row("failed", "graph_search_people")},
        {"see": ENDED},
        {"read": ".why", "as": "why"},
        {"click": "#faults-off"},
        {"see": f'{fault}[aria-checked="false"]'},
        {"click": "#send"},
        {"see": row("ok", "graph_search_people")},
        {"see": "#result-status[data-outcome=ok]"},
        {"read": "#result-text", "as": "text"},
        {"click": "#result-json summary"},
        {"read": "#result-json pre", "as": "json"},
    ]
    seen = await look(tenant, tmp_path, "light", steps, width=1280)

    assert "Call as Ben Osei" == seen["read"]["who"]
    assert "Writes: it changes something" == seen["read"]["kind"]
    assert "Stopped at “Token B is used”" in seen["read"]["why"]
    assert "a fault answered 429" in seen["read"]["why"]
    assert "Ana Duarte" in seen["read"]["text"]
    assert "Ana Duarte" in str(json.loads(seen["read"]["json"]))
    assert [] == seen["console"]
    assert [tenant.layout.trace] == seen["origins"]


async def test_everything_can_be_done_by_the_keyboard_alone(tenant: Tenant, tmp_path: Path):
    steps = [
        {"open": tenant.layout.trace},
        {"see": READY},
        {"tab_to": "Skip to the calls"},
        {"tab_to": "Call again"},
        {"press": "Enter"},
        {"see": row("ok", "get_user_context")},
        {"see": "#result-status[data-outcome=ok]"},
        {"tab_to": "Who calls"},
        {"press": "g"},
        {"tab_to": "Tool"},
        {"tab_to": "Call as Grace Kim"},
        {"press": "Enter"},
        {"see": '#call .facts:has-text("Grace Kim")'},
        {"see": row("ok", "get_user_context")},
        # The result, which has her name too, comes before the list of calls.
        {"tab_to": "Forget them"},
        {"tab_to": "Grace Kim"},
        {"press": "ArrowDown"},
        {"see": '#call-list li:nth-child(n+2) button[aria-current="true"]:focus'},
        {"press": "Home"},
        {"see": '#call-list li:first-child button[aria-current="true"]:focus'},
        {"tab_to": "Header and all claims"},
        {"press": "Enter"},
        {"see": '.token details[data-key^="claims"][open]'},
        {"tab_to": "Graph is slow by 2 s"},
        {"press": "Space"},
        {"see": 'button[role=switch][aria-checked="true"]:has-text("Graph is slow")'},
        {"press": "Space"},
        {"see": 'button[role=switch][aria-checked="false"]:has-text("Graph is slow")'},
    ]
    seen = await look(tenant, tmp_path, "light", steps, width=1280)

    assert [] == [each for each in seen["focused"] if not each["visible"]]
    assert [] == seen["console"]


async def test_other_peoples_text_stays_text(tenant: Tenant, tmp_path: Path):
    tls = ssl.create_default_context(cafile=str(tenant.layout.ca_file))
    async with httpx.AsyncClient(verify=tls, trust_env=False) as http:
        await call_with(http, tenant.layout, issue(tenant.layout, "ana", name=HOSTILE), HOSTILE)
    steps = [
        {"open": tenant.layout.trace},
        {"see": READY},
        {"click": '#call-list button:has-text("<img")'},
        {"see": "#call .facts"},
        {"read": "#call-title", "as": "title"},
        {"read": "#call .facts", "as": "user"},
        {"read": '.stations li[data-key="a"]', "as": "station"},
        {"count": "main img, main b, main script", "as": "elements"},
        {"examine": "hostile"},
    ]
    seen = await look(tenant, tmp_path, "light", steps, width=320)

    assert HOSTILE == seen["read"]["title"]
    assert HOSTILE in seen["read"]["user"]
    assert HOSTILE in seen["read"]["station"]
    assert 0 == seen["read"]["elements"]
    assert_accessible(seen, "hostile")
