"""Reads the text of mail files (MIME, RFC 5322): headers, text, mails within, names of attachments."""

from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message

from shared.text.documents.calendars import read_calendar
from shared.text.documents.charsets import codec_of, decode, decode_as
from shared.text.documents.extract import Extract, damaged
from shared.text.documents.plain import page_text

HEADERS = ("From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Date", "Subject")
MAILS = 20
"""How many mails are read that are within one another or side by side."""
PARTS = 500
HEADER_CHARACTERS = 20_000
"""Of one header, which is room for hundreds of people."""
_ENCRYPTED_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")


def read_mail(content: bytes, extract: Extract) -> None:
    """Adds a mail: headers, text, the mails within it, and the names of its attachments.

    Raises:
        ToolError: `invalid_argument`: it is no mail.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:200]:
        content = decode(content).encode()
    message = message_from_bytes(content.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n"))
    if not message.keys() and not content.strip():
        raise damaged()
    _Mail(extract).add(message)


class _Mail:
    """Adds a mail and those within it to the extract."""

    def __init__(self, extract: Extract) -> None:
        self._extract = extract
        self._mails = 0
        self._parts = 0
        self._attachments: list[str] = []

    def add(self, message: Message) -> None:
        """Adds one mail."""
        if self._mails == MAILS:
            self._extract.leave_out(f"mails within the mail after the first {MAILS}")
            return
        self._mails += 1
        outer, self._attachments = self._attachments, []
        # As they stand in the file: bytes beyond ASCII are lost in what `Message` otherwise gives.
        given = [(name.casefold(), value) for name, value in message.raw_items()]
        for name in HEADERS:
            for value in (value for key, value in given if key == name.casefold()):
                if len(value) > HEADER_CHARACTERS:
                    self._extract.leave_out(f"the end of {name}, which is longer than a mail's header")
                self._extract.add(f"{name}: {header_text(value[:HEADER_CHARACTERS])}\n")
        self._extract.add("\n")
        self._add_part(message)
        if self._attachments:
            self._extract.add("\n[Attachments, not read here]\n" + "\n".join(self._attachments) + "\n")
        self._attachments = outer

    def _add_part(self, part: Message) -> None:
        self._parts += 1
        if self._parts > PARTS:
            self._extract.leave_out(f"parts of the mail after the first {PARTS}")
            return
        kind = part.get_content_type()
        payload = part.get_payload()
        children = (
            [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else None
        )
        if kind == "message/rfc822" and children is not None:
            name = _file_name(part)
            for child in children:
                self._extract.add(f"\n[Mail within{f': {name}' if name else ''}]\n")
                self.add(child)
        elif kind == "multipart/alternative" and children is not None:
            self._add_alternatives(children)
        elif children is not None:
            for child in children:
                self._add_part(child)
        elif _is_attached(part) or not kind.startswith(("text/", "message/")):
            self._name_attachment(part, kind)
        else:
            self._extract.add(self._text_of(part, kind).strip("\r\n") + "\n")

    def _add_alternatives(self, parts: list[Message]) -> None:
        """Adds the plain text of a mail, and its HTML where that says much more; other parts as ever."""
        texts: dict[str, str] = {}
        others: list[Message] = []
        for part in parts:
            kind = part.get_content_type()
            if kind in ("text/plain", "text/html") and not _is_attached(part):
                texts[kind] = self._text_of(part, kind)
            else:
                others.append(part)
        plain, html = texts.get("text/plain", "").strip(), texts.get("text/html", "").strip()
        for part in others:
            is_related = part.get_content_type() == "multipart/related"
            if not (is_related and plain):
                self._add_part(part)
            else:
                self._name_related(part)
        if plain:
            self._extract.add(plain + "\n")
        if html and len(html.split()) > 2 * len(plain.split()):
            self._extract.add(html + "\n")

    def _name_related(self, part: Message) -> None:
        """Names the attachments of a page whose text stands in another part."""
        for child in part.walk():
            if not child.is_multipart() and not child.get_content_type().startswith("text/html"):
                self._name_attachment(child, child.get_content_type())

    def _text_of(self, part: Message, kind: str) -> str:
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            return ""
        charset = part.get_content_charset() or ""
        if kind == "text/html":
            text = decode_as(content, charset) if charset else decode(content.replace(b"\0", b""))
            return page_text(text, self._extract)
        if kind == "text/calendar":
            within = Extract()
            read_calendar(content, f"text/calendar; charset={charset}", within)
            return within.text()
        return decode_as(content, charset)

    def _name_attachment(self, part: Message, kind: str) -> None:
        name = _file_name(part)
        if kind in _ENCRYPTED_TYPES and part.get_param("smime-type") != "signed-data":
            self._extract.leave_out("the text of the mail, which is encrypted (S/MIME)")
        elif kind in _ENCRYPTED_TYPES:
            self._extract.leave_out("the text of the mail, which is inside its signature (S/MIME)")
        elif part.get_content_maintype() == "multipart":
            self._extract.leave_out("a part of the mail that has no end")
        payload = part.get_payload(decode=True)
        size = len(payload) if isinstance(payload, bytes) else 0
        if name or size:
            self._attachments.append(f"{name or 'without name'} ({kind}, {size:,} bytes)")


def header_text(value: object) -> str:
    """Returns a header's value, decoded (RFC 2047) and on one line."""
    raw = " ".join(str(value).split())
    try:
        pieces = decode_header(raw)
    except (HeaderParseError, ValueError, LookupError):
        return _repaired(raw)
    return "".join(_piece(*piece) for piece in pieces)


def _piece(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        return _repaired(piece)
    if charset is None:
        return _repaired(piece.decode("ascii", "surrogateescape"))
    return piece.decode(codec_of(charset) or "utf-8", "replace")


def _repaired(text: str) -> str:
    """Decodes bytes that a header holds as they are, against the standard."""
    try:
        content = text.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return text
    return decode_as(content, "")


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename()
    except (ValueError, LookupError, TypeError):
        name = None
    return header_text(name) if name else ""


def _is_attached(part: Message) -> bool:
    disposition = str(part.get("Content-Disposition", "")).partition(";")[0].strip().casefold()
    return disposition == "attachment"
