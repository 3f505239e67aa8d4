"""Reads Word documents: body, headers and footers, notes, comments, and what their drawings frame."""

from collections.abc import Iterator

from shared.text.documents.drawings import add_framed
from shared.text.documents.extract import Extract, damaged
from shared.text.documents.package import Package
from shared.text.documents.plain import read_html, read_plain
from shared.text.documents.word_body import Body, Context, Section

CHUNK_BYTES = 4 * 1024 * 1024
_CHUNK_DEPTH = 2
_NOTES = {"footnotes": "Footnotes", "endnotes": "Endnotes", "comments": "Comments"}


def read_word(content: bytes, extract: Extract) -> None:
    """Adds the text of a .docx."""
    _Document(content, extract, depth=0).read()


class _Document:
    """Reads a Word document: the file itself, or one within another."""

    def __init__(self, content: bytes, extract: Extract, *, depth: int) -> None:
        self._package = Package(content, extract)
        self._extract = extract
        self._context = Context(extract)
        self._depth = depth
        self._main = self._package.main_part("word/document.xml")
        self._relationships = self._package.relationships(self._main)

    def read(self) -> None:
        """Adds all of it."""
        context, main = self._context, self._main
        for kind, target in (
            ("styles", context.styles),
            ("numbering", context.numbering),
            ("settings", context.settings),
        ):
            for part in self._package.related(main, kind, f"word/{kind}.xml"):
                self._package.feed_beside(part, target, f"what the part {kind} says")
        body = Body(context, self._extract.add, self._add_chunk)
        self._package.feed(main, body)
        if not body.is_document:
            raise damaged()
        for kind, part in self._page_parts(body.sections):
            self._add_titled(kind.capitalize(), part)
        for kind, title in _NOTES.items():
            for part in self._package.related(main, kind, f"word/{kind}.xml"):
                self._add_titled(title, part)
        add_framed(self._package, main, self._extract)

    def _add_titled(self, title: str, part: str) -> None:
        """Adds a part under a title, if it has text."""
        if part not in self._package or self._extract.is_full:
            return
        pieces: list[str] = []
        self._package.feed_beside(part, Body(self._context, pieces.append), title.lower())
        text = "".join(pieces).strip()
        if text:
            self._extract.add(f"\n[{title}]\n{text}\n")
        if title in ("Header", "Footer"):
            add_framed(self._package, part, self._extract)

    def _page_parts(self, sections: list[Section]) -> Iterator[tuple[str, str]]:
        """Returns the headers and footers that pages show, each once."""
        found: dict[tuple[str, str], None] = {}
        for section in sections:
            for (kind, page), identifier in section.parts.items():
                relationship = self._relationships.by_id.get(identifier)
                is_shown = page == "default" or (
                    section.has_first_page if page == "first" else self._context.settings.has_even_pages
                )
                if relationship is None:
                    continue
                if is_shown:
                    found[kind, relationship.part] = None
                else:
                    self._note_unshown(kind, relationship.part)
        return iter(found)

    def _note_unshown(self, kind: str, part: str) -> None:
        pieces: list[str] = []
        if part in self._package:
            self._package.feed_beside(part, Body(Context(Extract()), pieces.append), f"a {kind}")
        if "".join(pieces).strip():
            self._extract.leave_out(f"a {kind} that no page shows")

    def _add_chunk(self, identifier: str) -> None:
        """Adds a part of another format that stands in the document as it is (`w:altChunk`)."""
        relationship = self._relationships.by_id.get(identifier)
        part = relationship.part if relationship else ""
        if part not in self._package:
            return
        suffix = part.rpartition(".")[2].casefold()
        content = self._package.read(part, CHUNK_BYTES)
        if suffix in ("htm", "html", "xhtml"):
            read_html(content, "", self._extract)
        elif suffix in ("mht", "mhtml", "eml"):
            from shared.text.documents.mail_files import read_mail  # noqa: PLC0415 - seldom needed

            read_mail(content, self._extract)
        elif suffix == "txt":
            read_plain(content, "", self._extract)
        elif suffix == "docx" and self._depth < _CHUNK_DEPTH:
            _Document(content, self._extract, depth=self._depth + 1).read()
        else:
            self._extract.leave_out(f"a part of the document in another format ({suffix})")
            return
        self._extract.add("\n")
