"""Routes a path to an operation: `/{organization}/{project}/{team}/_apis/...`, most of it optional."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

from starlette.requests import Request

from local.devops.call import Operation
from local.devops.errors import RefusalError, no_such_resource


class Host:
    """Describes what one host offers.

    `name` is its name on the internet; without one, a path begins with the name of the host it is of.
    `places` is how many segments can stand before `_apis`: organization, project, team, or none.
    `scope_refusal` is the status with which it refuses tokens that lack a scope.
    """

    def __init__(
        self, operations: Sequence[Operation], *, places: int, scope_refusal: int, name: str = ""
    ) -> None:
        self.name = name
        self.places = places
        self.scope_refusal = scope_refusal
        self._table = [(_pattern(operation.path), operation) for operation in operations]

    def split(self, request: Request) -> tuple[list[str], str]:
        """Returns the decoded segments before `_apis`, and those after it, each on a line of its own.

        Split before decoding: an encoded slash belongs to its segment.

        Raises:
            RefusalError: Nothing on this host has such a path.
        """
        raw = request.scope.get("raw_path") or request.scope["path"].encode()
        segments = [
            unquote(segment) for segment in raw.decode("ascii").partition("?")[0].strip("/").split("/")
        ]
        folded = [segment.casefold() for segment in segments]
        cut = folded.index("_apis") if "_apis" in folded else -1
        if not (0 < cut <= self.places or cut == self.places == 0):
            raise no_such_resource(request.url.path)
        return segments[:cut], "\n".join(segments[cut + 1 :])

    def operation(self, method: str, resource: str) -> tuple[Operation, dict[str, str]]:
        """Returns the operation at a path, and the segments its template names.

        Raises:
            RefusalError: There is none, or none for the method.
        """
        methods = set()
        for pattern, operation in self._table:
            match = pattern.fullmatch(resource)
            if match and operation.method == method:
                return operation, match.groupdict()
            if match:
                methods.add(operation.method)
        if methods:
            body = {
                "count": 1,
                "value": {"Message": f"The resource does not support the http method '{method}'."},
            }
            raise RefusalError(405, body, {"allow": ", ".join(sorted(methods))})
        raise no_such_resource(resource.replace("\n", "/"))


def _pattern(path: str) -> re.Pattern[str]:
    """Returns a template as a pattern over segments that are lines; paths are matched in any case."""
    escaped = re.escape(path).replace("/", "\n")
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^\n]+)", escaped), re.IGNORECASE)
