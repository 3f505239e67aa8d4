"""Reads calendar files (.ics) and contact files (.vcf): one property per line, unfolded."""

import quopri
import re
from collections.abc import Iterator

from shared.text.documents.charsets import codec_of, decode
from shared.text.documents.extract import Extract

_FOLD = re.compile(rb"\r?\n[ \t]")
# Name and parameters, of which values in quotes may hold colons (RFC 5545, 3.1).
_PROPERTY = re.compile(r'^(?:[\w-]+\.)?([\w-]+)((?:;[\w-]+(?:=(?:"[^"]*"|[^";:])*)?)*):(.*)$', re.DOTALL)
_PARAMETER = re.compile(r';([\w-]+)(?:=("[^"]*"|[^;:]*))?')
_ESCAPED = re.compile(r"\\([nN,;:\\])")
_SHOWN_PARAMETERS = ("CN", "TZID", "PARTSTAT", "ROLE", "TYPE", "FMTTYPE", "FILENAME", "X-FILENAME")
# What only programs read; a time zone that is defined here is named by its TZID.
_PASSED_OVER = frozenset({"UID", "SEQUENCE", "DTSTAMP", "PRODID", "VERSION", "CALSCALE", "REV"})
_NEVER_SHOWN_PARTS = frozenset({"VTIMEZONE"})


def read_calendar(content: bytes, content_type: str, extract: Extract) -> None:
    """Adds the properties, each on a line of its own, with the names of people."""
    # A fold may part the bytes of one character, so it goes first (RFC 5545, 3.1). UTF-16 has other ends.
    whole = content if b"\0" in content else _FOLD.sub(b"", content)
    extract.add("\n".join(_lines(decode(whole, content_type), extract)))


def _lines(text: str, extract: Extract) -> Iterator[str]:
    hidden_part = ""
    for line in _unfolded(text):
        found = _PROPERTY.match(line)
        if found is None:
            if line.strip() and not hidden_part:
                yield line
            continue
        name, value = found[1].upper(), found[3]
        if hidden_part:
            hidden_part = "" if name == "END" and value.strip().upper() == hidden_part else hidden_part
        elif name == "BEGIN":
            part = value.strip().upper()
            hidden_part = part if part in _NEVER_SHOWN_PARTS else ""
            if not hidden_part:
                yield f"[{part}]"
        elif (
            name not in _PASSED_OVER
            and name != "END"
            and (not name.startswith("X-") or name == "X-WR-CALNAME")
        ):
            yield from _shown(name, found[2], value, extract)


def _shown(name: str, parameters: str, value: str, extract: Extract) -> Iterator[str]:
    given = {key.upper(): (one or key).strip('"') for key, one in _PARAMETER.findall(parameters)}
    encoding = given.get("ENCODING", "").upper()
    if encoding in ("BASE64", "B") or value.startswith("data:"):
        extract.leave_out(f"the file in {name}")
        return
    if encoding in ("QUOTED-PRINTABLE", "Q") or "QUOTED-PRINTABLE" in given:
        codec = codec_of(given.get("CHARSET", "utf-8")) or "utf-8"
        value = quopri.decodestring(value.encode()).decode(codec, "replace")
    said = ", ".join(given[key] for key in _SHOWN_PARAMETERS if given.get(key))
    text = _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)
    yield f"{name} ({said}): {text}" if said else f"{name}: {text}"


def _unfolded(text: str) -> Iterator[str]:
    """Yields the lines as they were before folding; in quoted-printable, those that go on end in `=`."""
    going_on = ""
    for line in text.splitlines():
        whole = going_on + line
        if line.endswith("=") and "QUOTED-PRINTABLE" in whole.partition(":")[0].upper():
            going_on = whole[:-1]
            continue
        going_on = ""
        yield whole
    if going_on:
        yield going_on
