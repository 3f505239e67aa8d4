"""The text of Word documents and PowerPoint presentations, which are both made of paragraphs."""

from shared.text.documents.extract import Extract
from shared.text.documents.package import Package, Target, local_name, local_names

SLIDES = 500
_NOTES_OF_WORD = ("footnotes", "endnotes", "comments")
# Alternative drawings of the same text, and text that a tracked change has moved away.
_PASSED_OVER = ("Fallback", "moveFrom")
_OFF = ("0", "false", "off")


class Paragraphs(Target):
    """Adds the paragraphs of a part to the extract: cells end in a tab, rows and paragraphs in a new line.

    Text that Word does not show is left out.
    """

    def __init__(self, extract: Extract) -> None:
        self._extract = extract
        self._passing_over = 0
        self._cells = 0
        self._in_run = False
        self._in_text = False
        self._is_hidden = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Note where the text stands."""
        match local_name(tag):
            case name if name in _PASSED_OVER:
                self._passing_over += 1
            case "tc":
                self._cells += 1
            case "r":
                self._in_run, self._is_hidden = True, False
            case "vanish":
                self._is_hidden = local_names(attributes).get("val") not in _OFF
            case "t":
                self._in_text = True
            case "tab" if self._in_run:  # elsewhere it is a tab stop
                self._add("\t")
            case "br" | "cr":
                self._add("\n")

    def end(self, tag: str) -> None:
        """Add what ends with the element."""
        match local_name(tag):
            case name if name in _PASSED_OVER:
                self._passing_over -= 1
            case "t":
                self._in_text = False
            case "r":
                self._in_run = False
            case "p":
                self._add(" " if self._cells else "\n")
            case "tc":
                self._cells -= 1
                self._add("\t")
            case "tr":
                self._add("\n")

    def data(self, text: str) -> None:
        """Add what is text and shown."""
        if self._in_text and self._is_hidden:
            self._extract.leave_out("text that is formatted as hidden")
        elif self._in_text:
            self._add(text)

    def _add(self, text: str) -> None:
        if not self._passing_over:
            self._extract.add(text)
            self.is_done = self._extract.is_full


class _Slides(Target):
    """The ids of the relationships to a presentation's slides, in their order."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if local_name(tag) == "sldId":
            # It also has an id of its own, without a namespace.
            self.ids += [value for name, value in attributes.items() if name.endswith("}id")]


class _Slide(Paragraphs):
    """A slide, unless it is hidden."""

    is_shown = True

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if local_name(tag) == "sld" and attributes.get("show") in _OFF:
            self.is_shown, self.is_done = False, True
            self._passing_over += 1
            self._extract.leave_out("slides that are hidden")
        super().start(tag, attributes)


def read_word(content: bytes, extract: Extract) -> None:
    """The text of a .docx, then its footnotes, endnotes and comments."""
    package = Package(content, extract)
    package.feed("word/document.xml", Paragraphs(extract))
    for notes in _NOTES_OF_WORD:
        if f"word/{notes}.xml" in package:
            extract.add(f"\n[{notes.capitalize()}]\n")
            package.feed(f"word/{notes}.xml", Paragraphs(extract))


def read_presentation(content: bytes, extract: Extract) -> None:
    """The text of a .pptx, slide after slide, each with its notes."""
    package = Package(content, extract)
    main = "ppt/presentation.xml"
    slides = _Slides()
    package.feed(main, slides)
    targets = package.relationships(main).targets
    if len(slides.ids) > SLIDES:
        extract.leave_out(f"the slides after the first {SLIDES}")
    for number, relationship in enumerate(slides.ids[:SLIDES], 1):
        slide = _Slide(extract)
        extract.add(f"\n[Slide {number}]\n")
        package.feed(targets[relationship], slide)
        notes = package.relationships(targets[relationship]).kinds.get("notesSlide")
        if notes and slide.is_shown:
            extract.add("[Notes]\n")
            package.feed(notes, Paragraphs(extract))
