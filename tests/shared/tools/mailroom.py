"""What the tests of the mail tools share: looking into the demo mailboxes, and putting something there."""

from typing import Any

from local.organisation import organisation
from shared.tools.microsoft365.mail import graph_list_mail_folders, graph_search_emails
from tests.shared.tools.sandbox import Sandbox, consented, downstream_token


async def message(sandbox: Sandbox, query: str, user: str = "ana") -> Any:
    """The newest message that a search finds."""
    return (await sandbox.call(graph_search_emails, user=user, query=query, limit=1)).items[0]


async def whole(sandbox: Sandbox, function: Any, **arguments: Any) -> list[Any]:
    """All items of a list, page by page."""
    page = await sandbox.call(function, **arguments)
    items = list(page.items)
    while page.next_cursor:
        assert not page.complete
        page = await sandbox.call(function, cursor=page.next_cursor, **arguments)
        items += page.items
    assert page.complete
    return items


async def folder(sandbox: Sandbox, name: str, **arguments: Any) -> Any:
    """The folder of this name."""
    folders = await whole(sandbox, graph_list_mail_folders, **arguments)
    return next(each for each in folders if each.name == name)


async def requests(sandbox: Sandbox) -> list[Any]:
    """What Graph was asked."""
    journal = (await sandbox.control("GET", "graph", "journal")).json()
    return [each for each in journal if each["event"] in ("answered", "fault", "refused")]


async def put(sandbox: Sandbox, path: str, document: dict[str, Any]) -> str:
    """The id of something put into Ana's mailbox beside the tools."""
    ana = organisation().user("ana")
    token = downstream_token(ana, "graph", consented(ana, "graph"))
    answer = await sandbox.http.post(
        f"{sandbox.layout.graph}/v1.0/me/{path}", json=document, headers={"Authorization": f"Bearer {token}"}
    )
    return str(answer.raise_for_status().json()["id"])
