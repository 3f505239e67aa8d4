"""Shows people what they confirm: the people, the words and the files of messages and invitations."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pydantic import Field

from shared.apis.graph.mail_messages import ATTACHMENTS, READ, Correspondents, Email
from shared.caller import Caller
from shared.mcp.confirmation import Review
from shared.text.html import html_to_text
from shared.tools.microsoft365.mail_recipients import RecipientCheck, check_recipients
from shared.tools.microsoft365.mail_writing import check_sendable
from shared.tools.microsoft365.mailboxes import open_mailbox


class _WholeDraft(Email):
    """A draft with its whole text and everybody it goes to."""

    to: Correspondents = Field([], validation_alias="toRecipients")
    cc: Correspondents = Field([], validation_alias="ccRecipients")
    bcc: Correspondents = Field([], validation_alias="bccRecipients")


async def review(tool: str, caller: Caller, arguments: Mapping[str, Any]) -> Review | None:
    """Returns what a person has to see of a write besides its arguments; None where these say it all.

    Raises:
        ToolError: What it is about could not be read, or cannot be sent.
    """
    reviewer = _REVIEWERS.get(tool)
    return await reviewer(caller, arguments) if reviewer else None


async def _draft(caller: Caller, arguments: Mapping[str, Any]) -> Review:
    with open_mailbox(caller, arguments["mailbox"], "Mail.Read.Shared", "Mail.Send.Shared") as there:
        draft = await there.graph.get(
            _WholeDraft, "/me/messages/{}", arguments["draft_id"], headers=READ, expand=ATTACHMENTS
        )
        # What is sent is the version that is shown here, or nothing.
        check_sendable(draft, arguments["version"])
        checked = await check_recipients(caller, [*draft.to, *draft.cc, *draft.bcc])
    return Review(
        to=draft.to,
        cc=draft.cc,
        bcc=draft.bcc,
        subject=draft.subject or "",
        body=draft.body.text,
        attachments=[each.name or "" for each in draft.attachments if not each.is_inline],
        **_checked(checked),
    )


async def _email(caller: Caller, arguments: Mapping[str, Any]) -> Review:
    people = [*arguments["to"], *arguments["cc"], *arguments["bcc"]]
    body = arguments["body"]
    return Review(
        to=arguments["to"],
        cc=arguments["cc"],
        bcc=arguments["bcc"],
        subject=arguments["subject"],
        body=html_to_text(body).text if arguments["format"] == "html" else body,
        attachments=[each.name or each.file or "an attachment" for each in arguments["attachments"]],
        **_checked(await check_recipients(caller, people)),
    )


async def _event(caller: Caller, arguments: Mapping[str, Any]) -> Review | None:  # noqa: ARG001 - as the others
    people = _given(arguments, "attendees", "add_attendees")
    optional = _given(arguments, "optional_attendees", "add_optional_attendees")
    if not people and not optional:
        return None
    return Review(
        to=people,
        cc=optional,
        subject=arguments.get("subject") or "",
        body=arguments.get("body") or "",
        unchecked=len(people) + len(optional),
    )


def _given(arguments: Mapping[str, Any], *names: str) -> list[str]:
    return [each for name in names for each in arguments.get(name) or ()]


def _checked(checked: RecipientCheck) -> dict[str, Any]:
    return {
        "outside": checked.outside,
        "not_in_directory": checked.not_in_directory,
        "unchecked": checked.unchecked,
    }


_REVIEWERS: Mapping[str, Callable[[Caller, Mapping[str, Any]], Awaitable[Review | None]]] = {
    "graph_send_draft": _draft,
    "graph_send_email": _email,
    "graph_create_event": _event,
    "graph_update_event": _event,
}
