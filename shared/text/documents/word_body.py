"""Reads the paragraphs and tables of the parts of a Word document, as Word shows them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from shared.text.documents.extract import Extract
from shared.text.documents.numbering import Numbering, formatted
from shared.text.documents.package import Target, is_on, local_name, local_names, whole_number
from shared.text.documents.symbols import in_font, symbol
from shared.text.documents.word_fields import Field
from shared.text.documents.word_styles import Paragraph, Run, Settings, Styles, describe_run

# Other drawings of the same text, text that a tracked change moved away, and formatting before one.
_PASSED_OVER = frozenset(
    {"Fallback", "moveFrom", "pPrChange", "rPrChange", "sectPrChange", "tblPrChange", "tcPrChange",
     "trPrChange", "tblGridChange", "tblPrExChange", "numberingChange"}
)  # fmt: skip
_HIDING = re.compile(r"visibility\s*:\s*hidden|display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_RAISED = str.maketrans("0123456789ivxlcdm", "⁰¹²³⁴⁵⁶⁷⁸⁹ⁱᵛˣˡᶜᵈᵐ")
_FRAMES = ("anchor", "inline", "shape", "rect", "roundrect", "oval", "textbox")


@dataclass(slots=True)
class Section:
    """Holds the headers and footers of a section by kind and page, and whether page one has its own."""

    parts: dict[tuple[str, str], str] = field(default_factory=dict)
    has_first_page: bool = False


@dataclass(slots=True)
class Context:
    """Holds what the parts of a document share."""

    extract: Extract
    styles: Styles = field(default_factory=Styles)
    numbering: Numbering = field(default_factory=Numbering)
    settings: Settings = field(default_factory=Settings)
    notes: dict[tuple[str, str], str] = field(default_factory=dict)
    """The marks of footnotes and endnotes, by kind and id."""

    def note_mark(self, kind: str, identifier: str) -> str:
        """Returns the mark of a note, counted in the order in which the text refers to them."""
        if (kind, identifier) not in self.notes:
            number = 1 + sum(1 for each, _ in self.notes if each == kind)
            mark = formatted(number, self.settings.note_formats.get(kind, "decimal"))
            self.notes[kind, identifier] = mark.translate(_RAISED)
        return self.notes[kind, identifier]


@dataclass(slots=True)
class _State:
    """Tracks the position within the text; a text box has its own."""

    paragraph: Paragraph = field(default_factory=Paragraph)
    run: Run = field(default_factory=Run)
    in_run: bool = False
    in_paragraph_properties: bool = False
    in_run_properties: bool = False
    is_labelled: bool = False


class Body(Target):
    """Writes the paragraphs of a part: cells end in a tab, rows and paragraphs in a new line.

    Args:
        context: What the parts of the document share.
        write: Takes the text.
        add_chunk: Adds the part of another format that the relationship with this id leads to.
    """

    def __init__(
        self,
        context: Context,
        write: Callable[[str], object],
        add_chunk: Callable[[str], object] | None = None,
    ) -> None:
        self.is_document = False
        self.sections = [Section()]
        self._context = context
        self._write = write
        self._add_chunk = add_chunk
        self._state = _State()
        self._outer: list[_State] = []
        self._passing_over = 0
        self._cells: list[bool] = []
        self._tables: list[str] = []
        self._frames: list[bool] = []
        self._fields: list[Field] = []
        self._row_is_hidden = False
        self._note = ""
        self._in_text = self._in_deleted = self._in_instruction = False
        self._deleted: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Tracks the elements that the text is in, and writes what an element stands for."""
        name = local_name(tag)
        state = self._state
        self.is_document = self.is_document or name == "document"
        if name in _PASSED_OVER:
            self._passing_over += 1
        elif name in ("t", "delText", "instrText"):
            self._in_text, self._in_deleted, self._in_instruction = (
                name == "t",
                name == "delText",
                name == "instrText",
            )
        elif name == "r":
            state.in_run, state.run = True, Run()
        elif name == "p":
            state.paragraph, state.is_labelled = Paragraph(), False
        elif self._passing_over:
            return
        elif name == "rPr":
            state.in_run_properties = True
        elif name == "pPr":
            state.in_paragraph_properties = True
        elif state.in_run_properties:
            if not state.in_paragraph_properties:
                describe_run(state.run, name, local_names(attributes))
        elif state.in_paragraph_properties:
            self._describe_paragraph(name, local_names(attributes))
        else:
            self._begin(name, attributes)

    def end(self, tag: str) -> None:
        """Writes the text that is due when an element ends."""
        name = local_name(tag)
        state = self._state
        match name:
            case _ if name in _PASSED_OVER:
                self._passing_over -= 1
            case "t" | "delText" | "instrText":
                self._end_deleted()
                self._in_text = self._in_deleted = self._in_instruction = False
            case "r":
                state.in_run = False
            case "rPr":
                state.in_run_properties = False
            case "pPr":
                state.in_paragraph_properties = False
                self._label()
            case "p":
                self._add(" " if self._cells else "\n")
            case "tc":
                self._end_cell()
            case "tr":
                self._add("\n")
                self._row_is_hidden = False
            case "tbl" if self._tables:
                self._tables.pop()
            case "txbxContent" if self._outer:
                self._state = self._outer.pop()
                self._add("\n")
            case "footnote" | "endnote":
                self._passing_over -= self._note == "-"
                self._note = ""
            case _ if name in _FRAMES and self._frames:
                self._passing_over -= self._frames.pop()

    def data(self, text: str) -> None:
        """Writes text, if Word shows it."""
        if self._in_instruction and self._fields:
            self._fields[-1].instruction.append(text)
        elif self._in_deleted:
            self._deleted.append(text)
        elif self._in_text:
            self._add_text(text)

    def _end_deleted(self) -> None:
        """Writes text that a tracked change deletes as struck through, as Word shows it."""
        text = "".join(self._deleted)
        self._deleted.clear()
        self._add_text(f"~~{text}~~" if text.strip() else text)

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        names = local_names(attributes)
        match name:
            case "tbl":
                self._tables.append("")
            case "tblStyle" if self._tables:
                self._tables[-1] = names.get("val", "")
            case "tc":
                self._cells.append(False)
            case "shd" if self._cells:
                self._cells[-1] = names.get("fill", "auto").lower() not in ("auto", "ffffff")
            case "hidden" if self._tables:
                self._row_is_hidden = is_on(names.get("val"))
            case "txbxContent":
                self._outer.append(self._state)
                self._state = _State()
                self._add("\n")
            case "footnote" | "endnote":
                self._begin_note(name, names)
            case "comment":
                author = " ".join(names.get("author", "").split())
                self._add(f"{author}: " if author else "")
            case "altChunk" if self._add_chunk is not None:
                self._add_chunk(names.get("id", ""))
            case "sectPr" | "headerReference" | "footerReference" | "titlePg":
                self._begin_section(name, names)
            case _ if name in _FRAMES or name in ("docPr", "textpath"):
                self._begin_drawing(name, names)
            case _:
                self._begin_in_run(name, names)

    def _begin_section(self, name: str, names: dict[str, str]) -> None:
        match name:
            case "sectPr":
                self.sections.append(Section())
            case "headerReference" | "footerReference":
                kind = name.removesuffix("Reference")
                self.sections[-1].parts[kind, names.get("type", "default")] = names.get("id", "")
            case "titlePg":
                self.sections[-1].has_first_page = is_on(names.get("val"))

    def _begin_in_run(self, name: str, names: dict[str, str]) -> None:
        match name:
            case "tab" | "ptab" if self._state.in_run:  # elsewhere it is a tab stop
                self._add_text("\t")
            case "br" | "cr":
                self._add_text("\n")
            case "noBreakHyphen":
                self._add_text("-")
            case "sym":
                code = whole_number(names.get("char"), base=16)
                self._add_text(symbol(names.get("font", ""), code) if code else "")
            case "footnoteReference" | "endnoteReference" if not is_on(names.get("customMarkFollows", "0")):
                self._add_text(self._context.note_mark(name.removesuffix("Reference"), names.get("id", "")))
            case "footnoteReference" | "endnoteReference":
                self._context.notes.setdefault((name.removesuffix("Reference"), names.get("id", "")), "")
            case "footnoteRef" | "endnoteRef":
                self._add_text(self._note)
            case "fldChar":
                self._field(names.get("fldCharType", ""))
            case _ if self._fields:
                self._fields[-1].describe(name, names)

    def _begin_note(self, kind: str, names: dict[str, str]) -> None:
        mark = self._context.notes.get((kind, names.get("id", "")))
        # Separators are lines, and a note to which nothing refers is not shown.
        self._note = "-" if mark is None or names.get("type", "normal") != "normal" else mark
        self._passing_over += self._note == "-"

    def _begin_drawing(self, name: str, names: dict[str, str]) -> None:
        if name in _FRAMES:
            is_hidden = bool(_HIDING.search(names.get("style", "")))
            self._frames.append(is_hidden)
            if is_hidden:
                self._passing_over += 1
                self._context.extract.leave_out("drawings that are hidden")
        elif name == "textpath":
            self._add_text(names.get("string", "") + "\n")
        elif is_on(names.get("hidden", "0")):
            if self._frames and not self._frames[-1]:
                self._frames[-1] = True
                self._passing_over += 1
                self._context.extract.leave_out("drawings that are hidden")
        elif names.get("descr", "").strip():
            self._add_text(f"[Image: {' '.join(names['descr'].split())}]")

    def _describe_paragraph(self, name: str, names: dict[str, str]) -> None:
        paragraph, value = self._state.paragraph, names.get("val", "")
        match name:
            case "pStyle":
                paragraph.style = value
            case "numId":
                paragraph.list_id = value
            case "ilvl":
                paragraph.level = whole_number(value, -1) if value else None
            case "shd":
                paragraph.is_shaded = names.get("fill", "auto").lower() not in ("auto", "ffffff")
            case "sectPr" | "headerReference" | "footerReference" | "titlePg":
                self._begin_section(name, names)

    def _label(self) -> None:
        """Writes the number of a paragraph in a list."""
        if self._passing_over or self._state.is_labelled:
            return
        self._state.is_labelled = True
        list_id, level = self._context.styles.list_of(self._state.paragraph)
        label = self._context.numbering.label(list_id, level) if list_id else ""
        if label:
            self._add(f"{'  ' * level}{label} ")

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self._fields.append(Field())
        elif self._fields and kind == "separate":
            self._fields[-1].has_result = True
        elif self._fields and kind == "end":
            self._add_text(self._fields.pop().shown())

    def _end_cell(self) -> None:
        if self._cells:
            self._cells.pop()
        self._add("\t")

    def _add_text(self, text: str) -> None:
        """Writes the text of a run, unless it is hidden."""
        state, context = self._state, self._context
        if not text or self._passing_over:
            return
        table = self._tables[-1] if self._tables else ""
        if self._row_is_hidden or context.styles.hides(state.paragraph, state.run, table):
            if text.strip():
                context.extract.leave_out("text that is formatted as hidden")
            return
        run = state.run
        is_on_shade = run.is_shaded or state.paragraph.is_shaded or any(self._cells)
        if text.strip() and (run.is_tiny or (run.is_white and not is_on_shade)):
            context.extract.note("Some text is white or tiny, so people may not see it.")
        self._add(in_font(text, context.styles.font(state.paragraph, run)))

    def _add(self, text: str) -> None:
        if text and not self._passing_over:
            self._write(text)
            self.is_done = self._context.extract.is_full
