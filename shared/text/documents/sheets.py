"""The text of Excel workbooks: the values of their cells, rows as lines, cells between tabs."""

import re
from datetime import datetime, timedelta
from typing import override

from shared.text.documents.extract import Extract
from shared.text.documents.package import Package, Target, local_name, local_names

ROWS = 5_000
"""Of one sheet."""
CELLS = 100_000
"""Of all sheets."""
COLUMNS = 256

# ECMA-376, part 1, 18.8.30: number formats that are dates or times without saying so in a format code.
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
# What a format code says literally, or as a colour or locale, is no sign of a date.
_LITERAL = re.compile(r'"[^"]*"|\\.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DATE_SIGNS = re.compile(r"[ymdhs]", re.IGNORECASE)
_TRUE = ("1", "true")


class _Workbook(Target):
    """The sheets of a workbook by name, relationship and whether they are shown, and where its days begin."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, bool]] = []
        self.first_day = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's times have no zone

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if local_name(tag) == "sheet":
            relationship = next((value for name, value in attributes.items() if name.endswith("}id")), "")
            is_shown = attributes.get("state", "visible") == "visible"
            self.sheets.append((attributes.get("name", ""), relationship, is_shown))
        elif local_name(tag) == "workbookPr" and attributes.get("date1904") in _TRUE:
            self.first_day = datetime(1904, 1, 1)  # noqa: DTZ001


class _SharedStrings(Target):
    """The texts that cells name by number."""

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


class _Styles(Target):
    """Which cell styles, by number, show a number as a date."""

    def __init__(self) -> None:
        self.dates: list[bool] = []
        self._formats = set(_DATE_FORMATS)
        self._in_cells = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        names = local_names(attributes)
        match local_name(tag):
            case "numFmt" if _DATE_SIGNS.search(_LITERAL.sub("", names.get("formatCode", ""))):
                self._formats.add(int(names["numFmtId"]))
            case "cellXfs":
                self._in_cells = True
            case "xf" if self._in_cells:
                self.dates.append(int(names.get("numFmtId", "0")) in self._formats)

    def end(self, tag: str) -> None:
        if local_name(tag) == "cellXfs":
            self._in_cells = False


class _Rows(Target):
    """Adds the rows of a sheet to the extract."""

    def __init__(self, book: "_Book", sheet: str) -> None:
        self._book = book
        self._sheet = sheet
        self._rows = 0
        self._row: dict[int, str] = {}
        self._column = 0
        self._kind = "n"
        self._style = 0
        self._value: list[str] = []
        self._in_value = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        match local_name(tag):
            case "row":
                self._row, self._column = {}, 0
            case "c":
                self._column = _column(attributes.get("r", "")) or self._column + 1
                self._kind = attributes.get("t", "n")
                self._style = int(attributes.get("s", "0"))
                self._value = []
            case "v" | "t":
                self._in_value = True
            case "rPh":
                # What follows in it is how to pronounce the text.
                self._kind = "phonetic"

    def end(self, tag: str) -> None:
        match local_name(tag):
            case "v" | "t":
                self._in_value = False
            case "c":
                self._end_cell()
            case "row":
                self._end_row()

    def data(self, text: str) -> None:
        if self._in_value and self._kind != "phonetic":
            self._value.append(text)

    def _end_cell(self) -> None:
        text = self._book.shown("".join(self._value), self._kind, self._style)
        if not text:
            return
        if self._column > COLUMNS:
            self._book.extract.leave_out(f"columns after the first {COLUMNS}")
            return
        self._row[self._column] = text
        self._book.cells += 1

    def _end_row(self) -> None:
        if not self._row:
            return
        if self._rows == ROWS or self._book.cells > CELLS:
            self._book.extract.leave_out(f"the rows of sheet {self._sheet} after the first {self._rows:,}")
            self.is_done = True
            return
        self._rows += 1
        cells = (self._row.get(column, "") for column in range(1, max(self._row) + 1))
        self._book.extract.add("\t".join(cells) + "\n")
        self.is_done = self._book.extract.is_full


class _Book:
    """What the cells of a workbook refer to."""

    def __init__(self, extract: Extract, strings: list[str], dates: list[bool], first_day: datetime) -> None:
        self.extract = extract
        self.cells = 0
        self._strings = strings
        self._dates = dates
        self._first_day = first_day

    def shown(self, value: str, kind: str, style: int) -> str:
        """A cell's value as a reader of the sheet sees it, numbers in full."""
        match kind:
            case "s":
                return self._strings[int(value)] if value else ""
            case "b":
                return "TRUE" if value in _TRUE else "FALSE"
            case "n" if value and style < len(self._dates) and self._dates[style]:
                return self._moment(float(value))
            case _:
                return _one_line(value)

    def _moment(self, days: float) -> str:
        try:
            moment = self._first_day + timedelta(seconds=round(days * 86_400))
        except (OverflowError, ValueError):
            return str(days)
        if days == int(days):
            return moment.date().isoformat()
        return moment.time().isoformat() if 0 < days < 1 else moment.isoformat(sep=" ")


def read_workbook(content: bytes, extract: Extract) -> None:
    """The cells of a .xlsx, sheet after sheet; of formulas, the values they last had."""
    package = Package(content, extract)
    main = "xl/workbook.xml"
    workbook, strings, styles = _Workbook(), _SharedStrings(), _Styles()
    package.feed(main, workbook)
    if "xl/sharedStrings.xml" in package:
        package.feed("xl/sharedStrings.xml", strings)
    if "xl/styles.xml" in package:
        package.feed("xl/styles.xml", styles)
    book = _Book(extract, strings.texts, styles.dates, workbook.first_day)
    targets = package.relationships(main).targets
    for name, relationship, is_shown in workbook.sheets:
        if not is_shown:
            extract.leave_out(f"sheet {_one_line(name)}, which is hidden")
        elif "/worksheets/" in targets[relationship]:
            extract.add(f"\n[Sheet {_one_line(name)}]\n")
            package.feed(targets[relationship], _Rows(book, _one_line(name)))


def _column(reference: str) -> int:
    """The number of the column of a reference such as `AB12`, from 1 on; 0 where there is none."""
    number = 0
    for letter in reference[:3]:
        if not "A" <= letter <= "Z":
            break
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _one_line(text: str) -> str:
    return " ".join(text.split())
