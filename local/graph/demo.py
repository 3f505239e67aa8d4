"""Creates the demo tenant: the organisation of the data files, as old as the clock says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from local.graph.demo_calendar import fill_calendars
from local.graph.demo_mail import fill_mailboxes
from local.graph.demo_notes import fill_notes
from local.graph.demo_settings import fill_contacts, fill_meetings, fill_settings
from local.graph.demo_sharepoint import fill_sharepoint
from local.graph.demo_tasks import fill_tasks
from local.graph.demo_teams import fill_conversations
from local.graph.store import Tenant


def demo_tenant(clock: Callable[[], datetime], files_url: str) -> Tenant:
    """Returns a tenant with everything the data files tell about."""
    tenant = Tenant(clock, files_url)
    fill_calendars(tenant)
    fill_mailboxes(tenant)
    fill_settings(tenant)
    fill_contacts(tenant)
    fill_meetings(tenant)
    fill_tasks(tenant)
    fill_notes(tenant)
    fill_sharepoint(tenant)
    fill_conversations(tenant)
    return tenant
