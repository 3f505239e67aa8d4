"""Creates the OneNote notebooks of the demo tenant."""

from __future__ import annotations

from typing import Any

from local.graph.demo_text import data
from local.graph.mailbox import utc
from local.graph.note_html import parsed_content
from local.graph.notebooks import Notebooks
from local.graph.store import Tenant
from local.organisation import organisation
from local.relative_time import at


def fill_notes(tenant: Tenant) -> None:
    """Makes the notebooks, sections and pages of `notes.json`."""
    for alias, notebooks in data("notes").items():
        mine = tenant.notebooks[organisation().user(alias).object_id]
        for index, (name, sections) in enumerate(notebooks.items()):
            notebook_id = mine.add_notebook(name, is_default=index == 0)
            for section in sections:
                for number in range(section.get("count", 1)):
                    _add_section(tenant, mine, notebook_id, section, number + 1)


def _add_section(
    tenant: Tenant, mine: Notebooks, notebook_id: str, section: dict[str, Any], number: int
) -> None:
    group_id = mine.add_group(notebook_id, section["group"]) if "group" in section else None
    modified = utc(at(section.get("modified", "-1d 10:00"), tenant.clock()))
    title = section["section"].format(number=number)
    section_id = mine.add_section(notebook_id, title, group_id, modified)
    for page in section.get("pages", []):
        moment = utc(at(page["at"], tenant.clock()))
        mine.add_page(section_id, page["title"].format(number=number), parsed_content(page["html"]), moment)
    if section.get("protected"):
        mine.protected.add(section_id)
