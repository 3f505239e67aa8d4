"""Converts bodies of messages and events between HTML and text."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

from local.graph.odata import Resource

_UNSHOWN = frozenset({"script", "style", "head", "title"})
_BREAKS = frozenset({"p", "br", "div", "tr", "li", "table", "h1", "h2", "h3", "ul", "ol", "blockquote"})
_PREVIEW = 255


class _Text(HTMLParser):
    """Collects the text of a document. Hidden elements are text too: Outlook does not run style sheets."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._unshown = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _UNSHOWN:
            self._unshown += 1
        elif tag in _BREAKS:
            self.parts.append("\r\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSHOWN:
            self._unshown = max(0, self._unshown - 1)

    def handle_data(self, data: str) -> None:
        if not self._unshown:
            self.parts.append(re.sub(r"[ \t\r\n]+", " ", data))


def as_text(body: Resource) -> str:
    """Returns the text of a body."""
    content = str(body["content"])
    if str(body["contentType"]).casefold() != "html":
        return content
    parser = _Text()
    parser.feed(content)
    parser.close()
    return re.sub(r"(\r\n){3,}", "\r\n\r\n", "".join(parser.parts)).strip()


def as_html(body: Resource) -> str:
    """Returns the HTML of a body."""
    content = str(body["content"])
    if str(body["contentType"]).casefold() == "html":
        return content
    lines = html.escape(content, quote=False).replace("\r\n", "\n").split("\n")
    head = '<head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>'
    return f"<html>{head}<body>{'<br>'.join(lines)}</body></html>"


def in_format(body: Resource, wanted: str | None) -> Resource:
    """Returns the body in the format `Prefer: outlook.body-content-type` names; HTML without one."""
    if (wanted or "").casefold() == "text":
        return {"contentType": "text", "content": as_text(body)}
    return {"contentType": "html", "content": as_html(body)}


def preview(body: Resource) -> str:
    """Returns the beginning of the text, as lists show it."""
    return as_text(body).strip()[:_PREVIEW]
