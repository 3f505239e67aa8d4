"""Bodies of outgoing mail: plain, in Markdown, or in simple HTML; above what is answered."""

from typing import Any

import pytest

from local.organisation import organisation
from shared.errors import ToolError
from shared.tools.microsoft365.mail import graph_get_email
from shared.tools.microsoft365.mail_writing import graph_create_draft, graph_send_email
from tests.shared.tools.mailroom import message
from tests.shared.tools.played_graph import PlayedGraph
from tests.shared.tools.sandbox import Sandbox, consented, downstream_token

BEN = "ben.osei@larkspur.example"
MARKDOWN = "Hi **Ben**,\n\n- agents\n- `redis-cache`\n\n[run](https://dev.azure.com/larkspur)"
HTML = '<p onclick="x()">Hi <b>Ben</b><script>1</script><img src="https://t.example/1.png"></p>'
DRAFT = {
    "@odata.etag": 'W/"d"',
    "id": "D1",
    "isDraft": True,
    "lastModifiedDateTime": "2030-01-01T00:00:00Z",
    "toRecipients": [{"emailAddress": {"address": BEN}}],
}


async def stored(sandbox: Sandbox, message_id: str) -> dict[str, str]:
    """A body as the mailbox holds it."""
    ana = organisation().user("ana")
    token = downstream_token(ana, "graph", consented(ana, "graph"))
    answer = await sandbox.http.get(
        f"{sandbox.layout.graph}/v1.0/me/messages/{message_id}", headers={"Authorization": f"Bearer {token}"}
    )
    return dict(answer.raise_for_status().json()["body"])


async def test_markdown_is_sent_as_html(sandbox: Sandbox):
    draft = await sandbox.call(graph_create_draft, body=MARKDOWN, format="markdown", to=[BEN])
    body = await stored(sandbox, draft.id)

    assert "html" == body["contentType"]
    assert (
        "<p>Hi <strong>Ben</strong>,</p>\n<ul><li>agents</li><li><code>redis-cache</code></li></ul>"
        in (body["content"])
    )
    assert '<a href="https://dev.azure.com/larkspur">run</a>' in body["content"]


async def test_html_is_cleaned_and_what_is_missed_is_said(sandbox: Sandbox):
    draft = await sandbox.call(graph_create_draft, body=HTML, format="html", to=[BEN])
    sending = await sandbox.call(graph_send_email, body=HTML, format="html", to=[BEN], subject="Hi")
    body = await stored(sandbox, draft.id)

    assert "<p>Hi <b>Ben</b></p>" == body["content"]
    assert ["script", "img"] == draft.left_out == sending.left_out


async def test_plain_text_stays_plain(sandbox: Sandbox):
    draft = await sandbox.call(graph_create_draft, body="**Hi** <b>Ben</b>", to=[BEN])
    email = await sandbox.call(graph_get_email, message_id=draft.id)

    assert "**Hi** <b>Ben</b>" == email.body.text
    assert [] == draft.left_out


@pytest.mark.parametrize("kind", ["reply", "reply_all", "forward"])
@pytest.mark.parametrize(
    ("form", "body", "shown"),
    [
        ("markdown", "Hi **Ben**", "Hi <strong>Ben</strong>"),
        ("html", "<p>Hi <b>Ben</b></p>", "Hi <b>Ben</b>"),
    ],
)
async def test_what_is_answered_stays_below(sandbox: Sandbox, kind: str, form: str, body: str, shown: str):
    red = await message(sandbox, '"Dmitri moved it two days ago"')
    draft = await sandbox.call(
        graph_create_draft,
        kind=kind,
        message_id=red.id,
        body=body,
        format=form,
        to=[BEN] if kind == "forward" else [],
    )
    above, _, below = (await stored(sandbox, draft.id))["content"].partition("<hr>")

    assert shown in above
    assert "Dmitri moved it two days ago" in below


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<img src=x>", "body: nothing is left of it without img."),
        ("<script>1</script>", "body: nothing is left of it without script."),
        ("<!-- x -->", "body: nothing is left of it without what is not shown."),
        ("<b>" * 10_001, "body: it has more than 10,000 HTML elements."),
    ],
)
async def test_html_of_which_nothing_is_left_is_refused(read_only: Sandbox, body: str, said: str):
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_create_draft, body=body, format="html")

    assert ("invalid_argument", said) == (refused.value.code, refused.value.message)


def changes(graph: PlayedGraph) -> list[Any]:
    return [each.body for each in graph.requests if each.method == "PATCH"]


@pytest.mark.parametrize(
    "content",
    [
        "<html><body>\r\n<div>Hi <strong>Ben</strong></div><hr>Old</body></html>",
        "<html><body><p>Hi&nbsp;<b>Ben</b></p><div>Regards, Ana</div><hr>Old</body></html>",
        '<p>Hi <b>Ben</b></p><div id="divRplyFwdMsg">Old</div>',
        "Hi Ben, as you said: old",
    ],
)
async def test_a_reply_that_has_its_text_is_left_as_the_mailbox_made_it(content: str):
    draft = {**DRAFT, "body": {"contentType": "html", "content": content}}
    graph = PlayedGraph(lambda sent: (201 if sent.method == "POST" else 200, draft))
    await graph.call(graph_create_draft, kind="reply", message_id="M1", body="Hi **Ben**", format="markdown")

    assert [] == changes(graph)


async def test_a_reply_that_lacks_its_text_gets_it_above_what_the_mailbox_made():
    """Known issues with Microsoft Graph: a comment was not put into the draft."""
    content = '<html><body dir="ltr"><div>Regards, Ana</div><hr>Old</body></html>'
    draft = {**DRAFT, "body": {"contentType": "html", "content": content}}
    graph = PlayedGraph(lambda sent: (201 if sent.method == "POST" else 200, draft))
    await graph.call(graph_create_draft, kind="reply", message_id="M1", body="Hi Ben")
    (change,) = changes(graph)

    assert (
        '<html><body dir="ltr"><div>Hi Ben</div><div>Regards, Ana</div><hr>Old</body></html>'
        == change["body"]["content"]
    )


@pytest.mark.parametrize(
    ("body", "held", "wanted"),
    [
        ("Yes", "<body><hr>Yes or no?</body>", "<body><div>Yes</div><hr>Yes or no?</body>"),
        ("Yes", "<div>Can you? Yes or no?</div>", "<div>Yes</div><div>Can you? Yes or no?</div>"),
        ("👍", "<body><hr>Old</body>", "<body><div>👍</div><hr>Old</body>"),
        ("Yes", "", "<div>Yes</div>"),
    ],
)
async def test_words_of_the_message_answered_are_not_taken_for_the_reply(body: str, held: str, wanted: str):
    """A short answer may well stand in what it answers."""
    draft = {**DRAFT, "body": {"contentType": "html", "content": held}}
    graph = PlayedGraph(lambda sent: (201 if sent.method == "POST" else 200, draft))
    await graph.call(graph_create_draft, kind="reply", message_id="M1", body=body)
    (change,) = changes(graph)

    assert {"contentType": "html", "content": wanted} == change["body"]


async def test_a_reply_in_plain_text_that_lacks_its_text_gets_it_too():
    draft = {**DRAFT, "body": {"contentType": "text", "content": "____\nFrom: Ben\nYes or no?"}}
    graph = PlayedGraph(lambda sent: (201 if sent.method == "POST" else 200, draft))
    await graph.call(graph_create_draft, kind="reply", message_id="M1", body="Yes")
    (change,) = changes(graph)

    assert {"contentType": "text", "content": "Yes\n\n____\nFrom: Ben\nYes or no?"} == change["body"]
