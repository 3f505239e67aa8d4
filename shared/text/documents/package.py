"""Reads Office files as packages of XML parts (ECMA-376, part 2), without trusting a number in them."""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from shared.text.documents.extract import Extract, encrypted, too_large

ENTRIES = 5_000
DIRECTORY_BYTES = 1_000_000
UNPACKED_BYTES = 64 * 1024 * 1024
"""Of all the parts read. Those that are never read, such as pictures, are never unpacked."""
RATIO = 250
"""Office XML seldom packs better than 1 to 100; a bomb of zeros packs 1 to 1,000."""
_RATIO_FROM_BYTES = 1_000_000
_CHUNK_BYTES = 64 * 1024
_END_OF_DIRECTORY = b"PK\x05\x06"
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Target:
    """Receives the XML of a part as `xml.etree.ElementTree.XMLParser` gives it: a base that ignores it."""

    is_done = False
    """Whether the rest of the part is of no interest."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Receives the beginning of an element."""

    def end(self, tag: str) -> None:
        """Receives the end of an element."""

    def data(self, text: str) -> None:
        """Receives the text between tags."""


class Relationship(NamedTuple):
    """Says where a part leads: the last word of the type, such as `header`, and the other part's name."""

    kind: str
    part: str


class Relationships(Target):
    """Maps the ids of a part's relationships to where they lead, without those that leave the package."""

    def __init__(self, part: str) -> None:
        self._folder = posixpath.dirname(part)
        self.by_id: dict[str, Relationship] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Notes a relationship that stays inside the package."""
        if local_name(tag) != "Relationship" or attributes.get("TargetMode") == "External":
            return
        given = attributes.get("Target", "").replace("\\", "/")
        target = posixpath.normpath(posixpath.join("/", self._folder, given))
        kind = attributes.get("Type", "").rpartition("/")[2]
        self.by_id[attributes.get("Id", "")] = Relationship(kind, target.lstrip("/"))

    def parts(self, *kinds: str) -> Iterator[str]:
        """Yields the names of the other parts of these kinds, each once."""
        yield from dict.fromkeys(each.part for each in self.by_id.values() if each.kind in kinds)


class Package:
    """Streams the parts of an Office file, each at most once, within the bounds of this module.

    Args:
        content: The file.
        extract: Whose time it is.

    Raises:
        ToolError: `invalid_argument`: it is larger than the bounds, or encrypted.
        zipfile.BadZipFile: It is no archive.
    """

    def __init__(self, content: bytes, extract: Extract) -> None:
        end = content.rfind(_END_OF_DIRECTORY)
        # Its size is checked before `zipfile` makes an object of each entry of it.
        if end >= 0 and int.from_bytes(content[end + 12 : end + 16], "little") > DIRECTORY_BYTES:
            raise too_large()
        self._archive = zipfile.ZipFile(io.BytesIO(content))
        if len(self._archive.namelist()) > ENTRIES:
            raise too_large()
        # Names of parts are the same in any case (ECMA-376, part 2, 7.3.4); some writers use backslashes.
        self._entries = {_part_name(each.filename): each for each in self._archive.infolist()}
        self._extract = extract
        self._room_bytes = UNPACKED_BYTES
        self._relationships: dict[str, Relationships] = {}

    def __contains__(self, name: str) -> bool:
        return _part_name(name) in self._entries

    def main_part(self, usual: str) -> str:
        """Returns the name of the part that the package is about, which is nearly always the usual one."""
        return next(self.relationships("").parts("officeDocument"), usual)

    def feed(self, name: str, target: Target) -> None:
        """Streams a part to its target, as long as that wants more.

        Raises:
            ToolError: The part breaks a bound.
            KeyError: There is no such part.
            ValueError: It holds a document type or an entity, which no Office file does.
            SyntaxError: It is not XML.
        """
        # Imported here, as only some results need it.
        from defusedxml.ElementTree import DefusedXMLParser  # type: ignore[import-untyped]  # noqa: PLC0415

        entry = self._entries[_part_name(name)]
        if entry.flag_bits & _ENCRYPTED:
            raise encrypted()
        if entry.compress_type not in _METHODS:
            raise zipfile.BadZipFile(f"method {entry.compress_type} is not that of Office files")
        parser = DefusedXMLParser(target=target, forbid_dtd=True)
        read_bytes = 0
        with self._archive.open(entry) as part:
            while not target.is_done and (chunk := part.read(_CHUNK_BYTES)):
                self._extract.keep_time()
                read_bytes += len(chunk)
                self._room_bytes -= len(chunk)
                # What the entry says of its size may be a lie; what came out of it is not.
                if self._room_bytes < 0 or read_bytes > max(_RATIO_FROM_BYTES, RATIO * entry.compress_size):
                    raise too_large()
                parser.feed(chunk)
        if not target.is_done:
            parser.close()

    def feed_beside(self, name: str, target: Target, what: str) -> None:
        """Streams a part without which the rest can be read; if it is damaged, that is said of it.

        Raises:
            ToolError: The part breaks a bound.
        """
        try:
            self.feed(name, target)
        except (SyntaxError, ValueError, LookupError, zipfile.BadZipFile, zlib.error, EOFError):
            self._extract.leave_out(f"{what}, as that part of the file is damaged")

    def related(self, part: str, kind: str, usual: str) -> Iterator[str]:
        """Yields the parts of a kind that a part leads to, or the usual one: some writers list it nowhere."""
        found = list(self.relationships(part).parts(kind)) or [usual]
        yield from (each for each in found if each in self)

    def read(self, name: str, limit_bytes: int) -> bytes:
        """Returns the first bytes of a part that is no XML.

        Raises:
            KeyError: There is no such part.
        """
        with self._archive.open(self._entries[_part_name(name)]) as part:
            return part.read(limit_bytes)

    def relationships(self, name: str) -> Relationships:
        """Returns the relationships of a part, or of the package if the name is empty; none if unlisted."""
        if name not in self._relationships:
            folder, base = posixpath.split(name)
            found = Relationships(name)
            listed = posixpath.join(folder, "_rels", f"{base}.rels")
            if listed in self:
                self.feed(listed, found)
            self._relationships[name] = found
        return self._relationships[name]


def local_name(tag: str) -> str:
    """Returns a tag or attribute without its namespace: Office has two of each, transitional and strict."""
    return tag.rpartition("}")[2]


def local_names(attributes: dict[str, str]) -> dict[str, str]:
    """Returns attributes by their local names."""
    return {local_name(name): value for name, value in attributes.items()}


def whole_number(value: str | None, default: int = 0, *, base: int = 10) -> int:
    """Returns the whole number that an attribute holds, or another one where it holds none."""
    try:
        return int(value, base) if value else default
    except ValueError:
        return default


def is_on(value: str | None) -> bool:
    """Tells whether an attribute that says on or off says on; an element without it does."""
    return value not in ("0", "false", "off", "none")


def _part_name(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()
