"""The demo organisation is one story, whenever it is told."""

from datetime import UTC, datetime, timedelta

import pytest

from local.graph.demo import demo_tenant
from local.graph.store import Tenant
from local.organisation import organisation

from .conftest import NOW


@pytest.fixture(scope="module")
def tenant() -> Tenant:
    return demo_tenant(lambda: NOW, "http://files.test")


def messages(tenant: Tenant, alias: str) -> list[dict[str, object]]:
    return list(tenant.mailboxes[organisation().user(alias).object_id].messages.values())


@pytest.mark.parametrize(("alias", "least"), [("ana", 350), ("ben", 60), ("farid", 3)])
def test_everybody_has_mail(tenant: Tenant, alias: str, least: int):
    assert least <= len(messages(tenant, alias))


def test_the_broken_build_has_a_mail_a_thread_and_a_hint(tenant: Tenant):
    build, *thread = [
        message
        for message in sorted(messages(tenant, "ana"), key=lambda each: str(each["receivedDateTime"]))
        if "4711 failed" in message["subject"] or "build is red" in message["subject"]
    ]

    assert "20261117.4" in build["body"]["content"]
    assert "azuredevops@microsoft.com" == build["from"]["emailAddress"]["address"]
    assert 1 == len({message["conversationId"] for message in thread})
    assert "10.42.16.5" in thread[1]["body"]["content"]


def test_the_mail_of_a_reader_is_the_mail_of_the_sender(tenant: Tenant):
    sent = {message["internetMessageId"] for message in messages(tenant, "ben")}
    received = [
        each for each in messages(tenant, "ana") if each["from"]["emailAddress"]["name"] == "Ben Osei"
    ]

    assert received
    assert {message["internetMessageId"] for message in received} <= sent


def test_the_libraries_hold_files_of_every_kind(tenant: Tenant):
    names = [
        item.name for drive in tenant.drives.values() for item in drive.items.values() if not item.is_folder
    ]

    assert 55 <= len(names)
    assert {"md", "docx", "xlsx", "pptx", "pdf", "csv", "txt", "yml"} == {
        name.rpartition(".")[2] for name in names
    }


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 21, 0, 5, tzinfo=UTC),  # a Saturday, just after midnight
        datetime(2027, 3, 28, 1, 30, tzinfo=UTC),  # the night the clocks go forward
        datetime(2028, 2, 29, 23, 55, tzinfo=UTC),
    ],
)
def test_the_story_can_be_told_on_any_day(now: datetime):
    tenant = demo_tenant(lambda: now, "http://files.test")
    latest = max(str(message["receivedDateTime"]) for message in messages(tenant, "ana"))
    week = tenant.agendas[organisation().user("ana").object_id].between(now, now + timedelta(days=9))

    assert latest <= now.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert {"Platform stand-up", "All hands"} <= {event.properties["subject"] for event in week}
