"""Converts the Markdown people write in chats to the few HTML elements that chats show."""

import html
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

_KEPT = re.compile("\ue000([0-9]+)\ue001")
_OWN = str.maketrans("", "", "\ue000\ue001")
_ESCAPED = re.compile(r"\\([`*_~\[\]#>])")
_CODE = re.compile(r"`([^`\n]{1,1000})`")
_FENCE = re.compile(r"^ {0,3}```.*$")
_HEADING = re.compile(r"^(#{1,6}) +(.*)$")
_ITEM = re.compile(r"^\s*(?:(?P<bullet>[-*+])|(?P<number>[0-9]{1,9})[.)]) +(?P<text>.*)$")
_QUOTE = re.compile(r"^> ?(.*)$")
# What stands in them is bounded, so that a text of nothing but marks takes no longer than another.
_INSIDE = r"(?=\S)(?P<{}>.{{1,1000}}?)(?<=\S)"
_INLINE = re.compile(
    "|".join(
        (
            r"\*\*" + _INSIDE.format("strong") + r"\*\*",
            r"~~" + _INSIDE.format("s") + r"~~",
            r"(?<![\w*])\*" + _INSIDE.format("em") + r"\*(?![\w*])",
            r"(?<!\w)_(?!_)" + _INSIDE.format("i") + r"(?<!_)_(?!\w)",
            r"\[(?P<label>[^\[\]\n]{1,1000})\]\((?P<url>(?:https?://|mailto:)[^\s()]{1,2000})\)",
            r"(?P<bare>https?://[^\s\ue000\ue001]{1,2000})",
        )
    )
)
_AFTER_URL = re.compile(r"(?:[.,;:!?)\]*_~]|&quot;|&#x27;|&gt;)+$")
_TAGS = {"strong": "strong", "s": "s", "em": "em", "i": "em"}
_DEEPEST = 4


def chat_markup(
    text: str, pattern: re.Pattern[str] | None = None, render: Callable[[str], str] = html.escape
) -> str:
    """Returns the HTML of a text: paragraphs, lines, emphasis, code, links, lists, quotes and headings.

    Everything else is escaped, and stays as it was written.

    Args:
        text: In Markdown; of its HTML nothing is taken for HTML.
        pattern: What has HTML of its own, such as a mention.
        render: Returns that HTML of a match's text.
    """
    return _Converter(pattern, render).convert(text)


class _Converter:
    """Converts one text. HTML that is ready is kept aside, a mark in its place, safe from other rules."""

    def __init__(self, pattern: re.Pattern[str] | None, render: Callable[[str], str]) -> None:
        self._pattern = pattern
        self._render = render
        self._kept: list[str] = []

    def convert(self, text: str) -> str:
        plain = text.replace("\r\n", "\n").replace("\r", "\n").translate(_OWN)
        if self._pattern is not None:
            plain = self._pattern.sub(lambda match: self._keep(self._render(match[0])), plain)
        made = "\n".join(self._blocks(plain.split("\n")))
        # What is kept may hold marks of what was kept before it.
        while _KEPT.search(made):
            made = _KEPT.sub(lambda match: self._kept[int(match[1])], made)
        return made

    def _keep(self, ready: str) -> str:
        self._kept.append(ready)
        return f"\ue000{len(self._kept) - 1}\ue001"

    def _blocks(self, lines: Sequence[str]) -> Iterator[str]:
        waiting: list[str] = []
        fenced: list[str] | None = None
        for line in lines:
            if _FENCE.match(line):
                yield from self._flow(waiting) if fenced is None else [self._preformatted(fenced)]
                waiting, fenced = [], [] if fenced is None else None
            elif fenced is not None:
                fenced.append(line)
            else:
                waiting.append(line)
        yield from self._flow(waiting)
        if fenced:
            yield self._preformatted(fenced)

    def _preformatted(self, lines: Sequence[str]) -> str:
        return f"<pre>{html.escape('\n'.join(lines))}</pre>"

    def _flow(self, lines: Sequence[str]) -> Iterator[str]:
        """Yields the blocks of lines outside of fences; lines of one kind in a row are one block."""
        for kind, group in groupby(lines, _kind):
            block = list(group)
            match kind:
                case "heading":
                    for line in block:
                        marks, title = _HEADING.fullmatch(line).groups()  # type: ignore[union-attr]
                        level = min(len(marks), 3)
                        yield f"<h{level}>{self._inline(title)}</h{level}>"
                case "ul" | "ol":
                    items = [each for line in block if (each := _ITEM.fullmatch(line))]
                    inner = "".join(f"<li>{self._inline(each['text'])}</li>" for each in items)
                    # A list that was interrupted goes on counting.
                    first = int(items[0]["number"] or 1)
                    yield f"<{kind}{f' start="{first}"' if first != 1 else ''}>{inner}</{kind}>"
                case "quote":
                    inside = (_QUOTE.fullmatch(line) for line in block)
                    yield f"<blockquote>{self._lines([each[1] for each in inside if each])}</blockquote>"
                case "text":
                    yield f"<p>{self._lines(block)}</p>"

    def _lines(self, lines: Sequence[str]) -> str:
        return "<br>".join(self._inline(line) for line in lines)

    def _inline(self, text: str) -> str:
        text = _CODE.sub(lambda match: self._keep(f"<code>{html.escape(match[1])}</code>"), text)
        text = _ESCAPED.sub(lambda match: self._keep(html.escape(match[1])), text)
        return self._emphasized(html.escape(text), 0)

    def _emphasized(self, escaped: str, depth: int) -> str:
        if depth > _DEEPEST:
            return escaped
        return _INLINE.sub(lambda match: self._marked_up(match, depth), escaped)

    def _marked_up(self, match: re.Match[str], depth: int) -> str:
        name = str(match.lastgroup)
        if name == "bare":
            tail = _AFTER_URL.search(match[0])
            address, after = (match[0][: tail.start()], tail[0]) if tail else (match[0], "")
            return f'<a href="{address}">{address}</a>{after}'
        if name == "url":
            if _KEPT.search(match["url"]):
                return match[0]
            return f'<a href="{match["url"]}">{self._emphasized(match["label"], _DEEPEST + 1)}</a>'
        tag = _TAGS[name]
        return f"<{tag}>{self._emphasized(match[name], depth + 1)}</{tag}>"


def _kind(line: str) -> str:
    if not line.strip():
        return "blank"
    if _HEADING.fullmatch(line):
        return "heading"
    if _QUOTE.fullmatch(line):
        return "quote"
    if item := _ITEM.fullmatch(line):
        return "ul" if item["bullet"] else "ol"
    return "text"
