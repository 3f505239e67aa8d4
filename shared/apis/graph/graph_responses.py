"""Parses responses of Microsoft Graph, and turns refusals into errors. Nothing here does I/O."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from shared.apis.claims import claims_challenge
from shared.apis.requests import COMMON_REFUSALS, Refusal, json_object, json_value, refusal, unexpected
from shared.errors import ToolError
from shared.http.messages import Response

SERVICE = "Microsoft Graph"

_REFUSALS: Mapping[int, Refusal] = {
    **COMMON_REFUSALS,
    401: ("sign_in_required", "no longer accepts your sign-in", "Sign in again, then repeat the call."),
    403: (
        "forbidden",
        "denied the request",
        "Ask whoever owns the item or an administrator for access.",
    ),
    404: (
        "not_found",
        "found no such item, or you have no access to it",
        "Look the id up again with a list or search tool.",
    ),
    413: (
        "invalid_argument",
        "does not take anything as large as this",
        "Send less, or put it into a file and give a link to that.",
    ),
    423: (
        "conflict",
        "found the item locked",
        "Wait until it is closed or checked in, then repeat the call.",
    ),
    507: ("forbidden", "has no storage left for it", "Ask the owner or an administrator to make room."),
}

_ID: Refusal = (
    "invalid_argument",
    "knows no id of this form",
    "Look the id up again with a list or search tool, and give it as it is.",
)
_THROTTLED = COMMON_REFUSALS[429]
_NO_MAILBOX: Refusal = (
    "forbidden",
    "found no mailbox in Exchange Online for this account",
    "Mail, calendar and To Do need one: ask an administrator for a licence that includes Exchange Online, or "
    "whether the mailbox is kept on premises.",
)
NO_ONEDRIVE: Refusal = (
    "forbidden",
    "found no OneDrive for this account",
    "Open OneDrive once in a browser, which makes it; if that fails, ask an administrator for a licence that "
    "includes SharePoint.",
)
_NO_LICENCE: Refusal = (
    "forbidden",
    "lacks a licence for this",
    "Ask an administrator to assign a licence that includes the service to your account.",
)
_LIMIT: Refusal = (
    "forbidden",
    "has reached a limit of the service",
    "Remove what is not needed any more, or ask the owner or an administrator.",
)
_CHANGED: Refusal = COMMON_REFUSALS[412]
_PROTECTED: Refusal = (
    "forbidden",
    "finds the section protected by a password",
    "Open it in OneNote: nothing here can read or change it.",
)
_TOO_MANY_NOTES: Refusal = (
    "forbidden",
    "cannot look through a library with so many OneNote items (5,000)",
    "Name one section by its id, or find the file with sharepoint_search_files.",
)
# Codes that tell more than the status they come with, and come with several; in lower case.
_BY_CODE: Mapping[str, Refusal] = {
    **dict.fromkeys(
        (
            "mailboxnotenabledforrestapi",
            "mailboxnotsupportedforrestapi",
            "mailboxnothostedinexchangeonline",
            "errornonexistentmailbox",
            "errormissingemailaddress",
            "organizationfromtenantguidnotfound",
            "tenantnothostedinexchangeonline",
        ),
        _NO_MAILBOX,
    ),
    **dict.fromkeys(
        (
            "aadpremiumlicenserequired",
            "authentication_requestfromnonpremiumtenantorb2ctenant",
        ),
        _NO_LICENCE,
    ),
    **dict.fromkeys(("errorinvalididmalformed", "errorinvalidid"), _ID),
    **dict.fromkeys(
        (
            "toomanyrequests",
            "activitylimitreached",
            "applicationthrottled",
            "throttledrequest",
            "errorserverbusy",
            "errortoomanyobjectsopened",
            "errorconnectionfailedtransienterror",
        ),
        _THROTTLED,
    ),
    **dict.fromkeys(
        (
            "errorquotaexceeded",
            "quotalimitreached",
            "errorexceededmessagelimit",
            "errorsubmissionquotaexceeded",
            "directory_quotaexceeded",
        ),
        _LIMIT,
    ),
    **dict.fromkeys(
        ("resourcemodified", "entitytagdoesnotmatch", "errorirresolvableconflict", "errorchangekeyrequired"),
        _CHANGED,
    ),
    **dict.fromkeys(("resourcelocked", "lockmismatch"), _REFUSALS[423]),
    "namealreadyexists": COMMON_REFUSALS[409],
    # OneNote's codes are numbers (Error codes for OneNote APIs in Microsoft Graph).
    "10004": _PROTECTED,
    "10008": _TOO_MANY_NOTES,
    "10013": _TOO_MANY_NOTES,
    "30102": ("forbidden", "finds the section full", "Write into another section."),
    "30105": NO_ONEDRIVE,
    "malwaredetected": (
        "forbidden",
        "found malware in the file",
        "Do not open it; tell an administrator.",
    ),
    "errorsendasdenied": (
        "forbidden",
        "does not let this account send in that name",
        "Send in your own name, or ask an administrator for the right to send as the other.",
    ),
    "erroraccountsuspend": (
        "forbidden",
        "has suspended sending from this mailbox",
        "Sign in to Outlook in a browser and follow what it says, or ask an administrator.",
    ),
    "errorinvalidmailboxitemid": (
        "invalid_argument",
        "has no item of this id in this mailbox",
        "Give an id with the mailbox that it was listed in.",
    ),
    **dict.fromkeys(
        ("errormessagesizeexceeded", "errorattachmentsizelimitexceeded"),
        (
            "invalid_argument",
            "does not take a message as large as this",
            "Attach less: put links to files in OneDrive or SharePoint into the text instead.",
        ),
    ),
    "errormailboxmoveinprogress": (
        "unavailable",
        "is moving the mailbox just now",
        "Try again in some minutes.",
    ),
    "errormailboxstoreunavailable": ("unavailable", "cannot reach the mailbox now", "Try again in a moment."),
    "timezonenotsupportedexception": (
        "invalid_argument",
        "does not know the time zone",
        "Give an IANA name such as Europe/Lisbon as time_zone.",
    ),
}
# Where no code says it, the service's words do.
_BY_WORDS: Sequence[tuple[str, Refusal]] = (
    (
        "invalid hostname for this tenancy",
        (
            "invalid_argument",
            "knows no such host in your organization",
            "Give the address of a site or file of your own organization. What another organization shared "
            "can be opened in a browser.",
        ),
    ),
    ("user's mysite", NO_ONEDRIVE),
    ("mysite not found", NO_ONEDRIVE),
    ("spo license", NO_ONEDRIVE),
    ("license", _NO_LICENCE),
    ("licence", _NO_LICENCE),
)
_DEEPEST = 8
_WORDED = (400, 403, 404)
"""The statuses whose codes may be general ones, so that the words decide."""


def parse_response(response: Response) -> dict[str, Any]:
    """Parses the document of a response. Raises ToolError when it is a refusal or a failure."""
    if response.status >= 400:
        raise _refusal(response)
    document = json_object(response.body)
    # 207: of several things, some were done ("Send a sharing invitation").
    if response.status not in (200, 201, 202, 207) or document is None:
        raise unexpected(SERVICE, response)
    return document


def raise_failure(response: Response) -> NoReturn:
    """Raises what a response means that is not what was requested: a refusal, or an unexpected form."""
    parse_response(response)
    raise unexpected(SERVICE, response)


def parse_anything(response: Response) -> Any:
    """Parses a response that may be a list, a text or nothing at all, which is None.

    Raises:
        ToolError: It is a refusal or a failure.
    """
    if response.status == 204 or (response.status == 200 and not response.body.strip()):
        return None
    try:
        return json_value(response.body) if response.status == 200 else parse_response(response)
    except ValueError as error:
        raise unexpected(SERVICE, response) from error


def is_token_rejected(response: Response) -> bool:
    """Tells whether Graph wants another token: by 401, or by 403 with a claims challenge."""
    return response.status == 401 or (
        response.status == 403 and claims_challenge(response.headers) is not None
    )


def _refusal(response: Response) -> ToolError:
    stated = (json_object(response.body) or {}).get("error")
    error = stated if isinstance(stated, dict) else {}
    known = _known_refusal(response.status, error)
    if known is None and is_token_rejected(response):
        known = _REFUSALS[401]
    return refusal(
        {**_REFUSALS, response.status: known} if known else _REFUSALS,
        response,
        service=SERVICE,
        status=response.status,
        said=error.get("message"),
        details={"graph_error": error.get("code"), "request_id": response.headers.get("request-id")},
    )


def _known_refusal(status: int, error: Mapping[str, Any]) -> Refusal | None:
    """Returns what a code of the error means, the innermost first, or else its words; None if unknown."""
    codes = [str(each).casefold() for each in _codes(error)]
    for code in reversed(codes):
        # Planner names each of its limits, such as MaximumTasksInProject.
        if meaning := _LIMIT if code.startswith("maximum") else _BY_CODE.get(code):
            return meaning
    words = str(error.get("message") or "").casefold()
    if status in _WORDED:
        return next((meaning for part, meaning in _BY_WORDS if part in words), None)
    return None


def _codes(error: Mapping[str, Any]) -> Iterator[object]:
    """Yields the codes of an error from the outermost in; workloads spell the inner one in two ways."""
    inner: object = error
    for _ in range(_DEEPEST):
        if not isinstance(inner, Mapping):
            return
        if inner.get("code"):
            yield inner["code"]
        inner = inner.get("innerError") or inner.get("innererror")
