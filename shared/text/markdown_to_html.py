"""Converts Markdown to HTML: the forms people write in, and none that loads or runs anything.

Headings, lists, quotes, code, tables, links, and emphasis. Line breaks are kept, as chats keep them; HTML in
it is shown as it was written; a picture becomes a link. Any text takes time in proportion to its length.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.text.content import clean
from shared.text.markdown_dialects import MAIL, Around, Dialect
from shared.text.markdown_inline import Inline, OwnHtml

_DEEPEST = 8
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)$")
_RULE = re.compile(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$")
_QUOTE = re.compile(r" {0,3}> ?")
_ITEM = re.compile(r"( {0,3})([-*+]|[0-9]{1,9}[.)])(?:[ \t]+|$)")
_TASK = re.compile(r" *[-*+] +\[([ xX])\] +(?=\S)")
_DIVISION = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_CELLS = re.compile(r"(?<!\\)\|")


def markdown_to_html(text: str, dialect: Dialect = MAIL, own: OwnHtml | None = None) -> str:
    """Returns the HTML of a text in Markdown. Raises nothing: any text is Markdown of some kind."""
    lines = clean(text.replace("\r\n", "\n").replace("\r", "\n")).replace("\t", "    ").split("\n")
    return _Blocks(dialect, Inline(dialect, own)).write(lines, _DEEPEST)


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Writes paragraphs, lists and the like; `deepest` is how far they may still stand in each other."""

    dialect: Dialect
    inline: Inline

    def write(self, lines: Sequence[str], deepest: int) -> str:
        written: list[str] = []
        position = 0
        while position < len(lines):
            block, position = self._block(lines, position, deepest)
            written.append(block)
        return self.dialect.between_blocks.join(each for each in written if each)

    def _block(self, lines: Sequence[str], position: int, deepest: int) -> tuple[str, int]:
        """Returns the HTML of the block that begins at a line, and the line after it."""
        line = lines[position]
        if not line.strip():
            return "", position + 1
        if fence := _FENCE.match(line):
            return self._code(lines, position, fence[1])
        if heading := _HEADING.match(line):
            level = min(len(heading[1]), self.dialect.smallest_heading)
            return f"<h{level}>{self.inline.write(_title(heading[2]))}</h{level}>", position + 1
        if self.dialect.rule and _RULE.match(line):
            return self.dialect.rule, position + 1
        if task := self._task(line):
            state = "to-do" if task[1] == " " else "to-do:completed"
            inside = self.inline.write(line[task.end() :].strip())
            return f'<p data-tag="{state}">{inside}</p>', position + 1
        if deepest and self._begins_quote(line):
            end = _end(lines, position, self._begins_quote)
            inner = [_QUOTE.sub("", each, count=1) for each in lines[position:end]]
            return f"<blockquote>{self._quoted(inner, deepest - 1)}</blockquote>", end
        if deepest and self._begins_list(line):
            return self._list(lines, position, deepest)
        if self._begins_table(lines, position):
            return self._table(lines, position)
        end = position + 1
        while end < len(lines) and not self._begins_block(lines, end, deepest):
            end += 1
        return f"<p>{self._lines(lines[position:end])}</p>", end

    def _lines(self, lines: Sequence[str]) -> str:
        return self.inline.write("\n".join(each.strip() for each in lines))

    def _quoted(self, lines: Sequence[str], deepest: int) -> str:
        return self.write(lines, deepest) if self.dialect.has_blocks_in_quotes else self._lines(lines)

    def _begins_block(self, lines: Sequence[str], position: int, deepest: int) -> bool:
        line = lines[position]
        return (
            not line.strip()
            or any(form.match(line) for form in (_FENCE, _HEADING))
            or (self.dialect.rule is not None and _RULE.match(line) is not None)
            or self._task(line) is not None
            or (deepest > 0 and (self._begins_quote(line) or self._begins_list(line)))
            or self._begins_table(lines, position)
        )

    def _begins_list(self, line: str) -> bool:
        item = _ITEM.match(line)
        if item is None:
            return False
        return self.dialect.has_starts_of_lists or not item[2][0].isdigit() or int(item[2][:-1]) == 1

    def _begins_quote(self, line: str) -> bool:
        return self.dialect.has_quotes and _QUOTE.match(line) is not None

    def _task(self, line: str) -> re.Match[str] | None:
        return _TASK.match(line) if self.dialect.has_tasks else None

    def _begins_table(self, lines: Sequence[str], position: int) -> bool:
        if self.dialect.table is None or "|" not in lines[position]:
            return False
        following = lines[position + 1] if position + 1 < len(lines) else ""
        return "|" in following and _DIVISION.match(following) is not None

    def _code(self, lines: Sequence[str], position: int, fence: str) -> tuple[str, int]:
        end = _end(lines, position, lambda each: not each.strip().startswith(fence))
        content = "\n".join(lines[position + 1 : end])
        return self.dialect.code_block.around(self.inline.plain(content)), end + 1

    def _list(self, lines: Sequence[str], position: int, deepest: int) -> tuple[str, int]:
        first = _ITEM.match(lines[position])
        if first is None:
            raise ValueError("no list begins here")
        ordered = first[2][0].isdigit()
        items: list[list[str]] = []
        base, indent = len(first[1]), 0
        while position < len(lines):
            line = lines[position]
            if self._task(line):
                break
            begins = self._sibling(line, ordered, base)
            if begins:
                indent = len(begins[0]) if line.strip() != begins[2] else len(begins[1]) + 2
                items.append([line[begins.end() :]])
            elif not line.strip():
                following = _end(lines, position, lambda each: not each.strip())
                if following == len(lines) or not (
                    _is_inside(lines[following], base) or self._sibling(lines[following], ordered, base)
                ):
                    break
                items[-1].append("")
                position = following
                continue
            elif _is_inside(line, base):
                items[-1].append(line[min(indent, len(line) - len(line.lstrip())) :])
            elif not self._begins_block(lines, position, deepest):
                items[-1].append(line.strip())
            else:
                break
            position += 1
        start = first[2][:-1].lstrip("0") if ordered and self.dialect.has_starts_of_lists else ""
        begin = f'<ol start="{start}">' if start not in ("", "1") else "<ol>" if ordered else "<ul>"
        inside = "".join(f"<li>{self._item(each, deepest - 1)}</li>" for each in items)
        return f"{begin}{inside}</{'ol' if ordered else 'ul'}>", position

    def _sibling(self, line: str, ordered: bool, base: int) -> re.Match[str] | None:
        """Returns the beginning of a further item of a list that is indented so far."""
        begins = _ITEM.match(line)
        is_one = begins and begins[2][0].isdigit() == ordered and len(begins[1]) < base + 2
        return begins if is_one and not (self.dialect.rule and _RULE.match(line)) else None

    def _item(self, lines: list[str], deepest: int) -> str:
        """Returns what is in an item; a single paragraph stands there without an element of its own."""
        inside = self.write(lines, deepest)
        text, between, rest = inside.removeprefix("<p>").partition("</p>")
        plain = inside.startswith("<p>") and not rest.lstrip().startswith("<p>")
        return text + rest if plain and between else inside

    def _table(self, lines: Sequence[str], position: int) -> tuple[str, int]:
        table = self.dialect.table
        if table is None:
            raise ValueError("no table is wanted here")
        end = _end(lines, position + 1, lambda each: "|" in each and bool(each.strip()))
        head = self._row(lines[position], table.head)
        rows = "".join(self._row(each, Around("<td>", "</td>")) for each in lines[position + 2 : end])
        return f"{table.before}{head}{table.between}{rows}{table.after}", end

    def _row(self, line: str, cell: Around) -> str:
        cells = _CELLS.split(re.sub(r"(?<!\\)\|$", "", line.strip().removeprefix("|")))
        return f"<tr>{''.join(cell.around(self.inline.write(each.strip())) for each in cells)}</tr>"


def _end(lines: Sequence[str], position: int, belongs: Callable[[str], bool]) -> int:
    end = position + 1
    while end < len(lines) and belongs(lines[end]):
        end += 1
    return end


def _is_inside(line: str, base: int) -> bool:
    """Tells whether a line is indented into an item; two spaces more than it are enough."""
    return len(line) - len(line.lstrip()) >= base + 2


def _title(written: str) -> str:
    """Returns a heading's text without the `#` that may end it, which a space divides from the text."""
    title = written.rstrip()
    shorter = title.rstrip("#")
    return shorter.rstrip() if not shorter.strip() or shorter.endswith(" ") else title
