"""Writes the bodies of outgoing mail: plain text, Markdown or simple HTML."""

import asyncio
from typing import Literal, NamedTuple

from shared.apis.graph.mail_messages import MessageBody
from shared.errors import ToolError
from shared.text.markdown_to_html import markdown_to_html
from shared.text.safe_html import safe_html

_MOST_TAGS = 10_000
_LONG = 20_000


class WrittenBody(NamedTuple):
    """Holds a body as it is sent, and the names of HTML elements that were left out of it."""

    body: MessageBody
    left_out: list[str]


async def write_body(text: str, form: Literal["text", "markdown", "html"]) -> WrittenBody:
    """Returns the body that a text in this form stands for.

    Raises:
        ToolError: `invalid_argument`: nothing that is seen is left of it, or it has too many elements.
    """
    # A long text takes long enough to keep other calls waiting.
    return _written(text, form) if len(text) < _LONG else await asyncio.to_thread(_written, text, form)


def _written(text: str, form: Literal["text", "markdown", "html"]) -> WrittenBody:
    if form == "text":
        return WrittenBody(MessageBody("text", text), [])
    if form == "markdown":
        return WrittenBody(MessageBody("html", markdown_to_html(text)), [])
    if text.count("<") > _MOST_TAGS:
        raise ToolError(
            "invalid_argument",
            f"body: it has more than {_MOST_TAGS:,} HTML elements.",
            "Give it as Markdown, or attach it as a file.",
        )
    cleaned = safe_html(text)
    if text.strip() and not cleaned.html.strip():
        raise ToolError(
            "invalid_argument",
            f"body: nothing is left of it without {', '.join(cleaned.left_out) or 'what is not shown'}.",
            "Give text in simple elements such as p, b, ul and a; attach pictures as files.",
        )
    return WrittenBody(MessageBody("html", cleaned.html), [*cleaned.left_out])
