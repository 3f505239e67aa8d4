"""Reads how the styles of a workbook show the values of cells."""

from typing import NamedTuple, override

from shared.text.documents.number_formats import BUILT_IN, GENERAL
from shared.text.documents.package import Target, local_name, local_names, whole_number

_WHITE = ("FFFFFFFF", "00FFFFFF", "FFFFFF")
_NO_FILLS = ("", "none")


class CellStyle(NamedTuple):
    """Holds a style by which cells are shown."""

    code: str = GENERAL
    is_white: bool = False
    """Whether its text has the colour of an empty sheet."""


class Styles(Target):
    """Reads the styles of cells, by number."""

    def __init__(self) -> None:
        self.cells: list[CellStyle] = []
        self._codes: dict[int, str] = dict(BUILT_IN)
        self._fonts: list[bool] = []
        self._fills: list[bool] = []
        self._within: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Notes a format, font, fill or style."""
        name = local_name(tag)
        parent = self._within[-1] if self._within else ""
        self._within.append(name)
        names = local_names(attributes)
        match name:
            case "numFmt" if parent == "numFmts":
                self._codes[whole_number(names.get("numFmtId"))] = names.get("formatCode", GENERAL)
            case "font" if parent == "fonts":
                self._fonts.append(False)
            case "color" if parent == "font" and self._fonts:
                # The first colour of a theme is that of the background of windows.
                self._fonts[-1] = names.get("rgb", "").upper() in _WHITE or (
                    names.get("theme") == "0" and not names.get("tint")
                )
            case "fill" if parent == "fills":
                self._fills.append(False)
            case "patternFill" | "gradientFill" if parent == "fill" and self._fills:
                self._fills[-1] = name == "gradientFill" or names.get("patternType", "") not in _NO_FILLS
            case "xf" if parent == "cellXfs":
                code = self._codes.get(whole_number(names.get("numFmtId")), GENERAL)
                is_white = _at(self._fonts, names.get("fontId")) and not _at(self._fills, names.get("fillId"))
                self.cells.append(CellStyle(code, is_white))

    @override
    def end(self, tag: str) -> None:
        """Leaves an element."""
        self._within.pop()


def _at(found: list[bool], number: str | None) -> bool:
    index = whole_number(number)
    return 0 <= index < len(found) and found[index]
