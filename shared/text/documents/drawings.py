"""Reads the text of drawings: shapes, charts and SmartArt, of sheets, slides and Word documents alike."""

from collections.abc import Iterable
from typing import override

from shared.text.documents.extract import Extract
from shared.text.documents.number_formats import GENERAL, shown
from shared.text.documents.package import Package, Target, is_on, local_name

CHARTS = 200
POINTS = 2_000
"""Of one series."""
_SERIES_PARTS = ("tx", "cat", "val", "xVal", "yVal", "bubbleSize")


class Shapes(Target):
    """Reads the text of the shapes of a drawing of a sheet, unless they are hidden."""

    def __init__(self, extract: Extract) -> None:
        self._extract = extract
        self._passing_over = 0
        self._in_text = False
        self._shapes: list[bool] = []
        self._has_text = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Tracks the shape and text that an element begins."""
        match local_name(tag):
            case "Fallback":
                self._passing_over += 1
            case "sp" | "grpSp" | "graphicFrame" | "cxnSp" | "pic":
                self._shapes.append(False)
            case "cNvPr":
                self._name_shape(attributes)
            case "t":
                self._in_text = True
            case "br":
                self._add("\n")

    def end(self, tag: str) -> None:
        """Ends the line of a paragraph with text, and tracks the shape that ends."""
        match local_name(tag):
            case "Fallback":
                self._passing_over -= 1
            case "sp" | "grpSp" | "graphicFrame" | "cxnSp" | "pic":
                self._passing_over -= self._shapes.pop()
            case "t":
                self._in_text = False
            case "p" if self._has_text:
                self._add("\n")
                self._has_text = False

    def data(self, text: str) -> None:
        """Adds the text of a shape."""
        if self._in_text:
            self._add(text)

    def _name_shape(self, attributes: dict[str, str]) -> None:
        if is_on(attributes.get("hidden", "0")) and self._shapes and not self._shapes[-1]:
            self._shapes[-1] = True
            self._passing_over += 1
            self._extract.leave_out("shapes that are hidden")
        elif attributes.get("descr", "").strip():
            self._add(f"[Image: {' '.join(attributes['descr'].split())}]\n")

    def _add(self, text: str) -> None:
        if not self._passing_over:
            self._extract.add(text)
            self._has_text = self._has_text or bool(text.strip())
            self.is_done = self._extract.is_full


class Chart(Target):
    """Reads the titles and values of a chart."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.series: list[dict[str, list[str]]] = []
        self._within: list[str] = []
        self._text: list[str] = []
        self._code = GENERAL
        self._part = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begins a series, one of its parts, or a value."""
        name = local_name(tag)
        self._within.append(name)
        match name:
            case "ser" | "series":
                self.series.append({})
            case part if self.series and part in _SERIES_PARTS and "ser" in self._within:
                self._part = part
                self._code = GENERAL
            case "strDim" | "numDim" if self.series or "data" in self._within:
                if not self.series:
                    self.series.append({})
                self._part = "cat" if name == "strDim" else "val"
                self._code = attributes.get("formatCode", GENERAL)
            case "pt":
                self._code = attributes.get("formatCode", self._code)
            case "v" | "t" | "formatCode" | "p":
                if name != "t" or "p" not in self._within:
                    self._text = []

    def end(self, tag: str) -> None:
        """Stores the title, value or format that an element held."""
        name = local_name(tag)
        self._within.pop()
        text = " ".join("".join(self._text).split())
        match name:
            case "formatCode":
                self._code = text or GENERAL
            case "v" | "pt" if self._part and text:
                self._value(text)
                self._text = []
            case "p" if text:
                self.titles.append(text)
                self._text = []
            case "ser" | "series":
                self._part = ""
            case part if part == self._part:
                self._part = ""

    def data(self, text: str) -> None:
        """Collects the text of a title or a value."""
        if self._within and self._within[-1] in ("v", "t", "formatCode", "pt"):
            self._text.append(text)

    def lines(self) -> Iterable[str]:
        """Yields the titles, then a line for each series: its name, and its values by category."""
        yield from dict.fromkeys(self.titles)
        for series in self.series:
            name = " ".join(series.get("tx", []))
            names = series.get("cat") or series.get("xVal") or []
            values = series.get("val") or series.get("yVal") or []
            if not values and not names:
                if name:
                    yield name
                continue
            length = max(len(names), len(values))
            pairs = (
                ": ".join(filter(None, (_at(names, index), _at(values, index)))) for index in range(length)
            )
            said = "; ".join(pairs)
            yield f"{name} - {said}" if name else said

    def _value(self, text: str) -> None:
        if not self.series:
            return
        values = self.series[-1].setdefault(self._part, [])
        if len(values) < POINTS:
            values.append(shown(text, self._code) if self._part != "tx" else text)


class Diagram(Target):
    """Reads the texts of SmartArt: those of its points that are drawn from the data."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._text: list[str] = []
        self._in_text = False

    @override
    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begins a paragraph or its text."""
        if local_name(tag) == "p":
            self._text = []
        self._in_text = local_name(tag) == "t" and "diagram" not in tag

    def end(self, tag: str) -> None:
        """Adds a paragraph to the lines, if it has text."""
        self._in_text = False
        if local_name(tag) == "p" and (line := " ".join("".join(self._text).split())):
            self.lines.append(line)

    def data(self, text: str) -> None:
        """Collects the text of a paragraph."""
        if self._in_text:
            self._text.append(text)


def add_drawing(package: Package, part: str, extract: Extract) -> None:
    """Adds the text of a drawing of a sheet, then what it frames."""
    if part not in package:
        return
    package.feed_beside(part, Shapes(extract), "a drawing")
    add_framed(package, part, extract)


def add_framed(package: Package, part: str, extract: Extract) -> None:
    """Adds the charts and the SmartArt that a part frames, and name what else it holds."""
    relationships = package.relationships(part)
    charts = list(relationships.parts("chart", "chartEx"))
    for name in charts[:CHARTS]:
        if name in package and not extract.is_full:
            chart = Chart()
            package.feed_beside(name, chart, "a chart")
            extract.add("[Chart]\n" + "".join(f"{line}\n" for line in chart.lines()))
            for shapes in package.relationships(name).parts("chartUserShapes"):
                if shapes in package:
                    package.feed_beside(shapes, Shapes(extract), "shapes in a chart")
    if len(charts) > CHARTS:
        extract.leave_out(f"charts after the first {CHARTS}")
    for name in relationships.parts("diagramData"):
        if name in package and not extract.is_full:
            diagram = Diagram()
            package.feed_beside(name, diagram, "SmartArt")
            extract.add("[SmartArt]\n" + "".join(f"{line}\n" for line in diagram.lines))
    embedded = sum(1 for name in relationships.parts("oleObject", "package") if name in package)
    if embedded:
        extract.leave_out("files embedded in it")


def _at(values: list[str], index: int) -> str:
    return values[index] if index < len(values) else ""
