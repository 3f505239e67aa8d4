"""Converts Markdown to HTML: the forms people write mail in, and none that loads or runs anything.

Headings, lists, quotes, code, tables, links, and emphasis. Line breaks are kept, as chats keep them; HTML in
it is shown as it was written; a picture becomes a link.
"""

import html
import re
from collections.abc import Callable, Sequence

from shared.text.safe_html import safe_link

_DEEPEST = 8
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t#]*$")
_RULE = re.compile(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$")
_QUOTE = re.compile(r" {0,3}> ?")
_ITEM = re.compile(r"( {0,3})([-*+]|[0-9]{1,9}[.)])(?:[ \t]+|$)")
_DIVISION = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_CELLS = re.compile(r"(?<!\\)\|")
_ESCAPED = frozenset("\\`*_{}[]()#+-.!~>|<\"'&:/")
_LINKED = re.compile(
    r"!?\[([^\[\]\n]{0,500})\]\(<?([^\s()<>]{1,2000}(?:\([^\s()<>]{0,500}\)[^\s()<>]{0,500})?)>?"
    r"(?:[ \t]+\"[^\"\n]{0,200}\")?\)"
)
_BARE = re.compile(r"<((?:https?://|mailto:)[^\s<>]{1,2000})>")
_SPECIAL = re.compile(r"[\\`*_~<!\[]|\n")
_TICKS = re.compile("`+")
_MOST_OPEN = 50
_MARKS = {"**": "strong", "__": "strong", "*": "em", "_": "em", "~~": "s"}


def markdown_to_html(text: str) -> str:
    """Returns the HTML of a text in Markdown. Raises nothing: any text is Markdown of some kind."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ").split("\n")
    return _blocks(lines, _DEEPEST)


def _blocks(lines: Sequence[str], deepest: int) -> str:
    written: list[str] = []
    position = 0
    while position < len(lines):
        block, position = _block(lines, position, deepest)
        written.append(block)
    return "\n".join(each for each in written if each)


def _block(lines: Sequence[str], position: int, deepest: int) -> tuple[str, int]:
    """Returns the HTML of the block that begins at a line, and the line after it."""
    line = lines[position]
    if not line.strip():
        return "", position + 1
    if fence := _FENCE.match(line):
        return _code(lines, position, fence[1])
    if heading := _HEADING.match(line):
        level = len(heading[1])
        return f"<h{level}>{_inline(heading[2])}</h{level}>", position + 1
    if _RULE.match(line):
        return "<hr>", position + 1
    if deepest and _QUOTE.match(line):
        end = _end(lines, position, lambda each: _QUOTE.match(each) is not None)
        inside = [_QUOTE.sub("", each, count=1) for each in lines[position:end]]
        return f"<blockquote>{_blocks(inside, deepest - 1)}</blockquote>", end
    if deepest and _ITEM.match(line):
        return _list(lines, position, deepest)
    if _begins_table(lines, position):
        return _table(lines, position)
    end = position + 1
    while end < len(lines) and not _begins_block(lines, end, deepest):
        end += 1
    return f"<p>{_inline(chr(10).join(each.strip() for each in lines[position:end]))}</p>", end


def _begins_block(lines: Sequence[str], position: int, deepest: int) -> bool:
    line = lines[position]
    return (
        not line.strip()
        or any(form.match(line) for form in (_FENCE, _HEADING, _RULE))
        or (deepest > 0 and any(form.match(line) for form in (_QUOTE, _ITEM)))
        or _begins_table(lines, position)
    )


def _begins_table(lines: Sequence[str], position: int) -> bool:
    following = lines[position + 1] if position + 1 < len(lines) else ""
    return "|" in lines[position] and "|" in following and _DIVISION.match(following) is not None


def _end(lines: Sequence[str], position: int, belongs: Callable[[str], bool]) -> int:
    end = position + 1
    while end < len(lines) and belongs(lines[end]):
        end += 1
    return end


def _code(lines: Sequence[str], position: int, fence: str) -> tuple[str, int]:
    end = _end(lines, position, lambda each: not each.strip().startswith(fence))
    content = "\n".join(lines[position + 1 : end])
    return f"<pre><code>{html.escape(content, quote=False)}</code></pre>", end + 1


def _list(lines: Sequence[str], position: int, deepest: int) -> tuple[str, int]:
    first = _ITEM.match(lines[position])
    if first is None:
        raise ValueError("no list begins here")
    ordered = first[2][0].isdigit()
    items: list[list[str]] = []
    base, indent = len(first[1]), 0
    while position < len(lines):
        line = lines[position]
        begins = _sibling(line, ordered, base)
        if begins:
            indent = len(begins[0]) if line.strip() != begins[2] else len(begins[1]) + 2
            items.append([line[begins.end() :]])
        elif not line.strip():
            following = _end(lines, position, lambda each: not each.strip())
            if following == len(lines) or not (
                _is_inside(lines[following], base) or _sibling(lines[following], ordered, base)
            ):
                break
            items[-1].append("")
            position = following
            continue
        elif _is_inside(line, base):
            items[-1].append(line[min(indent, len(line) - len(line.lstrip())) :])
        elif not _begins_block(lines, position, deepest):
            items[-1].append(line.strip())
        else:
            break
        position += 1
    start = first[2][:-1].lstrip("0") if ordered else ""
    begin = f'<ol start="{start}">' if start not in ("", "1") else "<ol>" if ordered else "<ul>"
    inside = "".join(f"<li>{_item(each, deepest - 1)}</li>" for each in items)
    return f"{begin}{inside}</{'ol' if ordered else 'ul'}>", position


def _sibling(line: str, ordered: bool, base: int) -> re.Match[str] | None:
    """Returns the beginning of a further item of a list that is indented so far."""
    begins = _ITEM.match(line)
    is_one = begins and begins[2][0].isdigit() == ordered and len(begins[1]) < base + 2
    return begins if is_one and not _RULE.match(line) else None


def _is_inside(line: str, base: int) -> bool:
    """Tells whether a line is indented into an item; two spaces more than it are enough."""
    return len(line) - len(line.lstrip()) >= base + 2


def _item(lines: list[str], deepest: int) -> str:
    """Returns what is in an item; a single paragraph stands there without an element of its own."""
    inside = _blocks(lines, deepest)
    text, between, rest = inside.removeprefix("<p>").partition("</p>")
    plain = inside.startswith("<p>") and not rest.lstrip().startswith("<p>")
    return text + rest if plain and between else inside


def _table(lines: Sequence[str], position: int) -> tuple[str, int]:
    end = _end(lines, position + 1, lambda each: "|" in each and bool(each.strip()))
    head = _row(lines[position], "th")
    rows = "".join(_row(each, "td") for each in lines[position + 2 : end])
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>", end


def _row(line: str, tag: str) -> str:
    cells = _CELLS.split(re.sub(r"(?<!\\)\|$", "", line.strip().removeprefix("|")))
    inside = "".join(f"<{tag}>{_inline(each.strip())}</{tag}>" for each in cells)
    return f"<tr>{inside}</tr>"


def _inline(text: str, *, links: bool = True) -> str:
    """Returns the HTML of a line's or paragraph's text."""
    parts: list[str] = []
    opened: list[tuple[str, int]] = []
    unclosed: set[str] = set()
    position = 0
    while found := _SPECIAL.search(text, position):
        parts.append(html.escape(text[position : found.start()], quote=False))
        position = _special(text, found.start(), parts, opened, unclosed, links=links)
    parts.append(html.escape(text[position:], quote=False))
    return "".join(parts)


def _special(
    text: str,
    start: int,
    parts: list[str],
    opened: list[tuple[str, int]],
    unclosed: set[str],
    *,
    links: bool,
) -> int:
    """Writes what begins at a special character, and returns where the text goes on."""
    character = text[start]
    match character:
        case "\n":
            parts.append("<br>\n")
            return start + 1
        case "\\" if text[start + 1 : start + 2] in _ESCAPED:
            parts.append(html.escape(text[start + 1 : start + 2], quote=False))
            return start + 2
        case "`":
            return _code_span(text, start, parts, unclosed)
        case "*" | "_" | "~":
            return _emphasis(text, start, parts, opened)
    link = (_BARE if character == "<" else _LINKED).match(text, start) if links else None
    address = safe_link(html.unescape(link[link.lastindex or 1])) if link else None
    if link is None or address is None:
        parts.append(html.escape(character, quote=False))
        return start + 1
    shown = _inline(link[1], links=False) if character != "<" else ""
    parts.append(f'<a href="{html.escape(address)}">{shown or html.escape(address)}</a>')
    return link.end()


def _code_span(text: str, start: int, parts: list[str], unclosed: set[str]) -> int:
    ticks = _TICKS.match(text, start)
    run = ticks[0] if ticks else "`"
    end = -1 if run in unclosed else text.find(run, start + len(run))
    while end >= 0 and text[end + len(run) : end + len(run) + 1] == "`":
        end = text.find(run, end + len(run) + 1)
    if end < 0:
        unclosed.add(run)
        parts.append(run)
        return start + len(run)
    parts.append(f"<code>{html.escape(text[start + len(run) : end].strip(), quote=False)}</code>")
    return end + len(run)


def _emphasis(text: str, start: int, parts: list[str], opened: list[tuple[str, int]]) -> int:
    character = text[start]
    mark = character * 2 if text.startswith(character * 2, start) else character
    before = text[start - 1 : start]
    if len(mark) == 2 and opened and opened[-1][0] == character and before.strip():
        mark = character  # as in ***both***, where the inner one ends first
    end = start + len(mark)
    tag, after = _MARKS.get(mark), text[end : end + 1]
    is_word = character == "_"
    if tag and before.strip() and not (is_word and after.isalnum()) and mark in (each for each, _ in opened):
        while opened[-1][0] != mark:
            opened.pop()
        _, place = opened.pop()
        parts[place] = f"<{tag}>"
        parts.append(f"</{tag}>")
        return end
    if tag and after.strip() and not (is_word and before.isalnum()):
        opened.append((mark, len(parts)))
        del opened[:-_MOST_OPEN]
    parts.append(mark)
    return end
