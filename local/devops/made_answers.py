"""Answers reads of Azure DevOps that no operation here has data for, with what their types describe."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse, Response

from local.devops.errors import wrapped
from local.published_reads import PublishedRead, published_reads

FURTHER_HOSTS = (
    "auditservice.dev.azure.com",
    "extmgmt.dev.azure.com",
    "feeds.dev.azure.com",
    "pkgs.dev.azure.com",
    "status.dev.azure.com",
    "vsaex.dev.azure.com",
    "vstmr.dev.azure.com",
)
"""The hosts of Azure DevOps that nothing here has data for."""

_PREVIEWS = frozenset(
    {
        "artifacts", "artifactsPackageTypes", "audit", "dashboard", "distributedTask", "extensionManagement",
        "favorite", "graph", "memberEntitlementManagement", "testResults",
    }
)  # fmt: skip
"""Areas whose reads are previews in 7.1, and are refused without `-preview` in the version."""


def is_preview(read: PublishedRead) -> bool:
    """Tells whether a read is of a preview."""
    return read.area in _PREVIEWS


def published_read(host: str, raw_path: str) -> PublishedRead | None:
    """Returns the read of a path on a host of Azure DevOps by its name; None where none is published."""
    return published_reads("devops").find(raw_path.rstrip("/"), host)


def made_answer(read: PublishedRead, query: QueryParams) -> Response:
    """Returns what a read returns, made from the description of its type.

    Raises:
        RefusalError: A parameter is missing, or no number where one is needed.
    """
    if missing := sorted(name for name in read.required if not query.get(name)):
        raise wrapped(400, "ArgumentNullException", f"Value cannot be null. Parameter name: {missing[0]}")
    items = published_reads("devops").items(read)
    if not read.is_list:
        return JSONResponse(items[0])
    top, start = _number(query, "$top", "top"), _number(query, "$skip", "skip") or 0
    token = _number(query, "continuationToken") if "continuationToken" in read.parameters else None
    start = token or start
    end = start + top if top else len(items)
    headers: Mapping[str, str] = {}
    if "continuationToken" in read.parameters and end < len(items):
        headers = {"x-ms-continuationtoken": str(end)}
    shown = items[start:end]
    return JSONResponse({"count": len(shown), "value": shown}, headers=headers)


def _number(query: QueryParams, *names: str) -> int | None:
    text = next((query[name] for name in names if query.get(name)), None)
    if text is None:
        return None
    if not text.isdecimal():
        raise wrapped(400, "InvalidArgumentValueException", f"The value '{text}' is no number.")
    return int(text)
