"""What people see of a write before they confirm it."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.mcp.confirmation import Review
from shared.tools import CATALOGUE
from shared.tools.microsoft365.mail_writing import graph_create_draft
from shared.tools.reviews import review
from tests.shared.tools.sandbox import Sandbox

TOOLS = {tool.name: tool for tool in CATALOGUE}
BEN, PAT = "ben.osei@larkspur.example", "pat.lee@northwind.example"


async def shown(sandbox: Sandbox, name: str, **arguments: Any) -> Review | None:
    """What Ana sees of a write of hers."""
    tool = TOOLS[name]
    return await review(name, sandbox.caller("ana", tool), tool.parse(arguments))


async def test_everybody_a_draft_goes_to_is_shown_and_all_of_its_text(sandbox: Sandbox) -> None:
    people = [f"person.{number}@northwind.example" for number in range(60)]
    text = "\n".join(f"Line {number}" for number in range(4_000))
    draft = await sandbox.call(graph_create_draft, to=people, cc=[BEN], subject="Many", body=text)
    seen = await shown(sandbox, "graph_send_draft", draft_id=draft.id, version=draft.version)

    assert seen is not None
    assert people == [each.rpartition("<")[2].rstrip(">") for each in seen.to]
    assert 60 == len(seen.outside)
    assert text == seen.body
    assert ("Many", 1) == (seen.subject, len(seen.cc))


async def test_a_draft_of_another_version_is_not_shown(sandbox: Sandbox) -> None:
    draft = await sandbox.call(graph_create_draft, to=[BEN], subject="Old", body="x")
    with pytest.raises(ToolError) as refused:
        await shown(sandbox, "graph_send_draft", draft_id=draft.id, version='W/"another"')

    assert "conflict" == refused.value.code


async def test_an_email_is_shown_as_text_with_the_names_of_its_files(sandbox: Sandbox) -> None:
    seen = await shown(
        sandbox,
        "graph_send_email",
        to=[BEN],
        bcc=[PAT],
        subject="Numbers",
        body="<p>One <b>two</b></p>",
        format="html",
        attachments=[{"name": "numbers.csv", "text": "1,2"}],
    )

    assert seen is not None
    assert ([PAT], ["numbers.csv"], "One two") == (seen.outside, seen.attachments, seen.body.strip())
    assert ([BEN], [PAT]) == (seen.to, seen.bcc)


async def test_an_invitation_is_shown_with_whom_it_is_for_and_an_entry_without_people_is_not(
    sandbox: Sandbox,
) -> None:
    time = {"start": "2027-01-11T09:00", "end": "2027-01-11T09:30"}
    seen = await shown(
        sandbox, "graph_create_event", subject="Quay", attendees=[PAT], optional_attendees=[BEN], **time
    )

    assert seen is not None
    assert (["Quay"], [PAT], [BEN], 2) == ([seen.subject], seen.to, seen.cc, seen.unchecked)
    assert await shown(sandbox, "graph_create_event", subject="Alone", **time) is None


async def test_what_its_arguments_say_needs_nothing_else(sandbox: Sandbox) -> None:
    assert await shown(sandbox, "devops_comment_on_work_item", work_item_id="1", text="x") is None
