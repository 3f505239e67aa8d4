"""Parses the values of settings: URLs, ids, lists, files and rates.

Each problem is told in words that follow the setting's name, and never holds the value.
"""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from shared.guids import is_guid
from shared.settings.rate import Rate
from shared.settings.read_more import ReadMore

_IN_BRACKETS = re.compile(r"<.*>", re.DOTALL)
# That of local.settings.json.example, however much of its marks is left.
_EXAMPLE = re.compile("client secret for this machine only".replace(" ", r"[\W_]+"), re.IGNORECASE)
_SECRET_ID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
_QUOTES = "\"'`\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of this machine, the only ones that may be reached without TLS."""

_TABLE = re.compile(r"[A-Za-z][A-Za-z0-9]{2,62}")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_NOT_IN_BASE_URL = re.compile(r"[?#@\\\s]")


def folded(value: object) -> object:
    """Returns a text without its outer spaces and in lower case; anything else as it is."""
    return value.strip().casefold() if isinstance(value, str) else value


def is_loopback(host: str) -> bool:
    """Tells whether a host is this machine by its name or its address."""
    try:
        return host in LOOPBACK or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _guid(value: str) -> str:
    value = value.strip().casefold()
    if not is_guid(value):
        raise ValueError("must be a GUID such as 00000000-0000-0000-0000-000000000000")
    return value


def _base_url(value: str) -> str:
    value = value.strip().rstrip("/")
    if _NOT_IN_BASE_URL.search(value) or not _names_host(value):
        raise ValueError("must be a base URL such as https://example.com")
    parts = urlsplit(value)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("must start with https:// (http:// is for loopback addresses only)")
    if re.search(r"/v\d+(\.\d+)?$", parts.path):
        raise ValueError("must be without the version at its end")
    return value


def _names_host(url: str) -> bool:
    """Tells whether the URL names a host, and a port only as a number."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        # Its text would hold the value.
        return False


def _authority(value: str) -> str:
    value = value.strip()
    value = _base_url(value if "://" in value else f"https://{value}")
    if not value.startswith("https://"):
        raise ValueError("must start with https://, on loopback too")
    return value


def _table_url(value: str) -> str:
    # The name: "Understanding the Table service data model", table names.
    value = _base_url(value)
    if not value.startswith("https://") or not _TABLE.fullmatch(urlsplit(value).path.rpartition("/")[2]):
        raise ValueError(
            "must be the https:// URL of a table such as https://account.table.core.windows.net/preferences"
        )
    return value


def _existing_file(value: Path) -> Path:
    if not value.is_file():
        raise ValueError("names no file that can be read")
    return value


def _split(value: object) -> object:
    return re.split(r"[,;\s]+", value.strip(" ,;\t\n")) if isinstance(value, str) else value


def _host_name(value: str) -> str:
    value = value.casefold().removeprefix("*").removeprefix(".")
    if not _DOMAIN.fullmatch(value):
        raise ValueError("must be names of hosts such as files.example.com, without https:// and ports")
    return value


def _confirm_writes(value: object) -> object:
    known = {"true": "others", "false": "none"}
    value = folded(value)
    if value not in (*known, "none", "others", "all"):
        raise ValueError("must be none, others or all (or false or true for the first two)")
    return known.get(str(value), value)


def _redis_url(value: SecretStr) -> SecretStr:
    url = value.get_secret_value().strip()
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss") or not _names_host(url):
        raise ValueError("must be a URL such as rediss://:<key>@<name>.redis.azure.net:10000")
    if parts.scheme != "rediss" and parts.hostname not in LOOPBACK:
        raise ValueError("must start with rediss:// (redis:// is for loopback addresses only)")
    return SecretStr(url)


def client_secret(value: SecretStr) -> SecretStr:
    """Returns a client secret without white space around it.

    Raises:
        ValueError: It is a secret's id, or a placeholder; the words go on from what holds it.
    """
    secret = value.get_secret_value().strip()
    inner = secret.strip(_QUOTES).strip()
    if _SECRET_ID.fullmatch(inner.strip("{}<> ")):
        raise ValueError(
            "must be a secret's value, not its id: the value is shown once, when the secret is made"
        )
    if _IN_BRACKETS.fullmatch(inner) or _EXAMPLE.search(inner):
        raise ValueError("must be filled in: it has the placeholder of local.settings.json.example")
    # Entra makes secrets of letters, digits and a few marks, so what is there besides was pasted with it.
    if inner != secret or not secret.isascii() or not secret.isprintable():
        raise ValueError("must be the secret alone, without quotation marks and invisible characters")
    return SecretStr(secret)


def _rate(value: object) -> object:
    if not isinstance(value, str):
        return value
    return None if value.strip().casefold() == "none" else Rate.parse(value)


def _read_more(value: object) -> object:
    return ReadMore.parse(value) if isinstance(value, str) else value


def _host_urls(value: object) -> object:
    """Parses pairs such as `name=https://address`, separated by commas."""
    if not isinstance(value, str):
        return value
    pairs = [each.partition("=") for each in re.split(r"[,;\s]+", value.strip(" ,;\t\n"))]
    if not all(name and url for name, _, url in pairs):
        raise ValueError("must be pairs such as vstmr.dev.azure.com=https://proxy.example.com")
    return {name.casefold(): url for name, _, url in pairs}


Guid = Annotated[str, AfterValidator(_guid)]
Guids = Annotated[frozenset[Guid], BeforeValidator(_split)]
HostNames = Annotated[frozenset[Annotated[str, AfterValidator(_host_name)]], BeforeValidator(_split)]
Names = Annotated[frozenset[str], BeforeValidator(_split)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
Authority = Annotated[str, AfterValidator(_authority)]
TableUrl = Annotated[str, AfterValidator(_table_url)]
ClientSecret = Annotated[SecretStr, AfterValidator(client_secret)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url)]
ExistingFile = Annotated[Path, AfterValidator(_existing_file)]
ConfirmWrites = Annotated[Literal["none", "others", "all"], BeforeValidator(_confirm_writes)]
OptionalRate = Annotated[Rate | None, BeforeValidator(_rate)]
ScopeName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,120}$")]
ReadAreas = Annotated[ReadMore, BeforeValidator(_read_more)]
HostUrls = Annotated[Mapping[str, BaseUrl], BeforeValidator(_host_urls)]
