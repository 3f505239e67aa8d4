"""Reads the HTML that OneNote is given, and writes the HTML of its pages."""

from __future__ import annotations

import html
import uuid
from xml.etree import ElementTree

from local.graph.errors import GraphError

_KEPT = frozenset(
    ("a", "b", "br", "cite", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "i", "img", "li", "object",
     "ol", "p", "pre", "span", "strong", "sub", "sup", "table", "td", "th", "tr", "u", "ul")
)  # fmt: skip
_DROPPED = frozenset(("script", "style", "form", "input", "button", "iframe"))
_ATTRIBUTES = frozenset(("href", "src", "alt", "width", "height", "data", "data-attachment", "data-id",
                         "data-tag", "style", "type", "border"))  # fmt: skip
_OUTLINE = '<div data-id="_default" style="position:absolute;left:48px;top:120px;width:624px">'


def parsed_page(source: bytes) -> tuple[str, list[str]]:
    """Returns the title and the blocks of a page that is created.

    Raises:
        GraphError: The HTML is not well-formed.
    """
    root = _parsed(source.decode("utf-8", "replace"))
    title = root.findtext("head/title") or root.findtext("title") or ""
    body = root.find("body")
    return " ".join(title.split()), blocks_of(root if body is None else body)


def parsed_content(source: str) -> list[str]:
    """Returns the blocks of the content of a change.

    Raises:
        GraphError: The HTML is not well-formed.
    """
    return blocks_of(_parsed(f"<body>{source}</body>"))


def blocks_of(body: ElementTree.Element) -> list[str]:
    """Returns what OneNote keeps of the elements of a body; text between them becomes paragraphs."""
    first = (body.text or "").strip()
    blocks = [f"<p>{html.escape(first)}</p>"] if first else []
    for each in body:
        if kept := _kept(each):
            blocks.append(kept)
        if (each.tail or "").strip():
            blocks.append(f"<p>{html.escape((each.tail or '').strip())}</p>")
    return blocks


def page_html(title: str, created: str, blocks: list[str], *, with_ids: bool) -> str:
    """Returns the HTML of a page: one outline that holds all blocks."""
    shown = [_with_id(block) for block in blocks] if with_ids else blocks
    return (
        f'<html lang="en-GB">\r\n\t<head>\r\n\t\t<title>{html.escape(title)}</title>\r\n'
        '\t\t<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />\r\n'
        f'\t\t<meta name="created" content="{created}" />\r\n\t</head>\r\n'
        '\t<body data-absolute-enabled="true" style="font-family:Calibri;font-size:11pt">\r\n'
        f"\t\t{_OUTLINE}\r\n" + "\r\n".join(shown) + "\r\n\t\t</div>\r\n\t</body>\r\n</html>\r\n"
    )


def _parsed(source: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(source)  # noqa: S314 - the local tenant's own clients send it
    except ElementTree.ParseError as error:
        raise GraphError(400, "20001", f"The HTML is not well-formed: {error}.") from error


def _kept(element: ElementTree.Element) -> str:
    tag = element.tag.rpartition("}")[2].casefold()
    if tag in _DROPPED:
        return ""
    inner = html.escape(element.text or "") + "".join(
        _kept(each) + html.escape(each.tail or "") for each in element
    )
    if tag not in _KEPT:
        return inner
    attributes = "".join(
        f' {name}="{html.escape(value)}"' for name, value in element.attrib.items() if name in _ATTRIBUTES
    )
    return f"<{tag}{attributes} />" if tag in ("br", "img") else f"<{tag}{attributes}>{inner}</{tag}>"


def _with_id(block: str) -> str:
    name, separator, rest = block.partition(">")
    tag = name.removeprefix("<").split()[0].rstrip("/")
    return f'{name} id="{tag}:{{{uuid.uuid4()}}}{{1}}"{separator}{rest}' if not name.endswith("/") else block
