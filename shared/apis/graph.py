"""Microsoft Graph: how to ask it, and how to read its answers."""

from collections.abc import Mapping
from typing import Any

from shared.apis.models import GraphModel
from shared.apis.requests import AuthorizedHttp, Refusal, fill, json_object, parse, refusal
from shared.entra.delegated_access import DelegatedAccess
from shared.errors import ToolError
from shared.http import Answer, Http

SERVICE = "Microsoft Graph"
VERSION = "v1.0"

_REFUSALS: Mapping[int, Refusal] = {
    400: ("invalid_argument", "does not take this request", "Change the arguments as it says."),
    401: ("sign_in_required", "does not take your sign-in any more", "Sign in again, then repeat the call."),
    403: (
        "forbidden",
        "does not let you do this",
        "Ask whoever owns the item or an administrator for access.",
    ),
    404: (
        "not_found",
        "has no such item, or not for you",
        "Look the id up again with a list or search tool.",
    ),
    409: ("conflict", "has something there already", "Read the present state, then repeat the change."),
    412: ("conflict", "says that it changed meanwhile", "Read it again, then repeat the change."),
    423: (
        "conflict",
        "says that it is locked",
        "Wait until it is closed or checked in, then repeat the call.",
    ),
    429: ("throttled", "is asked too much just now", "Wait, then repeat the call."),
}


class Graph:
    """Graph as the caller, with the scopes the tool declares.

    Raises, in every method:
        ToolError: Graph refused, could not be asked, or answered in an unexpected form.
    """

    def __init__(self, http: Http, access: DelegatedAccess, *, endpoint: str) -> None:
        self._http = AuthorizedHttp(
            http, access, service=SERVICE, refused=lambda answer: answer.status == 401
        )
        self._base = f"{endpoint}/{VERSION}"

    async def get[M: GraphModel](self, model: type[M], path: str, *segments: str, **query: str) -> M:
        """The resource at a path such as `/me/messages/{}`, whose `{}` the segments fill."""
        params = {"$select": model.select(), **{f"${name}": value for name, value in query.items()}}
        answer = await self._http.send("GET", self._base + fill(path, segments), params=params)
        return parse(model, decipher(answer), service=SERVICE)


def decipher(answer: Answer) -> dict[str, Any]:
    """What a Graph response says. Raises ToolError when it is a refusal or a failure."""
    if answer.status >= 400:
        raise _refusal(answer)
    document = json_object(answer.body)
    if answer.status != 200 or document is None:
        raise ToolError(
            "upstream_error",
            f"{SERVICE} answered in an unexpected form (status {answer.status}).",
            "Try again in a moment; if it goes on, report it to the people who run this server.",
        )
    return document


def _refusal(answer: Answer) -> ToolError:
    stated = (json_object(answer.body) or {}).get("error")
    error = stated if isinstance(stated, dict) else {}
    return refusal(
        _REFUSALS,
        answer,
        service=SERVICE,
        status=answer.status,
        said=error.get("message"),
        details={"graph_error": error.get("code"), "request_id": answer.headers.get("request-id")},
    )
