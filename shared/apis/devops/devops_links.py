"""Parses addresses of Azure DevOps as a browser, a person or the API shows them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

_PUBLIC_HOST = "dev.azure.com"
_OLD_HOST = ".visualstudio.com"
_DEFAULT_COLLECTION = "defaultcollection"
_ORGANIZATION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?", re.ASCII)
_WITHOUT_SCHEME = re.compile(r"(?:dev\.azure\.com|[a-z0-9-]+\.visualstudio\.com)/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DevOpsLink:
    """Holds a parsed address: organization, project, an area such as `_build`, and what is in there.

    The project is empty where the address names none, as those of work items may.
    """

    organization: str
    project: str
    area: str
    segments: Sequence[str]
    query: Mapping[str, str]

    def after(self, *names: str) -> str | None:
        """Returns the segment that follows the last one with one of these names (any case), if any."""
        found = [index for index, each in enumerate(self.segments) if each.casefold() in names]
        following = self.segments[found[-1] + 1 :] if found else ()
        return following[0] if following else None


def parse_link(address: str, base: str) -> DevOpsLink | None:
    """Parses an address; returns None when it is none of Azure DevOps.

    Known are `https://dev.azure.com/{organization}/{project}/{area}/...` and the older
    `https://{organization}.visualstudio.com/{project}/{area}/...`, each also with a team after the project,
    without the project where it has the name of the repository (`/_git/{repository}`) or does not matter,
    and with the user or the collection that copied addresses may hold. Only names are taken from an
    address: no request is ever sent to its host.

    Args:
        address: As copied.
        base: Where organizations are, such as `https://dev.azure.com`.
    """
    written = address.strip()
    if _WITHOUT_SCHEME.match(written):
        written = f"https://{written}"
    try:
        parts = urlsplit(written)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    # Split before decoding: an encoded slash belongs to its segment.
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    is_public = parts.scheme == "https" and port in (None, 443)
    if is_public and host.endswith(_OLD_HOST):
        segments.insert(0, host.removesuffix(_OLD_HOST))
    elif not (is_public and host == _PUBLIC_HOST) and (parts.scheme, parts.netloc) != urlsplit(base)[:2]:
        return None
    if len(segments) > 1 and segments[1].casefold() == _DEFAULT_COLLECTION:
        del segments[1]
    at = next((index for index, each in enumerate(segments) if each.startswith("_")), 0)
    if not 1 <= at <= 3 or not _ORGANIZATION.fullmatch(segments[0]):
        return None
    area, inside = segments[at], segments[at + 1 :]
    project = segments[1] if at > 1 else ""
    if area == "_git":
        # What the portal puts between area and repository.
        inside = inside[1:] if inside[:1] in (["_full"], ["_optimized"]) else inside
        # The repository that has the name of its project needs no project.
        project = project or (inside[0] if inside else "")
    # Old addresses of work items name them after the hash.
    query = {**dict(parse_qsl(parts.fragment)), **dict(parse_qsl(parts.query))}
    return DevOpsLink(segments[0], project, area, inside, query)
