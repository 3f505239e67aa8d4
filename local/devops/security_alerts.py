"""Serves the alerts of GitHub Advanced Security for Azure DevOps: dependencies, secrets and code.

What the service says of a repository for which nobody enabled it is in no documentation. Here it is a 403.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.data_files import data_file
from local.devops.errors import binding, wrapped
from local.devops.git import find_repository
from local.devops.paging import collection, page_by_offset
from local.devops.pull_request import Repository
from local.devops.times import stamp
from local.relative_time import at

_READ = ("vso.advsec",)
_PREVIEW = "7.2-preview.1"
_ALERTS = "alert/repositories/{repository}/alerts"
_MOST = 100
_KINDS = ("unknown", "dependency", "secret", "code")
_STATES = ("unknown", "active", "dismissed", "fixed", "autoDismissed")
_SEVERITIES = ("low", "medium", "high", "critical", "note", "warning", "error", "undefined")


def list_alerts(call: Call) -> Response:
    """Returns the alerts of a repository that meet the criteria, the worst first where that is asked for."""
    repository = _enabled(call)
    kinds = _chosen(call, "criteria.alertType", _KINDS)
    states = _chosen(call, "criteria.states", _STATES)
    severities = _chosen(call, "criteria.severities", _SEVERITIES)
    found = [
        each
        for each in _alerts(repository)
        if each["kind"] in kinds and each["state"] in states and each["severity"] in severities
    ]
    if call.query.get("orderBy") == "severity":
        found.sort(key=lambda each: -_SEVERITIES.index(each["severity"]))
    top = min(call.number("top", _MOST), _MOST)
    page, following = page_by_offset(found, top, call.query.get("continuationToken"))
    return collection([_view(call, repository, each) for each in page], following)


def get_alert(call: Call) -> Response:
    """Returns one alert; with `expand=validationFingerprint` the secret is in it in clear text."""
    repository, wanted = _enabled(call), call.part("alert")
    found = next((each for each in _alerts(repository) if each["id"] == wanted), None)
    if found is None:
        raise wrapped(404, "AlertNotFoundException", f"There is no alert {wanted}.")
    view = _view(call, repository, found)
    if call.query.get("expand") == "validationFingerprint" and "clear" in found:
        view["validationFingerprints"] = [{"validationFingerprintJson": found["clear"]}]
    return JSONResponse(view)


def _enabled(call: Call) -> Repository:
    repository = find_repository(call, call.parts["repository"])
    if not _alerts(repository):
        raise wrapped(
            403,
            "AdvancedSecurityNotEnabledException",
            "Advanced Security is not enabled for this repository.",
        )
    return repository


def _alerts(repository: Repository) -> list[dict[str, Any]]:
    return [each for each in data_file("devops_security.json") if each["repository"] == repository.name]


def _chosen(call: Call, name: str, known: tuple[str, ...]) -> set[str]:
    written = call.query.get(name)
    chosen = set(written.split(",")) if written else set(known)
    if not chosen <= set(known):
        raise binding(f"The value '{written}' is not valid for {name}.")
    return chosen


def _view(call: Call, repository: Repository, alert: dict[str, Any]) -> dict[str, Any]:
    first, last = (stamp(at(each, call.store.started)) for each in alert["seen"])
    url = call.store.url(call.organization, call.project.id, f"_git/{repository.name}")
    commit = repository.git.refs["refs/heads/main"]
    view: dict[str, Any] = {
        "alertId": alert["id"],
        "alertType": alert["kind"],
        "severity": alert["severity"],
        "confidence": "high",
        "state": alert["state"],
        "title": alert["title"],
        "firstSeenDate": first,
        "lastSeenDate": last,
        "introducedDate": first,
        "repositoryUrl": url,
        "gitRef": "refs/heads/main",
        "tools": [{"name": alert["tool"], "rules": [{**alert["rule"], "tags": []}]}],
        "physicalLocations": [
            {
                "filePath": each["filePath"],
                "region": {"lineStart": each["line"], "lineEnd": each["line"]},
                "versionControl": {"commitHash": commit, "itemUrl": f"{url}?path=/{each['filePath']}"},
            }
            for each in alert["places"]
        ],
        "logicalLocations": [],
    }
    if "dependency" in alert:
        named = {"fullyQualifiedName": alert["dependency"], "kind": "vulnerableDependency"}
        view["logicalLocations"] = [named]
    if "secret" in alert:
        view["truncatedSecret"] = alert["secret"]
    if dismissal := alert.get("dismissal"):
        by = call.store.identity(dismissal["by"], call.organization)
        told = {name: dismissal[name] for name in ("dismissalType", "message")}
        view["dismissal"] = {"dismissalId": 1, **told, "stateChangedByIdentity": by}
    return view


OPERATIONS = [
    Operation("GET", _ALERTS, _READ, list_alerts, preview=_PREVIEW),
    Operation("GET", f"{_ALERTS}/{{alert}}", _READ, get_alert, preview=_PREVIEW),
]
