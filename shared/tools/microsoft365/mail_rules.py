"""Makes rules for the email that arrives in the signed-in user's inbox, and switches them on and off."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.apis.graph.categories import define_categories
from shared.apis.graph.inbox_rules import (
    RULE,
    RULES,
    HeldRule,
    InboxRule,
    find_rule,
    list_rules,
    rule_properties,
)
from shared.apis.graph.mail_folders import resolve_folder
from shared.apis.graph.mail_messages import MailFolder
from shared.caller import Caller
from shared.concurrency import run_all
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.write_failures import report_unknown_outcome
from shared.tools.microsoft365.mail_params import FolderName

toolset = Toolset("mailbox")

_READ = "Read the settings with graph_get_mailbox_settings before you repeat the call."
_FOLDER = "/me/mailFolders/{}"
_DEEPEST = 20
_UNSEEN = ("deleteditems", "junkemail")
"""Folders that nobody looks into, and that are emptied by themselves."""

Words = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=255, pattern=r"\S")]], Field(max_length=50)
]


class RuleChange(BaseModel):
    """What was done with a rule of the inbox; a deleted one is described as it was."""

    outcome: Literal["created", "enabled", "disabled", "deleted"]
    rule: InboxRule


@toolset.tool(scopes=["MailboxSettings.ReadWrite"], optional_scopes=["Mail.Read"], writes=True)
async def graph_change_mail_rule(
    caller: Caller,
    action: Annotated[
        Literal["create", "enable", "disable", "delete"], Field(description="All after rule is for create.")
    ],
    rule: Annotated[
        str,
        Field(
            min_length=1, max_length=256, pattern=r"\S", description="Its id or name; of a new one, the name."
        ),
    ],
    senders: Annotated[
        Words, Field(description="Addresses, or parts of them or of names; any may fit.")
    ] = [],  # noqa: B006 - a default of the schema, which nobody changes
    subject_words: Annotated[Words, Field(description="Any of these in the subject.")] = [],  # noqa: B006 - likewise
    move_to: Annotated[FolderName | None, Field(description="Folder by id or name.")] = None,
    mark_read: Annotated[bool, Field(description="Mark as read.")] = False,
    categories: Annotated[Words, Field(description="Categories to add.")] = [],  # noqa: B006 - likewise
) -> RuleChange:
    """Create, enable, disable or delete a rule for the email that arrives in the user's inbox.

    Senders and subject_words, if both are given, must both fit. It never forwards or deletes mail: that is
    set up in Outlook.
    """
    rules = await list_rules(caller.graph)
    if action == "create":
        return await _create(caller, rules, rule, senders, subject_words, move_to, mark_read, categories)
    if senders or subject_words or move_to or mark_read or categories:
        raise ToolError(
            "invalid_argument",
            f"action: {action} takes no conditions and no actions.",
            "To change a rule, delete it and create it anew.",
        )
    found = find_rule(rules, rule)
    if found.is_read_only:
        raise ToolError(
            "forbidden", "The rule was made in Outlook, which alone can change it.", "Change it in Outlook."
        )
    if action == "delete":
        with report_unknown_outcome(_READ):
            await caller.graph.delete(RULE, found.id)
        return RuleChange(outcome="deleted", rule=found.described())
    if action == "enable" and found.danger:
        raise ToolError(
            "forbidden",
            f"The rule is not enabled from here: {found.danger}",
            "Attackers use such rules. The user can enable it in Outlook, if it is theirs.",
        )
    with report_unknown_outcome(_READ):
        changed = await caller.graph.patch(HeldRule, RULE, found.id, body={"isEnabled": action == "enable"})
    return RuleChange(outcome="enabled" if action == "enable" else "disabled", rule=changed.described())


async def _create(
    caller: Caller,
    rules: Sequence[HeldRule],
    name: str,
    senders: Sequence[str],
    subject_words: Sequence[str],
    move_to: str | None,
    mark_read: bool,
    categories: Sequence[str],
) -> RuleChange:
    if not (senders or subject_words):
        raise ToolError(
            "invalid_argument",
            "senders: is missing; a rule for all mail is not made.",
            "Give senders or subject_words.",
        )
    if not (move_to or mark_read or categories):
        raise ToolError("invalid_argument", "move_to: is missing.", "Give move_to, mark_read or categories.")
    if any(str(each.name).casefold() == name.strip().casefold() for each in rules):
        raise ToolError(
            "conflict", "The inbox has a rule of this name.", "Give another name, or delete that rule first."
        )
    folder = await _destination(caller, move_to) if move_to else None
    properties = rule_properties(
        name=name.strip(),
        sequence=max((each.sequence or 0 for each in rules), default=0) + 1,
        senders=senders,
        subject_words=subject_words,
        folder_id=folder.id if folder else None,
        mark_read=mark_read,
        categories=await define_categories(caller.graph, categories) if categories else (),
    )
    with report_unknown_outcome(_READ):
        made = await caller.graph.post(HeldRule, RULES, body=properties)
    return RuleChange(outcome="created", rule=made.described({folder.id: str(folder.name)} if folder else {}))


async def _destination(caller: Caller, move_to: str) -> MailFolder:
    """Returns the folder that mail is to be moved to; rules take ids alone."""
    graph = caller.with_scopes("Mail.Read").graph
    named = await resolve_folder(graph, move_to, argument="move_to")
    folder, root, *unseen = await run_all(
        graph.get(MailFolder, _FOLDER, each) for each in (named, "msgfolderroot", *_UNSEEN)
    )
    above: MailFolder = folder
    for _ in range(_DEEPEST):
        if {above.id, above.parent_id} & {each.id for each in unseen}:
            break
        if above.parent_id in (None, root.id):
            return folder
        above = await graph.get(MailFolder, _FOLDER, above.parent_id)
    raise ToolError(
        "forbidden",
        "move_to: a rule that moves mail where nobody sees it is not made here.",
        "Name another folder. The user can make such a rule in Outlook.",
    )
