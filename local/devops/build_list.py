"""Lists builds with their filters, orders and pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from starlette.responses import Response

from local.devops.build import Build
from local.devops.build_view import build_view
from local.devops.call import Call, Operation
from local.devops.errors import argument, binding
from local.devops.paging import collection
from local.devops.times import parse

_STATUSES = ("none", "inprogress", "completed", "cancelling", "postponed", "notstarted", "all")
_RESULTS = ("none", "succeeded", "partiallysucceeded", "failed", "canceled")
_ORDERS = ("finishtimeascending", "finishtimedescending", "queuetimeascending", "queuetimedescending",
           "starttimeascending", "starttimedescending")  # fmt: skip
_FAR = datetime(9999, 12, 31, tzinfo=UTC)
_TOKEN = re.compile(r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(?P<id>\d{7})Z")


def list_builds(call: Call) -> Response:
    """Returns builds of the project that pass the filters; the continuation is a time, as the order is."""
    found = [
        each for each in call.organization.builds.values() if each.definition.project_id == call.project.id
    ]
    order = call.query.get("queryOrder", "finishTimeDescending").casefold()
    if order not in _ORDERS:
        raise binding(f"The value '{call.query['queryOrder']}' is not valid for queryOrder.")
    found = sorted(
        (each for each in found if _wanted(call, each)),
        key=lambda each: _moment(each, order, call.now),
        reverse=order.endswith("descending"),
    )
    found = _at_most_per_definition(found, call.number("maxBuildsPerDefinition", len(found)))
    if (token := call.query.get("continuationToken")) is not None:
        found = _from(token, found, order, call.now)
    top = call.number("$top", 1000)
    following = _token(found[top], order, call.now) if top < len(found) else None
    return collection([build_view(call, each) for each in found[:top]], following)


def _wanted(call: Call, build: Build) -> bool:
    query = call.query
    status = _choice(call, "statusFilter", _STATUSES) or "all"
    result = _choice(call, "resultFilter", _RESULTS)
    reason = query.get("reasonFilter", "all").casefold()
    person = query.get("requestedFor")
    asked = None if person is None else call.store.people.find(person)
    ids, definitions = call.numbers("buildIds"), call.numbers("definitions")
    return (
        (ids is None or build.id in ids)
        and (definitions is None or build.definition.id in definitions)
        and status in ("all", build.status(call.now).casefold())
        and (result is None or (build.result(call.now) or "").casefold() == result)
        and reason in ("all", build.reason.casefold())
        and query.get("branchName") in (None, build.branch)
        and (person is None or build.requested_for == asked)
        and fnmatchcase(build.number, query.get("buildNumber", "*"))
        and _in_time(call, build)
    )


def _choice(call: Call, name: str, known: tuple[str, ...]) -> str | None:
    written = call.query.get(name)
    if written is not None and written.casefold() not in known:
        raise binding(f"The value '{written}' is not valid for {name}.")
    return None if written is None else written.casefold()


def _in_time(call: Call, build: Build) -> bool:
    """Tells whether the time the order is about lies between `minTime` and `maxTime`."""
    moment = _moment(build, call.query.get("queryOrder", "finishTimeDescending").casefold(), call.now)[0]
    try:
        earliest, latest = (
            parse(written) if (written := call.query.get(name)) else None for name in ("minTime", "maxTime")
        )
    except ValueError as error:
        raise binding(f"minTime or maxTime is not a time: {error}.") from error
    return (earliest is None or moment >= earliest) and (latest is None or moment <= latest)


def _moment(build: Build, order: str, now: datetime) -> tuple[datetime, int]:
    """Returns what builds are ordered by; what has not happened yet comes after everything."""
    moment = build.queued
    if order.startswith("start"):
        moment = build.started if build.started <= now else _FAR
    elif order.startswith("finish"):
        moment = build.finished if build.finished <= now else _FAR
    return moment.astimezone(UTC).replace(microsecond=0), build.id


def _token(build: Build, order: str, now: datetime) -> str:
    """Returns the build's time, with its id in the decimals so that no two are alike."""
    return f"{_moment(build, order, now)[0]:%Y-%m-%dT%H:%M:%S}.{build.id:07d}Z"


def _from(token: str, builds: list[Build], order: str, now: datetime) -> list[Build]:
    """Returns the builds at and after the place of a token, also when the one it was made of has moved on.

    Raises:
        RefusalError: The token is not one this service gave out.
    """
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise argument("continuationToken", f"The continuation token {token!r} is not valid.")
    place = parse(match["time"]), int(match["id"])
    if order.endswith("descending"):
        return [build for build in builds if _moment(build, order, now) <= place]
    return [build for build in builds if _moment(build, order, now) >= place]


def _at_most_per_definition(builds: list[Build], most: int) -> list[Build]:
    taken: dict[int, int] = {}
    kept = []
    for build in builds:
        taken[build.definition.id] = taken.get(build.definition.id, 0) + 1
        if taken[build.definition.id] <= most:
            kept.append(build)
    return kept


OPERATIONS = [Operation("GET", "build/builds", ("vso.build",), list_builds)]
