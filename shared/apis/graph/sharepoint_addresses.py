"""Parses the web addresses by which people know sites and files. Nothing here does I/O."""

import base64
import re
import uuid
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from shared.errors import ToolError

type Argument = Literal["site", "file", "folder"]

_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
# What SharePoint puts before the path of an address copied from its pages: /:x:/r/sites/... is the path of
# a file, every other letter that of a sharing link.
_COPIED = re.compile(r":[a-z]:", re.IGNORECASE)
_OPENED_BY = re.compile(r"ms-[a-z]+:[a-z]+\|u\|(?P<url>[^|]+)", re.IGNORECASE)
_SHARE_TOKEN = re.compile(r"[us]![\w=-]+", re.ASCII)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TEAMS = ("teams.microsoft.com", "teams.cloud.microsoft", "gov.teams.microsoft.us", "dod.teams.microsoft.us")
_PERSONAL = ("1drv.ms", "onedrive.live.com", "d.docs.live.net", "photos.onedrive.com")
_SHAREPOINT = re.compile(
    r"[a-z0-9-]+\.(sharepoint\.(com|us|cn|de)|sharepoint-mil\.us|dps\.mil)", re.IGNORECASE
)
_GUEST_PAGE = "guestaccess.aspx"
"""The page of sharing links of an older form."""
_SAFE_LINKS = ".safelinks.protection.outlook.com"
_MANAGED_PATHS = ("sites", "teams", "personal")
# Where the path of a site ends: folders of its pages, its lists, and its services.
_INSIDE_A_SITE = frozenset(
    {"_api", "_layouts", "_vti_bin", "forms", "lists", "pages", "siteassets", "sitepages"}
)
# Parameters of SharePoint's pages that name the file or folder shown, by its path or its whole address.
_SHOWN_BY_PATH = ("id", "rootfolder", "sourcedoc", "sourceurl", "src")
_SHOWN_BY_ID = ("sourcedoc", "uniqueid")
_FORMS = ("dispform.aspx", "editform.aspx")
_WRAPPED = 3
"""How often an address may stand inside another, as a link in a mail to a Teams page of a file does."""


@dataclass(frozen=True, slots=True)
class WebAddress:
    """Holds what a web address tells.

    Attributes:
        url: The address itself, out of what it was wrapped in.
        host: Of SharePoint.
        path: The decoded path of a site, library, folder or file; without the page that shows it.
        unique_id: Of the file, where a page names it by that.
        list_item: Of the library, where a form names the file by its number in it.
        share: The token of Graph's `/shares`, where the address is a sharing link or such a token.
        item: Drive and item, where the address is one of Graph.
        group: The Microsoft 365 group whose team or site is meant.
    """

    url: str
    host: str = ""
    path: tuple[str, ...] = ()
    unique_id: uuid.UUID | None = None
    list_item: str | None = None
    share: str | None = None
    item: tuple[str, str] | None = None
    group: str | None = None

    @property
    def site_path(self) -> tuple[str, ...]:
        """Returns the longest path that can be a site's: up to what only stands inside of one."""
        first = self.managed
        end = next(
            (
                index
                for index, part in enumerate(self.path)
                if index >= first and (part.casefold() in _INSIDE_A_SITE or part.casefold().endswith(".aspx"))
            ),
            len(self.path),
        )
        return self.path[:end]

    @property
    def managed(self) -> int:
        """Returns how many parts of the path a site has at least: two below a managed path, else none."""
        return 2 if len(self.path) > 1 and self.path[0].casefold() in _MANAGED_PATHS else 0


def share_token(url: str) -> str:
    """Returns the token by which `/shares` knows an address (shares: Access shared items)."""
    return "u!" + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def is_share_token(given: str) -> bool:
    """Tells whether a text is a token of `/shares`."""
    return bool(_SHARE_TOKEN.fullmatch(given))


def parse_address(given: str, argument: Argument) -> WebAddress:
    """Parses a web address of a site, file or folder, with or without its scheme.

    Raises:
        ToolError: `invalid_argument`: it is none, or does not tell what it leads to.
    """
    opened = _OPENED_BY.fullmatch(given.strip())
    url = opened["url"] if opened else given.strip()
    for _ in range(_WRAPPED):
        host, query = _host(url), _query(url)
        if host.endswith(_SAFE_LINKS) and query.get("url"):
            url = query["url"]
        elif host in _TEAMS and query.get("objecturl"):
            url = query["objecturl"]
        elif host in _TEAMS and _GUID.fullmatch(query.get("groupid", "")):
            return WebAddress(url, group=query["groupid"])
        else:
            break
    return _of_graph(url) or _of_sharepoint(url, argument)


def path_parts(path: str, argument: Argument = "file") -> list[str]:
    """Splits a path inside a library.

    Raises:
        ToolError: `invalid_argument`: a part of it is empty, or a dot segment.
    """
    return _checked(path.strip("/").split("/"), argument) if path.strip("/") else []


def unknown_reference(argument: Argument) -> ToolError:
    """Returns the error of what is no reference to a site or file."""
    if argument == "site":
        return ToolError(
            "invalid_argument",
            "site: is neither the id nor the address of a site.",
            "Give an id from sharepoint_list_sites or sharepoint_search_sites, or an address such as "
            "https://contoso.sharepoint.com/sites/finance.",
        )
    return ToolError(
        "invalid_argument",
        f"{argument}: is no id, no web address and no path of a file or folder.",
        "Give an id that another tool returned, an address such as "
        "https://contoso.sharepoint.com/sites/finance/Shared Documents/plan.docx, or a path in the library "
        "such as /Reports/plan.docx.",
    )


def _of_graph(url: str) -> WebAddress | None:
    """Parses an address of Graph's own: of a shared item, or of an item of a drive."""
    parts = [unquote(part) for part in _path(url).split("/") if part]
    for index, part in enumerate(parts[:-1]):
        if part == "shares" and is_share_token(parts[index + 1]):
            return WebAddress(url, share=parts[index + 1])
        if part == "drives" and parts[index + 2 : index + 3] == ["items"] and len(parts) > index + 3:
            return WebAddress(url, item=(parts[index + 1], parts[index + 3]))
    return None


def _of_sharepoint(url: str, argument: Argument) -> WebAddress:
    host, parts = _split(url, argument)
    if parts and _COPIED.fullmatch(parts[0]):
        if parts[1:2] != ["r"]:
            return WebAddress(url, host, share=share_token(url))
        parts = parts[2:]
    query = _query(url)
    if argument != "site":
        if parts and parts[-1].casefold() == _GUEST_PAGE:
            return WebAddress(url, host, share=share_token(url))
        # OneDrive's pages show libraries of other hosts too, and name them so.
        library = query.get("listurl", "")
        host = _split(library, argument)[0] if library.startswith("https://") else host
        for name in _SHOWN_BY_PATH:
            shown = query.get(name, "")
            if shown.startswith("/"):
                return WebAddress(url, host, tuple(path_parts(shown, argument)))
            if shown.startswith(("https://", "http://")):
                return WebAddress(url, *_host_and_path(shown, argument))
        ids = (query.get(name, "").strip("{}") for name in _SHOWN_BY_ID)
        unique_id = next((uuid.UUID(each) for each in ids if _GUID.fullmatch(each)), None)
        pages = [part.casefold() for part in parts]
        if "_layouts" in pages:
            if unique_id is None:
                raise ToolError(
                    "invalid_argument",
                    f"{argument}: is the address of a page that does not tell which file it shows.",
                    "Find the file by its name with sharepoint_search_files, and give its id.",
                )
            return WebAddress(url, host, tuple(parts[: pages.index("_layouts")]), unique_id=unique_id)
        if len(parts) > 1 and pages[-2] == "forms" and pages[-1].endswith(".aspx"):
            number = query.get("id", "") if pages[-1] in _FORMS else ""
            return WebAddress(url, host, tuple(parts[:-2]), list_item=number if number.isdecimal() else None)
        if pages[:1] in (["s"], ["g"]):
            return WebAddress(url, host, share=share_token(url))
    return WebAddress(url, host, tuple(parts))


def _host_and_path(url: str, argument: Argument) -> tuple[str, tuple[str, ...]]:
    host, parts = _split(url, argument)
    return host, tuple(parts)


def _split(address: str, argument: Argument) -> tuple[str, list[str]]:
    """Splits an address into its host and the decoded parts of its path.

    Raises:
        ToolError: `invalid_argument`: it is none of SharePoint.
    """
    whole = address if "://" in address else f"https://{address}"
    try:
        # Graph writes the path of a site after a colon: contoso.sharepoint.com:/sites/finance.
        split = urlsplit(whole.replace(":/sites/", "/sites/").replace(":/teams/", "/teams/"))
        host, extra = split.hostname or "", split.port or split.username
    except ValueError:
        host, extra = "", None
    if not _HOST.fullmatch(host) or extra is not None or split.scheme.casefold() not in ("https", "http"):
        raise unknown_reference(argument)
    if host in _PERSONAL:
        raise ToolError(
            "invalid_argument",
            f"{argument}: is an address of a personal OneDrive, which belongs to no organization.",
            "Open it in a browser, or ask for it to be shared from SharePoint or OneDrive for work.",
        )
    if "://" in address and not _SHAREPOINT.fullmatch(host):
        raise ToolError(
            "invalid_argument",
            f"{argument}: is an address of {host}, which is neither SharePoint nor OneDrive for work.",
            "Give an address of your organization's SharePoint or OneDrive.",
        )
    return host, _checked([unquote(part) for part in split.path.split("/") if part], argument)


def _checked(parts: list[str], argument: Argument) -> list[str]:
    if any(part in ("", ".", "..") or "/" in part for part in parts):
        raise unknown_reference(argument)
    return parts


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").casefold()
    except ValueError:
        return ""


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _query(url: str) -> dict[str, str]:
    """Parses the first value of each parameter, by its name in lower case."""
    try:
        return {name.casefold(): values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    except ValueError:
        return {}
