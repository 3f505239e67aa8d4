"""Reads what belongs to a sheet besides its cells: comments, and the texts above and below its pages."""

import re

from shared.text.documents.package import Target, local_name, whole_number

# ECMA-376, part 1, 18.3.1.39: fonts, sizes and places say nothing; these stand for what a page knows.
_CODES = re.compile(r'&(?:"[^"]*"|\d+|K(?:[0-9A-Fa-f]{6}|\d\d[+-]\d{3})|(?P<code>.))', re.DOTALL)
_MEANT = {"P": "[page]", "N": "[pages]", "D": "[date]", "T": "[time]", "F": "[file]", "A": "[sheet]", "Z": "",
          "&": "&", "L": "\t", "C": "\t", "R": "\t"}  # fmt: skip


def page_text(codes: str) -> str:
    """Returns the text of a header or footer of pages, left, centre and right between tabs."""
    text = _CODES.sub(lambda match: _MEANT.get(match["code"] or "", ""), codes)
    return "\t".join(" ".join(piece.split()) for piece in text.split("\t")).strip("\t ")


class People(Target):
    """Reads the names of those who wrote threaded comments, by their ids."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Notes a person."""
        if local_name(tag) == "person":
            self.names[attributes.get("id", "")] = attributes.get("displayName", "")


class Comments(Target):
    """Reads the comments of a sheet, each on one line with its cell and author."""

    def __init__(self, people: People) -> None:
        self.lines: list[str] = []
        self._people = people
        self._authors: list[str] = []
        self._said = ""
        self._text: list[str] = []
        self._reads = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begins an author, a comment or its text."""
        match local_name(tag):
            case "author" | "text":
                self._text = []
                self._reads = local_name(tag) == "author"
            case "comment":
                number = whole_number(attributes.get("authorId"), -1)
                author = self._authors[number] if 0 <= number < len(self._authors) else ""
                self._begin(attributes.get("ref", ""), author)
            case "threadedComment":
                self._begin(
                    attributes.get("ref", ""), self._people.names.get(attributes.get("personId", ""), "")
                )
            case "t":
                self._reads = True
        if local_name(tag) == "text":  # of a threaded comment it holds the text itself
            self._reads = True

    def end(self, tag: str) -> None:
        """Stores the author or the comment that ends."""
        match local_name(tag):
            case "author":
                self._authors.append(self._taken())
            case "text":
                self._reads = False
            case "comment" | "threadedComment":
                self.lines.append(f"{self._said}: {self._taken()}")

    def data(self, text: str) -> None:
        """Collects the text of an author or a comment."""
        if self._reads:
            self._text.append(text)

    def _begin(self, cell: str, author: str) -> None:
        self._text = []
        self._said = f"{cell} {author}".strip() if not author.startswith("tc=") else cell

    def _taken(self) -> str:
        text = " ".join("".join(self._text).split())
        self._text, self._reads = [], False
        return text
