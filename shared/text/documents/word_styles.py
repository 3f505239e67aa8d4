"""Reads what the styles and settings of a Word document say: what is hidden, which lists text is in."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.text.documents.package import Target, is_on, local_name, local_names, whole_number

_DEPTH = 20
"""How far a style may be based on others."""


@dataclass(slots=True)
class Style:
    """Holds a style of paragraphs, of characters or of tables."""

    kind: str = ""
    based_on: str = ""
    is_hidden: bool | None = None
    font: str = ""
    list_id: str = ""
    level: int | None = None


@dataclass(slots=True)
class Run:
    """Holds how a run of text is formatted, as far as it matters here."""

    style: str = ""
    is_hidden: bool | None = None
    font: str = ""
    is_white: bool = False
    is_shaded: bool = False
    is_tiny: bool = False


@dataclass(slots=True)
class Paragraph:
    """Holds how a paragraph is formatted, as far as it matters here."""

    style: str = ""
    list_id: str = ""
    level: int | None = None
    is_shaded: bool = False
    run: Run = field(default_factory=Run)


class Styles(Target):
    """Reads the styles of a document, and what each comes to with those that it is based on."""

    def __init__(self) -> None:
        self._styles: dict[str, Style] = {}
        self._defaults: dict[str, str] = {}
        self._style: Style | None = None
        self._in_defaults = False
        self._hides_all = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Notes a style or what one says."""
        names = local_names(attributes)
        value = names.get("val", "")
        match local_name(tag):
            case "style":
                self._style = Style(names.get("type", ""))
                self._styles[names.get("styleId", "")] = self._style
                if is_on(names.get("default", "0")):
                    self._defaults[names.get("type", "")] = names.get("styleId", "")
            case "rPrDefault":
                self._in_defaults = True
            case "vanish" if self._in_defaults:
                self._hides_all = is_on(names.get("val"))
            case name if self._style is not None:
                _describe(self._style, name, value, names)

    def end(self, tag: str) -> None:
        """Leaves a style."""
        if local_name(tag) == "style":
            self._style = None
        elif local_name(tag) == "rPrDefault":
            self._in_defaults = False

    def hides(self, paragraph: Paragraph, run: Run, table: str) -> bool:
        """Tells whether a run is hidden, by itself or by its styles, of which two cancel out (17.7.3)."""
        if run.is_hidden is not None:
            return run.is_hidden
        used = ((table, "table"), (paragraph.style, "paragraph"), (run.style, "character"))
        return self._hides_all or sum(self._hidden_by(name, kind) for name, kind in used) % 2 == 1

    def font(self, paragraph: Paragraph, run: Run) -> str:
        """Returns the font of a run."""
        chains = (*self._chain(run.style, "character"), *self._chain(paragraph.style, "paragraph"))
        return run.font or next((style.font for style in chains if style.font), "")

    def list_of(self, paragraph: Paragraph) -> tuple[str, int]:
        """Returns the list that a paragraph is in, and its level; an empty id is none."""
        chain = list(self._chain(paragraph.style, "paragraph"))
        list_id = paragraph.list_id or next((style.list_id for style in chain if style.list_id), "")
        level = paragraph.level
        if level is None:
            level = next((style.level for style in chain if style.level is not None), 0)
        return (list_id, level) if list_id != "0" else ("", 0)

    def _hidden_by(self, name: str, kind: str) -> bool:
        return next(
            (bool(style.is_hidden) for style in self._chain(name, kind) if style.is_hidden is not None), False
        )

    def _chain(self, name: str, kind: str) -> Iterator[Style]:
        name = name or self._defaults.get(kind, "")
        for _ in range(_DEPTH):
            style = self._styles.get(name)
            if style is None:
                return
            yield style
            name = style.based_on


class Settings(Target):
    """Reads the settings of a document that decide what of it is shown, and how its notes are numbered."""

    def __init__(self) -> None:
        self.has_even_pages = False
        self.note_formats = {"footnote": "decimal", "endnote": "lowerRoman"}
        self._notes = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Notes a setting."""
        names = local_names(attributes)
        match local_name(tag):
            case "evenAndOddHeaders":
                self.has_even_pages = is_on(names.get("val"))
            case "footnotePr" | "endnotePr" as name:
                self._notes = name.removesuffix("Pr")
            case "numFmt" if self._notes:
                self.note_formats[self._notes] = names.get("val", "decimal")

    def end(self, tag: str) -> None:
        """Leaves the settings of notes."""
        if local_name(tag) in ("footnotePr", "endnotePr"):
            self._notes = ""


def describe_run(run: Run, name: str, names: dict[str, str]) -> None:
    """Reads an element of a run's formatting."""
    value = names.get("val", "")
    match name:
        case "rStyle":
            run.style = value
        case "vanish":
            run.is_hidden = is_on(names.get("val"))
        case "rFonts":
            run.font = names.get("ascii", "") or names.get("hAnsi", "")
        case "color":
            run.is_white = value.upper() == "FFFFFF"
        case "shd":
            run.is_shaded = names.get("fill", "auto").lower() not in ("auto", "ffffff")
        case "highlight":
            run.is_shaded = True
        case "sz":
            run.is_tiny = 0 < whole_number(value) <= 4  # half points


def _describe(style: Style, name: str, value: str, names: dict[str, str]) -> None:
    match name:
        case "basedOn":
            style.based_on = value
        case "vanish":
            style.is_hidden = is_on(names.get("val"))
        case "rFonts":
            style.font = names.get("ascii", "")
        case "numId":
            style.list_id = value
        case "ilvl":
            style.level = whole_number(value, -1) if value else None
