"""Reads PowerPoint presentations, slide after slide, with notes, comments, charts and SmartArt."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.text.documents.drawings import add_framed
from shared.text.documents.extract import Extract, damaged
from shared.text.documents.numbering import formatted
from shared.text.documents.package import Package, Target, is_on, local_name, whole_number
from shared.text.documents.symbols import in_font

SLIDES = 500
COMMENTS = 500
"""Of one slide."""
_SHAPES = frozenset({"sp", "grpSp", "graphicFrame", "cxnSp", "pic", "contentPart"})
_COUNTED = {
    "arabic": "decimal", "alphaLc": "lowerLetter", "alphaUc": "upperLetter", "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
}  # fmt: skip
_LEVELS = 10


class _Presentation(Target):
    """Reads the ids of the relationships to a presentation's slides, in order, and the size of a slide."""

    def __init__(self) -> None:
        self.is_one = False
        self.ids: list[str] = []
        self.size = (0, 0)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.is_one |= local_name(tag) == "presentation"
        if local_name(tag) == "sldId":
            # It also has an id of its own, without a namespace.
            self.ids += [value for name, value in attributes.items() if name.endswith("}id")]
        elif local_name(tag) == "sldSz":
            self.size = (whole_number(attributes.get("cx")), whole_number(attributes.get("cy")))


@dataclass(slots=True)
class _Shape:
    """Holds a shape that text may be in."""

    is_hidden: bool = False
    placeholder: str | None = None


class Slide(Target):
    """Writes the text of a slide, of its notes, or of what its layout adds.

    Args:
        extract: Takes the text.
        size: Of a slide, to tell what stands beside it; zero where that does not matter.
        is_layout: Whether placeholders are left out, which on layouts only say what to write there.
        without: Kinds of placeholders that are left out.
    """

    def __init__(
        self,
        extract: Extract,
        *,
        size: tuple[int, int] = (0, 0),
        is_layout: bool = False,
        without: tuple[str, ...] = (),
    ) -> None:
        self.is_shown = True
        self.shows_master = True
        self.text: list[str] = []
        self._extract = extract
        self._size = size
        self._is_layout = is_layout
        self._without = without
        self._passing_over = 0
        self._shapes: list[_Shape] = []
        self._place = (0, 0)
        self._cells = 0
        self._in_text = self._in_properties = False
        self._font = ""
        self._level = 0
        self._number: tuple[str, int] | None = None
        self._counters: list[int] = [0] * _LEVELS
        self._is_labelled = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Tracks the shape, table or paragraph that an element begins."""
        name = local_name(tag)
        match name:
            case "sld" | "sldLayout":
                self._begin_slide(name, attributes)
            case "Fallback":
                self._passing_over += 1
            case _ if name in _SHAPES:
                self._shapes.append(_Shape())
            case "cNvPr":
                self._name_shape(attributes)
            case "ph":
                self._begin_placeholder(attributes.get("type", "body"))
            case "off" if len(self._shapes) == 1:
                self._place = (whole_number(attributes.get("x")), whole_number(attributes.get("y")))
            case "ext" if len(self._shapes) == 1 and "cx" in attributes:
                self._note_beside(whole_number(attributes.get("cx")), whole_number(attributes.get("cy")))
            case _:
                self._begin_text(name, attributes)

    def end(self, tag: str) -> None:
        """Writes the line or cell end that an element stands for, and tracks what ends."""
        name = local_name(tag)
        match name:
            case "Fallback":
                self._passing_over -= 1
            case _ if name in _SHAPES and self._shapes:
                self._passing_over -= self._shapes.pop().is_hidden
            case "rPr":
                self._in_properties = False
            case "r" | "fld":
                self._font = ""
            case "t":
                self._in_text = False
            case "p":
                if not self._is_labelled and self._number is None and self._level == 0:
                    self._counters[0] = 0  # a paragraph without a number ends the list
                self._add(" " if self._cells else "\n")
            case "tc":
                self._cells -= 1
                self._add("\t")
            case "tr":
                self._add("\n")

    def data(self, text: str) -> None:
        """Writes what is text and shown."""
        if not self._in_text:
            return
        if not self._is_labelled:
            self._is_labelled = True
            self._add(self._label())
        self._add(in_font(text, self._font))

    def _begin_text(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "txBody":
                self._counters = [0] * _LEVELS
            case "tc":
                self._cells += 1
            case "p":
                self._level, self._number, self._is_labelled = 0, None, False
            case "pPr":
                self._level = max(0, min(whole_number(attributes.get("lvl")), _LEVELS - 1))
            case "buAutoNum":
                self._number = (attributes.get("type", ""), whole_number(attributes.get("startAt"), 1))
            case "rPr":
                self._font, self._in_properties = "", True
            case "sym" | "latin" if self._in_properties:
                self._font = attributes.get("typeface", "") if name == "sym" or not self._font else self._font
            case "t":
                self._in_text = True
            case "br":
                self._add("\n")

    def _begin_slide(self, name: str, attributes: dict[str, str]) -> None:
        self.shows_master = is_on(attributes.get("showMasterSp"))
        if name == "sld" and not is_on(attributes.get("show")):
            self.is_shown, self.is_done = False, True
            self._passing_over += 1
            self._extract.leave_out("slides that are hidden")

    def _name_shape(self, attributes: dict[str, str]) -> None:
        if not self._shapes:
            return
        if is_on(attributes.get("hidden", "0")):
            self._hide("shapes that are hidden")
        elif attributes.get("descr", "").strip():
            self._add(f"[Image: {' '.join(attributes['descr'].split())}]\n")

    def _begin_placeholder(self, kind: str) -> None:
        if self._shapes and (self._is_layout or kind in self._without):
            self._hide("")

    def _hide(self, what: str) -> None:
        if self._shapes[-1].is_hidden:
            return
        self._shapes[-1].is_hidden = True
        self._passing_over += 1
        if what:
            self._extract.leave_out(what)

    def _note_beside(self, width: int, height: int) -> None:
        (x, y), (across, down) = self._place, self._size
        if across and down and (x + width < 0 or y + height < 0 or x > across or y > down):
            self._hide("shapes beside the slide, which a show does not show")

    def _label(self) -> str:
        """Returns the number of a paragraph in a list."""
        for deeper in range(self._level + 1, _LEVELS):
            self._counters[deeper] = 0
        if self._number is None:
            self._counters[self._level] = 0
            return ""
        kind, start = self._number
        self._counters[self._level] += 1
        number = start + self._counters[self._level] - 1
        how = next((how for prefix, how in _COUNTED.items() if kind.startswith(prefix)), "decimal")
        text = formatted(number, how)
        if kind.endswith("ParenBoth"):
            return f"({text}) "
        return (
            f"{text}) " if kind.endswith("ParenR") else f"{text} " if kind.endswith("Plain") else f"{text}. "
        )

    def _add(self, text: str) -> None:
        if text and not self._passing_over:
            self.text.append(text)


class _Comments(Target):
    """Reads the comments on a slide, of both kinds that there are, each with its author."""

    def __init__(self, authors: dict[str, str]) -> None:
        self.lines: list[str] = []
        self._authors = authors
        self._said: list[str] = []
        self._text: list[list[str]] = []
        self._in_text = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        match local_name(tag):
            case "cm" | "reply":
                self._said.append(self._authors.get(attributes.get("authorId", ""), ""))
                self._text.append([])
            case "text" | "t":
                self._in_text = True

    def end(self, tag: str) -> None:
        match local_name(tag):
            case "text" | "t":
                self._in_text = False
            case "p" if self._text:
                self._text[-1].append(" ")
            case "cm" | "reply" if self._text:
                text, author = " ".join("".join(self._text.pop()).split()), self._said.pop()
                self.lines.append(f"{author}: {text}" if author else text)

    def data(self, text: str) -> None:
        if self._in_text and self._text:
            self._text[-1].append(text)


class _Authors(Target):
    """Reads the names of those who wrote comments, by their ids."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if local_name(tag) in ("cmAuthor", "author"):
            self.names[attributes.get("id", "")] = " ".join(attributes.get("name", "").split())


def read_presentation(content: bytes, extract: Extract) -> None:
    """Adds the text of a .pptx, slide after slide, each with its notes and comments."""
    package = Package(content, extract)
    main = package.main_part("ppt/presentation.xml")
    presentation, authors = _Presentation(), _Authors()
    package.feed(main, presentation)
    if not presentation.is_one:
        raise damaged()
    relationships = package.relationships(main)
    for part in relationships.parts("commentAuthors", "authors"):
        if part in package:
            package.feed_beside(part, authors, "names of authors of comments")
    if len(presentation.ids) > SLIDES:
        extract.leave_out(f"the slides after the first {SLIDES}")
    layouts: dict[str, None] = {}
    for number, identifier in enumerate(presentation.ids[:SLIDES], 1):
        relationship = relationships.by_id.get(identifier)
        extract.add(f"\n[Slide {number}]\n")
        if relationship is None or relationship.part not in package:
            extract.leave_out(f"slide {number}, which the file does not hold")
            continue
        _read_slide(package, relationship.part, presentation.size, authors.names, layouts, extract)
    for part in layouts:
        text = _text_of(package, part, Slide(extract, is_layout=True))
        if text:
            extract.add(f"\n[On all slides of a layout]\n{text}")


def _read_slide(
    package: Package,
    part: str,
    size: tuple[int, int],
    authors: dict[str, str],
    layouts: dict[str, None],
    extract: Extract,
) -> None:
    slide = Slide(extract, size=size)
    extract.add(_text_of(package, part, slide))
    if not slide.is_shown or extract.is_full:
        return
    layouts.update(dict.fromkeys(_layouts(package, part, shows_master=slide.shows_master)))
    add_framed(package, part, extract)
    relationships = package.relationships(part)
    for notes in relationships.parts("notesSlide"):
        text = _text_of(package, notes, Slide(extract, without=("sldNum", "sldImg", "dt")))
        if text:
            extract.add(f"[Notes]\n{text}")
    for comments in relationships.parts("comments"):
        if comments in package:
            found = _Comments(authors)
            package.feed_beside(comments, found, "comments on a slide")
            extract.add("".join(f"[Comment] {line}\n" for line in found.lines[:COMMENTS]))
            if len(found.lines) > COMMENTS:
                extract.leave_out(f"comments on a slide after the first {COMMENTS}")


def _layouts(package: Package, part: str, *, shows_master: bool) -> Iterator[str]:
    """Yields the layout of a slide and its master, as far as their own shapes are shown on it."""
    for layout in package.relationships(part).parts("slideLayout"):
        if layout not in package or not shows_master:
            continue
        yield layout
        found = Slide(Extract(), is_layout=True)
        package.feed_beside(layout, found, "a layout")
        if found.shows_master:
            yield from package.relationships(layout).parts("slideMaster")


def _text_of(package: Package, part: str, slide: Slide) -> str:
    """Returns the text of a part, with an end of line; empty if there is none."""
    if part not in package:
        return ""
    package.feed_beside(part, slide, "a slide, its notes or its layout")
    lines = "".join(slide.text).split("\n")
    text = "\n".join(line.rstrip(" ") for line in lines if line.strip())
    return f"{text}\n" if text else ""
