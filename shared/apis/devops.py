"""Azure DevOps Services: how to ask it, and how to read its answers."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from shared.apis.requests import AuthorizedHttp, Refusal, fill, json_object, parse, refusal
from shared.entra.delegated_access import DelegatedAccess
from shared.errors import ToolError
from shared.http import Answer, Http

SERVICE = "Azure DevOps"
API_VERSION = "7.1"

_REFUSALS: Mapping[int, Refusal] = {
    400: ("invalid_argument", "does not take this request", "Change the arguments as it says."),
    401: (
        "sign_in_required",
        "does not take your sign-in",
        "Sign in again. If that does not help, your account is no member of the organization, or the "
        "organization belongs to another tenant: ask its administrator.",
    ),
    403: ("forbidden", "does not let you do this", "Ask an administrator of the project for the permission."),
    404: (
        "not_found",
        "has no such item, or not for you",
        "Look the id up again with a list or search tool.",
    ),
    409: ("conflict", "has something there already", "Read the present state, then repeat the change."),
    412: ("conflict", "says that it changed meanwhile", "Read it again, then repeat the change."),
    429: ("throttled", "is asked too much just now", "Wait, then repeat the call."),
}


class DevOps:
    """Azure DevOps as the caller, with the scopes the tool declares.

    Raises, in every method:
        ToolError: Azure DevOps refused, could not be asked, or answered in an unexpected form.
    """

    def __init__(self, http: Http, access: DelegatedAccess, *, profile_endpoint: str) -> None:
        self._http = AuthorizedHttp(http, access, service=SERVICE, refused=not_signed_in)
        self._profile_endpoint = profile_endpoint

    async def get_profile[M: BaseModel](self, model: type[M], path: str, *segments: str, **query: str) -> M:
        """A resource of the profile host, which knows people and organizations."""
        return await self._get(model, self._profile_endpoint + fill(path, segments), query)

    async def _get[M: BaseModel](self, model: type[M], url: str, query: Mapping[str, str]) -> M:
        answer = await self._http.send(
            "GET",
            url,
            params={"api-version": API_VERSION, **query},
            # Asks for a 401 in place of the sign-in page.
            headers={"X-TFS-FedAuthRedirect": "Suppress"},
        )
        return parse(model, decipher(answer), service=SERVICE)


def not_signed_in(answer: Answer) -> bool:
    """Whether the answer is one of the ways in which Azure DevOps asks for a sign-in.

    A token it does not take can lead to 401, to 203 with the sign-in page, or to a redirect to it.
    """
    return answer.status in (203, 302, 401) or (answer.status == 200 and _is_html(answer))


def decipher(answer: Answer) -> dict[str, Any]:
    """What an Azure DevOps response says. Raises ToolError when it is a refusal or a failure."""
    status = 401 if not_signed_in(answer) else answer.status
    if status >= 400:
        raise _refusal(answer, status)
    document = json_object(answer.body)
    if status not in (200, 201) or document is None:
        raise ToolError(
            "upstream_error",
            f"{SERVICE} answered in an unexpected form (status {status}).",
            "Try again in a moment; if it goes on, report it to the people who run this server.",
        )
    return document


def _refusal(answer: Answer, status: int) -> ToolError:
    error = json_object(answer.body) or {}
    return refusal(
        _REFUSALS,
        answer,
        service=SERVICE,
        status=status,
        said=error.get("message"),
        details={"devops_error": error.get("typeKey"), "request_id": answer.headers.get("x-vss-e2eid")},
    )


def _is_html(answer: Answer) -> bool:
    return answer.headers.get("content-type", "").casefold().startswith("text/html")
