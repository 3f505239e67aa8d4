"""Office files as packages of XML parts (ECMA-376, part 2), read without trusting a number in them."""

import io
import posixpath
import zipfile

from shared.errors import ToolError
from shared.text.documents.extract import Extract

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
    """Takes in the XML of a part as `xml.etree.ElementTree.XMLParser` gives it: a base that ignores it."""

    is_done = False
    """Whether the rest of the part is of no interest."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def data(self, text: str) -> None:
        """Text between."""


class Relationships(Target):
    """Where the relationships of a part lead, by their ids: names of other parts."""

    def __init__(self, part: str) -> None:
        self._folder = posixpath.dirname(part)
        self.targets: dict[str, str] = {}
        self.kinds: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Note a relationship that stays inside the package."""
        if local_name(tag) != "Relationship" or attributes.get("TargetMode") == "External":
            return
        target = posixpath.normpath(posixpath.join("/", self._folder, attributes.get("Target", "")))
        name = target.lstrip("/")
        self.targets[attributes.get("Id", "")] = name
        self.kinds[attributes.get("Type", "").rpartition("/")[2]] = name


class Package:
    """An Office file whose parts are streamed, each at most once, within the bounds of this module.

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
            raise _too_large()
        self._archive = zipfile.ZipFile(io.BytesIO(content))
        if len(self._archive.namelist()) > ENTRIES:
            raise _too_large()
        self._extract = extract
        self._room_bytes = UNPACKED_BYTES

    def __contains__(self, name: str) -> bool:
        return name in self._archive.NameToInfo

    def feed(self, name: str, target: Target) -> None:
        """Stream a part to its target, as long as that wants more.

        Raises:
            ToolError: The part breaks a bound.
            KeyError: There is no such part.
            ValueError: It holds a document type or an entity, which no Office file does.
            SyntaxError: It is not XML.
        """
        # Imported here, as only some results need it.
        from defusedxml.ElementTree import DefusedXMLParser  # type: ignore[import-untyped]  # noqa: PLC0415

        entry = self._archive.getinfo(name)
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
                    raise _too_large()
                parser.feed(chunk)
        if not target.is_done:
            parser.close()

    def relationships(self, name: str) -> Relationships:
        """The relationships of a part: none if it has no part that lists them."""
        folder, base = posixpath.split(name)
        found = Relationships(name)
        listed = f"{folder}/_rels/{base}.rels"
        if listed in self:
            self.feed(listed, found)
        return found


def local_name(tag: str) -> str:
    """A tag or attribute without its namespace: Office has two of each, transitional and strict."""
    return tag.rpartition("}")[2]


def local_names(attributes: dict[str, str]) -> dict[str, str]:
    """Attributes by their local names."""
    return {local_name(name): value for name, value in attributes.items()}


def encrypted() -> ToolError:
    """The failure of a document that is protected with a password."""
    return ToolError(
        "invalid_argument",
        "The document is encrypted or protected with a password.",
        "Open it in its own application with the password, or ask its owner for an unprotected copy.",
    )


def _too_large() -> ToolError:
    return ToolError(
        "invalid_argument",
        "The document unpacks to more than is read here.",
        "Open it in its own application, or ask for a smaller file.",
    )
