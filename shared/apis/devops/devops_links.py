"""Parses addresses of Azure DevOps as a browser shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

_PUBLIC = ("https", "dev.azure.com")
_OLD_HOST = ".visualstudio.com"
_DEFAULT_COLLECTION = "DefaultCollection"


@dataclass(frozen=True, slots=True)
class DevOpsLink:
    """A parsed address: organization, project, an area such as `_build`, and what is in there."""

    organization: str
    project: str
    area: str
    segments: Sequence[str]
    query: Mapping[str, str]


def parse_link(address: str, base: str) -> DevOpsLink | None:
    """Parses an address; returns None when it is none of a project of Azure DevOps.

    Both forms are known: `https://dev.azure.com/{organization}/{project}/{area}/...` and the older
    `https://{organization}.visualstudio.com/{project}/{area}/...`. Only names are taken from an
    address: no request is ever sent to its host.

    Args:
        address: As copied from a browser.
        base: Where organizations are, such as `https://dev.azure.com`.
    """
    try:
        parts = urlsplit(address.strip())
        host = parts.hostname or ""
    except ValueError:
        return None
    # Split before decoding: an encoded slash belongs to its segment.
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    if host.endswith(_OLD_HOST):
        organization = host.removesuffix(_OLD_HOST)
        segments = [organization, *segments[segments[:1] == [_DEFAULT_COLLECTION] :]]
    elif (parts.scheme, parts.netloc) not in (_PUBLIC, urlsplit(base)[:2]):
        return None
    if len(segments) < 3 or not segments[2].startswith("_"):
        return None
    return DevOpsLink(segments[0], segments[1], segments[2], segments[3:], dict(parse_qsl(parts.query)))
