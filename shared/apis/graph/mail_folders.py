"""Resolves names of mail folders to their ids."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass

from shared.apis.graph.graph_client import Graph
from shared.apis.graph.mail_messages import MailFolder
from shared.concurrency import run_all
from shared.errors import ToolError

WELL_KNOWN: Mapping[str, str] = {
    "inbox": "inbox",
    "drafts": "drafts",
    "sentitems": "sentitems",
    "sent": "sentitems",
    "deleteditems": "deleteditems",
    "deleted": "deleteditems",
    "trash": "deleteditems",
    "junkemail": "junkemail",
    "junk": "junkemail",
    "spam": "junkemail",
    "archive": "archive",
    "outbox": "outbox",
}
"""What people call the folders every mailbox has, and Graph's name for each."""

_ID = re.compile(r"A[A-Z]Mk[\w=-]{20,}", re.ASCII)
_MOST = 1_000
_NAMED = 40
# "Microsoft Graph service-specific throttling limits": at most four at a time for one mailbox.
_AT_ONCE = 4


@dataclass(frozen=True)
class _FolderPath:
    """Holds a folder and its path from the top."""

    path: str
    folder: MailFolder

    def is_called(self, name: str) -> bool:
        return name in (self.path, self.folder.name)

    def is_called_about(self, name: str) -> bool:
        return name.casefold() in (self.path.casefold(), str(self.folder.name).casefold())


async def resolve_folder(graph: Graph, name: str, *, argument: str) -> str:
    """Resolves a folder to its id or well-known name.

    Args:
        graph: The caller's.
        name: An id, a well-known name, or the folder's own, perhaps with those above it: `Projects/Cache`.
        argument: What the tool calls it.

    Raises:
        ToolError: `invalid_argument`: no folder has this name, or several have.
    """
    well_known = WELL_KNOWN.get(re.sub(r"\s+", "", name).casefold())
    if well_known or _ID.fullmatch(name):
        return well_known or name
    return (await _find(graph, name.strip("/"), argument)).id


async def _find(graph: Graph, name: str, argument: str) -> MailFolder:
    """Finds the folder of this name that is nearest to the top."""
    known: list[_FolderPath] = []
    level = await _inside(graph, None)
    while level and len(known) < _MOST:
        matches = [each for each in level if each.is_called(name)] or [
            each for each in level if each.is_called_about(name)
        ]
        if len(matches) == 1:
            return matches[0].folder
        if matches:
            raise ToolError(
                "invalid_argument",
                f"{argument}: {len(matches)} folders have this name.",
                f"Say which one: {_listed(matches)}.",
            )
        known += level
        turns = asyncio.Semaphore(_AT_ONCE)
        parents = [each for each in level if each.folder.folders_inside]
        inside = await run_all(_in_turn(graph, each, turns) for each in parents)
        level = [each for folders in inside for each in folders]
    raise ToolError(
        "invalid_argument",
        f"{argument}: no folder of the mailbox has this name.",
        f"There are: {_listed(known)}. graph_list_mail_folders lists them with their ids.",
    )


async def _in_turn(graph: Graph, parent: _FolderPath, turns: asyncio.Semaphore) -> list[_FolderPath]:
    async with turns:
        return await _inside(graph, parent)


async def _inside(graph: Graph, parent: _FolderPath | None) -> list[_FolderPath]:
    if parent is None:
        folders, _ = await graph.list_all(MailFolder, "/me/mailFolders", most=_MOST)
        return [_FolderPath(str(each.name), each) for each in folders]
    folders, _ = await graph.list_all(
        MailFolder, "/me/mailFolders/{}/childFolders", parent.folder.id, most=_MOST
    )
    return [_FolderPath(f"{parent.path}/{each.name}", each) for each in folders]


def _listed(places: list[_FolderPath]) -> str:
    rest = f" and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
    return ", ".join(each.path for each in places[:_NAMED]) + rest
