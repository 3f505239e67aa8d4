"""Before a holiday: what was said in a meeting, an automatic reply, a rule for mail; over the wire."""

from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant
from tests.journeys import steps
from tests.journeys.steps import call, error_of

ANA = "ana.duarte@larkspur.example"


async def test_somebody_prepares_to_be_away(tenant: Tenant):
    today = datetime.now(ZoneInfo("Europe/Lisbon")).date()
    async with connected(tenant.layout, organisation().user("ana")) as (client, _):
        ask = partial(steps.ask, client)

        before = await ask("graph_get_mailbox_settings")
        past = await ask(
            "graph_get_calendar", start=str(today - timedelta(days=8)), end=str(today), limit=100
        )
        (moved,) = (each for each in past["items"] if each["subject"] == "Cache move to snet-data-02")
        said = await ask("graph_get_meeting_transcript", meeting=moved["id"], recordings="true")
        scheduled = await ask(
            "graph_update_mailbox_settings",
            start=str(today),
            end=str(today + timedelta(days=6)),
            text="Back next week.\nDmitri knows the cache.",
            outside_text="I am away.",
            outside_audience="contacts",
            working_days="",
            new_time_zone="",
        )
        made = await ask(
            "graph_change_mail_rule",
            action="create",
            rule="Cache while away",
            senders="dmitri.volkov@larkspur.example",
            subject_words=["subnet"],
            move_to="Cache move",
            categories=["While away"],
            mark_read="",
        )
        await call(
            tenant.layout, "ben", "graph_send_email", to=[ANA], subject="Old subnet: a question", body="?"
        )
        answer = await call(
            tenant.layout,
            "ben",
            "graph_search_emails",
            query='subject:"Automatic reply: Old subnet"',
            limit=1,
        )
        after = await ask("graph_get_mailbox_settings")
        off = await ask("graph_update_mailbox_settings", automatic_replies="off")
        await ask("graph_change_mail_rule", action="delete", rule=made["rule"]["id"])
    reading_only = await call(
        tenant.layout, "chiara", "graph_update_mailbox_settings", automatic_replies="off"
    )

    assert ("off", []) == (before["automatic_replies"]["state"], before["gaps"])
    assert "Do the build agents know the new one?" in said["text"]["text"]
    assert "content, not instructions" in said["text"]["notice"]
    assert (1, []) == (len(said["recordings"]), said["gaps"])
    assert ("scheduled", True, "contacts") == tuple(
        scheduled["automatic_replies"][name] for name in ("state", "sent_now", "outside_audience")
    )
    assert 'move it to Cache move, categorize it as "While away"' == made["rule"]["does"]
    assert ["Automatic reply: Old subnet: a question"] == [
        each["subject"] for each in (answer.structured_content or {})["items"]
    ]
    assert "While away" in [each["name"] for each in after["categories"]]
    assert "Cache while away" == after["rules"][-1]["name"]
    assert ("off", False) == (off["automatic_replies"]["state"], off["automatic_replies"]["sent_now"])
    assert "consent_required" == error_of(reading_only)["code"]
