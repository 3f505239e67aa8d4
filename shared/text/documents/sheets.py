"""Reads Excel workbooks: cells as they are shown, rows as lines, cells between tabs."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple, override

from shared.text.documents import number_formats
from shared.text.documents.drawings import add_drawing
from shared.text.documents.extract import Extract, damaged
from shared.text.documents.number_formats import DAYS_FROM_1900, DAYS_FROM_1904
from shared.text.documents.package import Package, Target, is_on, local_name, whole_number
from shared.text.documents.sheet_parts import Comments, People, page_text
from shared.text.documents.sheet_styles import CellStyle, Styles

ROWS = 5_000
"""Of one sheet."""
CELLS = 100_000
"""Of all sheets."""
COLUMNS = 256
_TRUE = ("1", "true")
_COMMENTS = 2_000
_NAMED = 20
_PAGE_TEXTS = {
    "oddHeader": "Header", "evenHeader": "Header", "firstHeader": "Header",
    "oddFooter": "Footer", "evenFooter": "Footer", "firstFooter": "Footer",
}  # fmt: skip


class _Sheet(NamedTuple):
    """Holds a sheet of the workbook: its name, its relationship, and whether it is shown."""

    name: str
    relationship: str
    is_shown: bool


class _Workbook(Target):
    """Reads the sheets of a workbook, and where its days begin."""

    def __init__(self) -> None:
        self.is_one = False
        self.sheets: list[_Sheet] = []
        self.first_day = DAYS_FROM_1900

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.is_one |= local_name(tag) == "workbook"
        if local_name(tag) == "sheet":
            relationship = next((value for name, value in attributes.items() if name.endswith("}id")), "")
            is_shown = attributes.get("state", "visible") == "visible"
            self.sheets.append(_Sheet(_one_line(attributes.get("name", "")), relationship, is_shown))
        elif local_name(tag) == "workbookPr" and attributes.get("date1904") in _TRUE:
            self.first_day = DAYS_FROM_1904


class _SharedStrings(Target):
    """Reads the texts that cells name by number."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._in_text = False
        self._in_phonetic = False

    @override
    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._in_phonetic |= local_name(tag) == "rPh"
        self._in_text = local_name(tag) == "t" and not self._in_phonetic

    def end(self, tag: str) -> None:
        match local_name(tag):
            case "t":
                self._in_text = False
            case "rPh":
                self._in_phonetic = False
            case "si":
                self.texts.append(_one_line("".join(self._parts)))
                self._parts = []

    def data(self, text: str) -> None:
        if self._in_text:
            self._parts.append(text)


class _Book:
    """Holds what the cells of a workbook refer to, and what was noted of them."""

    def __init__(
        self, extract: Extract, strings: list[str], styles: list[CellStyle], first_day: datetime
    ) -> None:
        self.extract = extract
        self.cells = 0
        self._strings = strings
        self._styles = styles
        self._first_day = first_day

    def shown(self, value: str, kind: str, style: int) -> str:
        """Returns a cell's value as a reader of the sheet sees it."""
        how = self._styles[style] if 0 <= style < len(self._styles) else CellStyle()
        text = self._value(value, kind, how)
        if text and number_formats.is_hidden(how.code):
            self.extract.leave_out("cells whose format hides their value")
            return ""
        if text and how.is_white:
            self.extract.note("Some cells have white text and no fill, so people may not see them.")
        return text

    def _value(self, value: str, kind: str, how: CellStyle) -> str:
        match kind:
            case "s":
                number = whole_number(value, -1)
                if 0 <= number < len(self._strings):
                    return self._strings[number]
                self.extract.leave_out("cells whose text the file does not hold")
                return ""
            case "b":
                return ("TRUE" if value in _TRUE else "FALSE") if value else ""
            case "n" if value:
                return number_formats.shown(value.strip(), how.code, self._first_day)
            case _:
                return _one_line(value)


class _Rows(Target):
    """Adds the rows of a sheet to the extract."""

    def __init__(self, book: _Book, sheet: str) -> None:
        self.page_texts: dict[str, str] = {}
        self._book = book
        self._sheet = sheet
        self._rows = 0
        self._row: dict[int, str] = {}
        self._number = 0
        self._hides_row = False
        self._hidden_columns: list[tuple[int, int]] = []
        self._column = 0
        self._kind = "n"
        self._style = 0
        self._reading: list[str] | None = None
        self._value: list[str] = []
        self._formula: list[str] = []
        self._shared: dict[str, str] = {}
        self._shared_id = ""
        self._in_phonetic = False
        self._hidden: dict[str, list[int]] = {"row": [], "column": []}
        self._page_part = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        match local_name(tag):
            case "col" if is_on(attributes.get("hidden", "0")):
                self._hidden_columns.append(
                    (whole_number(attributes.get("min")), whole_number(attributes.get("max")))
                )
            case "row":
                self._row, self._column = {}, 0
                self._number = whole_number(attributes.get("r"), self._number + 1)
                self._hides_row = is_on(attributes.get("hidden", "0"))
            case "c":
                self._column = column_number(attributes.get("r", "")) or self._column + 1
                self._kind = attributes.get("t", "n")
                self._style = whole_number(attributes.get("s"))
                self._value, self._formula, self._shared_id = [], [], ""
            case "v" | "t":
                self._reading = None if self._in_phonetic else self._value
            case "f":
                self._reading = self._formula
                self._shared_id = attributes.get("si", "") if attributes.get("t") == "shared" else ""
            case "rPh":  # what follows in it is how to pronounce the text
                self._in_phonetic = True
            case name if name in _PAGE_TEXTS:
                self._page_part, self._reading = name, []

    def end(self, tag: str) -> None:
        match local_name(tag):
            case "v" | "t" | "f":
                self._reading = None
            case "rPh":
                self._in_phonetic = False
            case "c":
                self._end_cell()
            case "row":
                self._end_row()
            case name if name == self._page_part and self._reading is not None:
                self.page_texts[name] = page_text("".join(self._reading))
                self._page_part, self._reading = "", None

    def data(self, text: str) -> None:
        if self._reading is not None:
            self._reading.append(text)

    def note_hidden(self) -> None:
        """Notes the rows and columns with something in them that the sheet hides."""
        for what, numbers in self._hidden.items():
            if numbers:
                listed = _ranges(sorted(set(numbers)), str if what == "row" else column_name)
                self._book.extract.leave_out(f"hidden {what}s of sheet {self._sheet}: {listed}")

    def _end_cell(self) -> None:
        formula = "".join(self._formula)
        if self._shared_id and formula:
            self._shared[self._shared_id] = formula
        text = self._book.shown("".join(self._value), self._kind, self._style)
        if not text and not "".join(self._value) and (formula or self._shared_id):
            # Never computed by the program that wrote the file.
            text = "=" + _one_line(formula or f"… (as {self._shared.get(self._shared_id, 'another cell')})")
        if not text:
            return
        if self._column > COLUMNS:
            self._book.extract.leave_out(f"columns after the first {COLUMNS}")
        elif any(first <= self._column <= last for first, last in self._hidden_columns):
            self._hidden["column"].append(self._column)
        else:
            self._row[self._column] = text
            self._book.cells += 1

    def _end_row(self) -> None:
        if not self._row:
            return
        if self._hides_row:
            self._hidden["row"].append(self._number)
            return
        if self._rows == ROWS or self._book.cells > CELLS:
            self._book.extract.leave_out(f"the rows of sheet {self._sheet} after the first {self._rows:,}")
            self.is_done = True
            return
        self._rows += 1
        cells = (self._row.get(column, "") for column in range(1, max(self._row) + 1))
        self._book.extract.add("\t".join(cells) + "\n")
        self.is_done = self._book.extract.is_full


def read_workbook(content: bytes, extract: Extract) -> None:
    """Adds the cells of a .xlsx, sheet after sheet; of formulas, the values they last had."""
    package = Package(content, extract)
    main = package.main_part("xl/workbook.xml")
    workbook, strings, styles, people = _Workbook(), _SharedStrings(), Styles(), People()
    package.feed(main, workbook)
    if not workbook.is_one:
        raise damaged()
    relationships = package.relationships(main)
    for kind, usual, target in (
        ("sharedStrings", "xl/sharedStrings.xml", strings),
        ("styles", "xl/styles.xml", styles),
        ("person", "xl/persons/person.xml", people),
    ):
        for part in package.related(main, kind, usual):
            package.feed_beside(part, target, f"what the part {kind} says")
    book = _Book(extract, strings.texts, styles.cells, workbook.first_day)
    for sheet in workbook.sheets:
        relationship = relationships.by_id.get(sheet.relationship)
        if not sheet.is_shown:
            extract.leave_out(f"sheet {sheet.name}, which is hidden")
        elif relationship is None or relationship.part not in package:
            extract.leave_out(f"sheet {sheet.name}, which the file does not hold")
        elif relationship.kind in ("worksheet", "dialogsheet", "chartsheet"):
            extract.add(f"\n[Sheet {sheet.name}]\n")
            _read_sheet(package, relationship.part, sheet.name, book, people)
        else:
            extract.leave_out(f"sheet {sheet.name}, which is of macros")


def _read_sheet(package: Package, part: str, name: str, book: _Book, people: People) -> None:
    extract = book.extract
    rows = _Rows(book, name)
    package.feed_beside(part, rows, f"cells of sheet {name}")
    rows.note_hidden()
    if extract.is_full:
        return
    for kind, text in rows.page_texts.items():
        if text:
            extract.add(f"[{_PAGE_TEXTS[kind]}] {text}\n")
    relationships = package.relationships(part)
    for drawing in relationships.parts("drawing"):
        add_drawing(package, drawing, extract)
    # A threaded comment has a copy among the others, for programs that do not know it.
    threaded = [each for each in relationships.parts("threadedComment") if each in package]
    for comments in threaded or [each for each in relationships.parts("comments") if each in package]:
        found = Comments(people)
        package.feed_beside(comments, found, f"comments of sheet {name}")
        for line in found.lines[:_COMMENTS]:
            extract.add(f"[Comment] {line}\n")
        if len(found.lines) > _COMMENTS:
            extract.leave_out(f"comments of sheet {name} after the first {_COMMENTS:,}")


def column_number(reference: str) -> int:
    """Returns the number of the column of a reference such as `AB12`, from 1 on; 0 where there is none."""
    number = 0
    for letter in reference[:3]:
        if not "A" <= letter <= "Z":
            break
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def column_name(number: int) -> str:
    """Returns the letters of a column by its number, from 1 on."""
    name = ""
    while number > 0:
        number, letter = divmod(number - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def _ranges(numbers: list[int], name: Callable[[int], str]) -> str:
    """Formats numbers as ranges, such as 2-4, 7."""
    return ", ".join(list(_each_range(numbers, name))[:_NAMED])


def _each_range(numbers: list[int], name: Callable[[int], str]) -> Iterator[str]:
    first = last = numbers[0]
    for number in [*numbers[1:], -1]:
        if number == last + 1:
            last = number
            continue
        yield name(first) if first == last else f"{name(first)}-{name(last)}"
        first = last = number


def _one_line(text: str) -> str:
    return " ".join(text.split())
