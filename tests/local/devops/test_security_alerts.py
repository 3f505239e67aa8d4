from __future__ import annotations

import pytest

ALERTS = "http://security.test/larkspur/Booking/_apis/alert/repositories"
VERSION = {"api-version": "7.2-preview.1"}


@pytest.fixture
def get(ana):
    async def run(path, **query):
        return await ana.get(f"{ALERTS}/{path}", params={**VERSION, **query})

    return run


async def ids(response):
    return [each["alertId"] for each in response.json()["value"]]


async def test_alerts_come_by_criteria_and_in_pages(get):
    first = await get("booking-api/alerts", top=1, orderBy="severity")
    rest = await get("booking-api/alerts", orderBy="severity", continuationToken="1")

    assert [22] == await ids(first)
    assert "1" == first.headers["x-ms-continuationtoken"]
    assert [21, 23] == await ids(rest)
    assert [21] == await ids(
        await get("booking-api/alerts", **{"criteria.alertType": "dependency", "criteria.states": "active"})
    )


async def test_a_secret_is_in_clear_only_for_who_asks_for_it(get):
    cut = (await get("booking-api/alerts/22")).json()
    clear = (await get("booking-api/alerts/22", expand="validationFingerprint")).json()

    assert ("Zk3q...", True) == (cut["truncatedSecret"], "validationFingerprints" not in cut)
    assert len(clear["validationFingerprints"][0]["validationFingerprintJson"]) > 20


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("booking-web/alerts", {}, 403),
        ("no-such/alerts", {}, 404),
        ("booking-api/alerts/99", {}, 404),
        ("booking-api/alerts", {"criteria.states": "open"}, 400),
        ("booking-api/alerts", {"api-version": "7.1"}, 400),
    ],
)
async def test_what_cannot_be_answered_is_refused(get, path, query, status):
    assert status == (await get(path, **query)).status_code
