"""The resources an app declares in its `mcpResourceTrigger` bindings, and what is made of them."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from azure_functions_runtime.bindings.datumdef import Datum

from local.host import content_blocks, dotnet_json
from local.host.declarations import RESOURCE, Declaration, caseless, declaring, without_empty
from local.host.dotnet_json import JsonError
from local.host.errors import InvocationError, StartupError
from local.host.extension_version import ExtensionVersion
from local.host.worker import Function

# RFC 3986, 3.1; .NET on Linux takes an absolute path for a file's URI, and wants a host for http.
_ABSOLUTE = re.compile(r"(?:/|[A-Za-z][A-Za-z0-9+.\-]*:(?!//$))", re.ASCII)
_VARIABLE = re.compile(r"\{([^{}]*)\}")
_BAD_NAME = re.compile(r"[/#?& ]|^$")


class UriError(Exception):
    """What is asked for is no absolute URI."""


@dataclass(frozen=True)
class Resource:
    """One resource or template: the function behind it and what the lists say of it."""

    function: Function
    uri: str
    name: str
    title: str | None
    description: str | None
    mime_type: str | None
    metadata: dict[str, Any]
    pattern: re.Pattern[str] | None

    @classmethod
    def declared(cls, function: Function) -> Resource:
        """Reads the resource of a function's trigger. Raises StartupError when it is declared wrongly."""
        declaration = Declaration(function, "resource", "uri")
        uri = declaration.name
        name = declaration.text("resourceName")
        if not name:
            raise declaration.wrong("resourceName", "is missing")
        try:
            _require_absolute(uri)
            pattern = _pattern(uri)
        except UriError as error:
            raise declaration.wrong("uri", str(error)) from error
        return cls(
            function=function,
            uri=uri,
            name=name,
            title=declaration.text("title"),
            description=declaration.text("description"),
            mime_type=declaration.text("mimeType"),
            metadata=declaration.metadata(),
            pattern=pattern,
        )

    def listing(self) -> dict[str, Any]:
        """Returns its entry in `resources/list` or `resources/templates/list`; a size is never listed."""
        return without_empty(
            {
                "name": self.name,
                "title": self.title,
                "uri" if self.pattern is None else "uriTemplate": self.uri,
                "description": self.description,
                "mimeType": self.mime_type,
                "_meta": self.metadata,
            }
        )

    def result(self, returned: Datum | None, uri: str, version: ExtensionVersion) -> dict[str, Any]:
        """Makes the result of `resources/read` of what the function returned.

        Every text is tried as an envelope first: there is no switch for it.

        Raises:
            InvocationError: The extension could not use it.
        """
        if returned is None or returned.value is None:
            return {"contents": []}
        typed = {"uri": uri, **content_blocks.typed_member(self.mime_type, version)}
        if isinstance(returned.value, bytes):
            return {"contents": [{**typed, "blob": base64.b64encode(returned.value).decode()}]}
        contents = self._enveloped(str(returned.value), version)
        if contents is None:
            return {"contents": [{**typed, "text": str(returned.value)}]}
        own_type = content_blocks.typed_member(contents.pop("mimeType", None) or self.mime_type, version)
        return {"contents": [{"uri": contents.pop("uri") or uri, **own_type, **contents}]}

    @staticmethod
    def _enveloped(text: str, version: ExtensionVersion) -> dict[str, Any] | None:
        """Returns the contents in an envelope, None when the text is none.

        Raises:
            InvocationError: It is an envelope with nothing in it.
        """
        try:
            envelope = dotnet_json.parse(text)
            if not isinstance(envelope, dict):
                return None
            members = content_blocks.caseless_members(envelope)
            if "content" not in members or not isinstance(members["content"], str | None):
                return None
            given = None if members["content"] is None else dotnet_json.parse(members["content"])
            contents = None if given is None else content_blocks.resource_contents(given, version)
        except (JsonError, InvocationError):
            return None
        if contents is None:
            raise InvocationError("the envelope holds neither text nor blob")
        return contents


class Resources:
    """The resources of an app: static ones by URI, templates in the order of their functions' names.

    Raises:
        StartupError: Two share a URI, or a declaration is wrong.
    """

    def __init__(self, functions: Iterable[Function]) -> None:
        self.static: dict[str, Resource] = {}
        self.templates: dict[str, Resource] = {}
        for function in declaring(functions, RESOURCE):
            resource = Resource.declared(function)
            taken = self.static if resource.pattern is None else self.templates
            # Templates that differ in the names of their variables alone match the same URIs.
            other = taken.setdefault(caseless(_VARIABLE.sub("{}", resource.uri)), resource)
            if other is not resource:
                raise StartupError(
                    f"resource {resource.uri!r} is declared by both {other.function.name!r} "
                    f"and {function.name!r}"
                )

    def find(self, uri: str) -> Resource | None:
        """Returns the resource with this URI in any case, or the first template that matches all of it.

        Raises:
            UriError: It is not absolute, or has braces that do not belong together.
        """
        _require_absolute(uri)
        _variables(uri)
        return self.static.get(caseless(uri)) or next(
            (each for each in self.templates.values() if each.pattern and each.pattern.fullmatch(uri)), None
        )


def _require_absolute(uri: str) -> None:
    if not _ABSOLUTE.match(uri):
        raise UriError("is no absolute URI")


def _variables(uri: str) -> list[str]:
    """Returns the pieces of a URI: literals at even places, names of variables between them."""
    pieces = _VARIABLE.split(uri)
    if any("{" in literal or "}" in literal for literal in pieces[::2]):
        raise UriError("has braces that do not belong together")
    return pieces


def _pattern(uri: str) -> re.Pattern[str] | None:
    """Returns what matches the URIs of a template, None for the URI of a static resource."""
    pieces = _variables(uri)
    if len(pieces) == 1:
        return None
    pattern = re.escape(pieces[0])
    for name, before, after in zip(pieces[1::2], pieces[::2], pieces[2::2], strict=False):
        if _BAD_NAME.search(name):
            raise UriError(f"has a variable that cannot be called {name!r}")
        # Only the last one may stand at the end; between two there must be something to tell them apart.
        pattern += ("[^&#]+" if before.endswith(("?", "&")) else "[^/?#]+") + re.escape(after)
    if any(not literal for literal in pieces[2:-1:2]):
        raise UriError("has two variables with nothing between them")
    return re.compile(pattern, re.IGNORECASE)
