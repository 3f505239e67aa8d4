"""Lists the security alerts of a repository: dependencies, secrets and code that a scan found."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AliasPath, BaseModel, Field

from shared.apis.devops.branches import Branch
from shared.apis.devops.git_repositories import RepositoryKey, checked
from shared.apis.devops.service_times import ServiceTime
from shared.apis.models import DevOpsModel
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.paging import Page
from shared.text.content import Line, Quoted, quote
from shared.tools.devops.git_params import resolve_repository
from shared.tools.params import Cursor, Organization, Project, Reference

toolset = Toolset("security")

_ALERTS = "/{}/{}/_apis/alert/repositories/{}/alerts"
_VERSION = "7.2-preview.1"
_PAGE_SIZE = 50
_PLACES = 20
"""Places of an alert that are shown."""


class _Rule(DevOpsModel):
    opaque_id: Line = ""
    friendly_name: Line = ""
    description: str = ""
    help_message: str = ""


class _Tool(DevOpsModel):
    name: Line = ""
    rules: list[_Rule] = Field(default_factory=list)


class AlertPlace(DevOpsModel):
    """Where in the repository it is."""

    file: Line = Field("", validation_alias="filePath")
    line: int | None = Field(None, validation_alias=AliasPath("region", "lineStart"))


class _Name(DevOpsModel):
    name: Line = Field("", validation_alias="fullyQualifiedName")
    kind: str = ""


class _Alert(DevOpsModel):
    """An alert as the service gives it; what it knows of the text of a secret is not read."""

    id: int = Field(validation_alias="alertId")
    kind: str = Field("unknown", validation_alias="alertType")
    severity: str = "undefined"
    state: str = "unknown"
    title: Line = ""
    first_seen: ServiceTime = Field(None, validation_alias="firstSeenDate")
    last_seen: ServiceTime = Field(None, validation_alias="lastSeenDate")
    branch: Branch | None = Field(None, validation_alias="gitRef")
    tools: list[_Tool] = Field(default_factory=list)
    places: list[AlertPlace] = Field(default_factory=list, validation_alias="physicalLocations")
    names: list[_Name] = Field(default_factory=list, validation_alias="logicalLocations")
    dismissed_as: str | None = Field(None, validation_alias=AliasPath("dismissal", "dismissalType"))
    dismissed_by: Line | None = Field(
        None, validation_alias=AliasPath("dismissal", "stateChangedByIdentity", "displayName")
    )
    dismissed_because: str | None = Field(None, validation_alias=AliasPath("dismissal", "message"))


class AlertDetail(BaseModel):
    """What to know of one alert."""

    description: Quoted | None
    help: Quoted | None
    dismissed_as: str | None
    dismissed_by: Line | None
    dismissed_because: Quoted | None


class SecurityAlert(BaseModel):
    """A finding of a scan, with the places it was found at; a secret's text is not shown."""

    id: int
    kind: str
    severity: str
    state: str
    title: Line
    tool: Line | None
    rule: Line | None
    dependency: Line | None = Field(description="The dependency that is vulnerable, with its version.")
    places: list[AlertPlace]
    branch: Branch | None
    first_seen: ServiceTime
    last_seen: ServiceTime
    web_url: str
    detail: AlertDetail | None = Field(description="null in lists.")


@toolset.tool(scopes=["vso.advsec", "vso.code"])
async def devops_list_security_alerts(
    caller: Caller,
    repository: Annotated[Reference, Field(description="Name, id or address.")],
    kind: Annotated[Literal["dependency", "secret", "code"] | None, Field(description="Only such.")] = None,
    state: Annotated[
        Literal["active", "dismissed", "fixed", "any"], Field(description="How they stand.")
    ] = "active",
    severity: Annotated[
        Literal["critical", "high", "medium", "low"] | None, Field(description="Only such.")
    ] = None,
    alert_id: Annotated[int | None, Field(ge=1, description="Only this, in detail.")] = None,
    organization: Organization = None,
    project: Project = None,
    cursor: Cursor = None,
) -> Page[SecurityAlert]:
    """List security alerts of an Azure DevOps repository, the worst first."""
    key = (await resolve_repository(caller, repository, organization, project)).key
    try:
        if alert_id is not None:
            reading = caller.devops.get(
                _Alert, f"{_ALERTS}/{{}}", *key, alert_id, host="security", api_version=_VERSION
            )
            alert = await checked(caller.devops, key, reading)
            return Page(items=[_shown(caller, key, alert, detailed=True)], complete=True)
        criteria: dict[str, Any] = {
            "criteria.alertType": kind or "",
            "criteria.states": "" if state == "any" else state,
            "criteria.severities": severity or "",
        }
        listing = caller.devops.page(
            _Alert,
            _ALERTS,
            *key,
            host="security",
            api_version=_VERSION,
            by="fixed",
            limit=_PAGE_SIZE,
            cursor=cursor,
            top=str(_PAGE_SIZE),
            orderBy="severity",
            **criteria,
        )
        found = await checked(caller.devops, key, listing)
    except ToolError as error:
        raise _explained(error) from error
    return Page(
        items=[_shown(caller, key, each) for each in found.items],
        complete=found.complete,
        next_cursor=found.next_cursor,
        note=found.note,
    )


def _shown(caller: Caller, key: RepositoryKey, alert: _Alert, *, detailed: bool = False) -> SecurityAlert:
    rules = [rule for tool in alert.tools for rule in tool.rules]
    rule = rules[0] if rules else _Rule()
    vulnerable = [each.name for each in alert.names if each.kind == "vulnerableDependency"]
    return SecurityAlert(
        id=alert.id,
        kind=alert.kind,
        severity=alert.severity,
        state=alert.state,
        title=alert.title,
        tool=next((each.name for each in alert.tools if each.name), None),
        rule=rule.friendly_name or rule.opaque_id or None,
        dependency=next(iter(vulnerable), None),
        places=alert.places[:_PLACES],
        branch=alert.branch,
        first_seen=alert.first_seen,
        last_seen=alert.last_seen,
        web_url=caller.devops.web_url("/{}/{}/_git/{}/alerts/{}", *key, alert.id),
        detail=_detail(alert, rules) if detailed else None,
    )


def _detail(alert: _Alert, rules: Sequence[_Rule]) -> AlertDetail:
    def told(texts: Sequence[str], what: str) -> Quoted | None:
        text = "\n".join(each for each in texts if each)
        return quote(text, f"{what} of security alert {alert.id}") if text else None

    return AlertDetail(
        description=told([each.description for each in rules], "description"),
        help=told([each.help_message for each in rules], "help"),
        dismissed_as=alert.dismissed_as,
        dismissed_by=alert.dismissed_by,
        dismissed_because=told([alert.dismissed_because or ""], "dismissal"),
    )


def _explained(error: ToolError) -> ToolError:
    """Returns the failure with what it may come of.

    What the service answers for a repository without Advanced Security is not documented.
    """
    known = error.details.get("devops_error") in ("GitRepositoryNotFoundException", "AlertNotFoundException")
    if known or error.code not in ("forbidden", "not_found"):
        return error
    return ToolError(
        error.code,
        f"Security alerts of this repository are not there, or not for you. {error.message}",
        "An administrator of the project enables Advanced Security for the repository, which costs a "
        "licence, and gives the permission to read alerts.",
        details=error.details,
    )
