"""The faults that the trace page offers by name. Nothing here does I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local.control import Fault


@dataclass(frozen=True)
class Preset:
    """One fault of a service: its name, what to expect of it, and the fault as `local.control` takes it."""

    key: str
    title: str
    explanation: str
    service: str
    fault: dict[str, Any]


_GRAPH_ERROR = {"error": {"code": "serviceNotAvailable", "message": "A fault of the local tenant."}}
_DEVOPS_ERROR = {"message": "A fault of the local tenant."}
_EXPIRES = "Token B of the chosen user is given up first, so that the next call needs an exchange."

PRESETS: tuple[Preset, ...] = (
    Preset(
        "graph-429",
        "Graph answers 429",
        "The server waits as Retry-After says, tries again, and then says when to come back.",
        "graph",
        {"path": "/v1.0/*", "status": 429, "headers": {"Retry-After": "1"}, "json": _GRAPH_ERROR},
    ),
    Preset(
        "graph-503",
        "Graph answers 503",
        "A read is tried again; a write is not, where it could be carried out twice.",
        "graph",
        {"path": "/v1.0/*", "status": 503, "headers": {"Retry-After": "0"}, "json": _GRAPH_ERROR},
    ),
    Preset(
        "graph-slow",
        "Graph is slow by 2 s",
        "The call takes longer, and succeeds.",
        "graph",
        {"path": "/v1.0/*", "latency": 2.0},
    ),
    Preset(
        "graph-reset",
        "Graph resets the connection",
        "The response ends in the middle of its body.",
        "graph",
        {"path": "/v1.0/*", "reset": True},
    ),
    Preset(
        "devops-503",
        "Azure DevOps answers 503",
        "Tools of Azure DevOps fail; those of Microsoft 365 go on.",
        "devops",
        {
            "path": "*/_apis/*",
            "status": 503,
            "headers": {"Retry-After": "0"},
            "json": _DEVOPS_ERROR,
        },
    ),
    Preset(
        "devops-sign-in",
        "Azure DevOps shows its sign-in page",
        "Status 203 and HTML instead of JSON: how it says that it does not take a token.",
        "devops",
        {
            "path": "*/_apis/*",
            "status": 203,
            "headers": {"Content-Type": "text/html"},
            "body": "<html><title>Sign in</title></html>",
        },
    ),
    Preset(
        "entra-slow",
        "Entra is slow by 2 s",
        f"The exchange takes longer. {_EXPIRES}",
        "entra",
        {"path": "*/token", "latency": 2.0},
    ),
    Preset(
        "entra-503",
        "Entra answers 503",
        f"No exchange succeeds, nor does a sign-in. {_EXPIRES}",
        "entra",
        {"path": "*/token", "status": 503, "body": "A fault of the local tenant."},
    ),
)


def preset(key: str) -> Preset:
    """Returns the preset of this key. Raises KeyError when there is none."""
    return next((each for each in PRESETS if each.key == key), None) or _missing(key)


def _missing(key: str) -> Preset:
    raise KeyError(f"no fault {key!r}")


def in_force(wanted: Preset, faults: Sequence[dict[str, Any]]) -> bool:
    """Tells whether a preset is among the faults of its service."""
    return Fault(**wanted.fault) in _parsed(faults)


def switched(wanted: Preset, faults: Sequence[dict[str, Any]], *, on: bool) -> list[dict[str, Any]]:
    """Returns the faults of the preset's service after the switch.

    The other presets of the service end then, as a request meets one fault alone; faults that came from
    elsewhere stay.
    """
    own = [Fault(**each.fault) for each in PRESETS if each.service == wanted.service]
    others = [vars(each) for each in _parsed(faults) if each not in own]
    return [wanted.fault, *others] if on else others


def foreign(service: str, faults: Sequence[dict[str, Any]]) -> list[str]:
    """Returns in words the faults of a service that no preset is."""
    own = [Fault(**each.fault) for each in PRESETS if each.service == service]
    return [_words(each) for each in _parsed(faults) if each not in own and each.times != 0]


def _parsed(faults: Sequence[dict[str, Any]]) -> list[Fault]:
    return [Fault(**each) for each in faults]


def _words(fault: Fault) -> str:
    does = [f"after {fault.latency:g} s"] if fault.latency else []
    does += [f"status {fault.status}"] if fault.status is not None else []
    does += ["a reset"] if fault.reset else []
    return f"{fault.method or 'any method'} {fault.path}: {', '.join(does) or 'nothing'}"
