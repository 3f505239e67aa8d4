"""Cursors are short, and good for their owner and their list alone."""

import pytest

from shared.errors import ToolError
from shared.results.paging import Cursors

LINK = (
    "https://graph.microsoft.com/v1.0/me/mailFolders/inbox/messages?$select=id%2Csubject%2Cfrom%2C"
    "receivedDateTime%2CisRead%2ChasAttachments%2CconversationId%2CwebLink&$top=25&$orderby=receivedDateTime"
    "%20desc&$skiptoken=WzI1LCBmYWxzZV0%3D"
)
QUERY = (
    "https://graph.microsoft.com/v1.0/me/mailFolders/inbox/messages?{'$select': 'id,subject,from,"
    "receivedDateTime,isRead,hasAttachments,conversationId,webLink', '$top': '25', '$orderby': "
    "'receivedDateTime desc'}"
)
CURSORS = Cursors(b"key", "tenant/ana")


@pytest.mark.parametrize(
    "position", [{"link": LINK}, {"link": "", "skip": 7}, {"start": 25, "passed": "x" * 32}, {"a": "é" * 99}]
)
@pytest.mark.parametrize("query", [QUERY, "", "q\ud800", "x" * 100_000])
def test_a_cursor_names_its_position(position: dict[str, object], query: str) -> None:
    assert position == CURSORS.open(query, CURSORS.seal(query, position))


def test_a_cursor_repeats_little_of_the_query() -> None:
    assert len(CURSORS.seal(QUERY, {"link": LINK})) < len(LINK) / 2


@pytest.mark.parametrize(
    "cursor",
    [
        CURSORS.seal(QUERY + "x", {"link": LINK}),
        Cursors(b"key", "tenant/ben").seal(QUERY, {"link": LINK}),
        Cursors(b"other", "tenant/ana").seal(QUERY, {"link": LINK}),
        CURSORS.seal(QUERY, {"link": LINK})[:-4],
        "",
        "!",
        "AAAA",
    ],
)
def test_a_cursor_of_somebody_or_something_else_is_refused(cursor: str) -> None:
    with pytest.raises(ToolError) as refused:
        CURSORS.open(QUERY, cursor)

    assert "invalid_argument" == refused.value.code
