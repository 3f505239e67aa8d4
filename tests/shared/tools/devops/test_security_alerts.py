"""Security alerts of repositories, as a caller of the tool finds them."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.devops.security_alerts import devops_list_security_alerts
from tests.shared.tools.devops_calls import BOOKING, pages, requests
from tests.shared.tools.sandbox import Sandbox

API = {**BOOKING, "repository": "booking-api"}


async def test_open_alerts_come_the_worst_first_with_where_they_are(read_only: Sandbox):
    secret, dependency = await pages(read_only, devops_list_security_alerts, **API)

    assert ("secret", "critical", "active") == (secret.kind, secret.severity, secret.state)
    assert [("src/booking/cache/client.py", 12)] == [(each.file, each.line) for each in secret.places]
    assert ("Dependency scanning", "redis: responses mixed up", "redis 5.0.0", "main") == (
        dependency.tool,
        dependency.rule,
        dependency.dependency,
        dependency.branch,
    )
    assert dependency.first_seen < dependency.last_seen
    assert dependency.web_url.endswith("/larkspur/Booking/_git/booking-api/alerts/21")
    assert (None, None) == (secret.detail, secret.dependency)


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        ({"kind": "dependency"}, [21]),
        ({"severity": "critical"}, [22]),
        ({"state": "dismissed"}, [23]),
        ({"state": "fixed"}, []),
        ({"state": "any"}, [22, 21, 23]),
        ({"state": "any", "kind": "code", "severity": "low"}, []),
    ],
)
async def test_kind_state_and_severity_choose(read_only: Sandbox, arguments: dict[str, Any], ids: list[int]):
    page = await read_only.call(devops_list_security_alerts, **API, **arguments)

    assert (ids, True) == ([each.id for each in page.items], page.complete)


async def test_one_alert_has_what_its_rule_says_and_who_dismissed_it(read_only: Sandbox):
    page = await read_only.call(devops_list_security_alerts, **API, alert_id=23)

    (alert,) = page.items
    assert (23, "dismissed") == (alert.id, alert.state)
    assert "What a user sends is written to a log." == alert.detail.description.text
    assert ("acceptedRisk", "Ben Osei", None) == (
        alert.detail.dismissed_as,
        alert.detail.dismissed_by,
        alert.detail.help,
    )
    assert "The log is read by us alone." == alert.detail.dismissed_because.text


async def test_the_text_of_a_secret_is_neither_asked_for_nor_shown(read_only: Sandbox):
    shown = [await read_only.call(devops_list_security_alerts, **API, alert_id=each) for each in (None, 22)]

    assert not [each for each in shown if "Zk3q" in each.model_dump_json()]
    assert not [each for each in await requests(read_only) if "expand" in each.get("query", "")]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ({"repository": "booking-web"}, "forbidden", "Advanced Security"),
        ({"repository": "booking-apy"}, "not_found", "booking-api"),
        ({"alert_id": 99}, "not_found", "no alert 99"),
        ({"repository": "https://devops.test/larkspur/Booking/_git/booking-web"}, "forbidden", "licence"),
    ],
)
async def test_what_is_not_there_or_not_enabled_is_said(
    read_only: Sandbox, arguments: dict[str, Any], code: str, told: str
):
    with pytest.raises(ToolError) as refused:
        await read_only.call(devops_list_security_alerts, **{**API, **arguments})

    assert (code, True) == (refused.value.code, told in f"{refused.value.message} {refused.value.remedy}")


async def test_an_alert_that_tells_little_is_listed(read_only: Sandbox):
    few = {"alertId": 7, "alertType": "license", "severity": "undefined", "tools": None, "title": None}
    more = {"alertId": 8, "tools": [{"name": "X", "rules": None}], "physicalLocations": [{"filePath": "a"}]}
    body = {"count": 2, "value": [few, {**more, "firstSeenDate": "0001-01-01T00:00:00"}]}
    await read_only.fail("devops_security", path="*/alerts", status=200, json=body)

    page = await read_only.call(devops_list_security_alerts, **API)

    assert [("license", None, []), ("unknown", "X", [("a", None)])] == [
        (each.kind, each.tool, [(place.file, place.line) for place in each.places]) for each in page.items
    ]


async def test_a_long_list_leads_on(read_only: Sandbox):
    alerts = [{"alertId": number} for number in range(1, 51)]
    fault = {"path": "*/alerts", "status": 200, "headers": {"x-ms-continuationtoken": "50"}, "times": 1}
    await read_only.fail("devops_security", **fault, json={"count": 50, "value": alerts})

    page = await read_only.call(devops_list_security_alerts, **API)

    assert (50, False) == (len(page.items), page.complete)
    sent = [each for each in await requests(read_only) if each["path"].endswith("/alerts")]
    after = await read_only.call(devops_list_security_alerts, **API, cursor=page.next_cursor)
    assert [] == after.items and len(sent) < len(await requests(read_only))
