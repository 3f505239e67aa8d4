"""Renders refusals as Azure DevOps does: a wrapped exception, a binding error, or plain text."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import JSONResponse, Response

_WORK = "Microsoft.TeamFoundation.WorkItemTracking.Server"
_AGILE = "Microsoft.TeamFoundation.Agile.Server"
_PATCH = "Microsoft.VisualStudio.Services.WebApi.Patch"
_WIKI = "Microsoft.TeamFoundation.Wiki.Server"
_BUILD = "Microsoft.TeamFoundation.Build.WebApi"
_TEST = "Microsoft.TeamFoundation.TestManagement.Server"
_PIPELINES = "Microsoft.Azure.Pipelines.WebApi"
_GIT = "Microsoft.TeamFoundation.Git.Server"
_SOURCE_CONTROL = "Microsoft.TeamFoundation.SourceControl.WebServer"
_CORE = "Microsoft.TeamFoundation.Core.WebApi"
_FRAMEWORK = "Microsoft.TeamFoundation.Framework.Server"
_COMMON = "Microsoft.VisualStudio.Services.Common"
_WEB_API = "Microsoft.VisualStudio.Services.WebApi"

# The type a client finds in `typeKey`, and the .NET assembly it lives in.
_ASSEMBLIES = {
    "UnauthorizedRequestException": _FRAMEWORK,
    "AccessCheckException": _FRAMEWORK,
    "RequestBlockedException": _FRAMEWORK,
    "ProjectDoesNotExistException": _CORE,
    "ProjectDoesNotExistWithNameException": _CORE,
    "TeamNotFoundException": _CORE,
    "WorkItemUnauthorizedAccessException": _WORK,
    "WorkItemTypeNotFoundException": _WORK,
    "WorkItemTrackingQueryException": _WORK,
    "WorkItemTrackingQueryResultSizeLimitExceededException": _WORK,
    "WorkItemLinkAddExtraParentException": _WORK,
    "WorkItemLinkInvalidException": _WORK,
    "RuleValidationException": _WORK,
    "WorkItemFieldInvalidException": _WORK,
    "CommentNotFoundException": _WORK,
    "AttachmentNotFoundException": _WORK,
    "AttachmentExceededMaxSizeException": _WORK,
    "IterationNotFoundException": _WORK,
    "QueryItemNotFoundException": _WORK,
    "BacklogDoesNotExistException": _AGILE,
    "BoardDoesNotExistException": _AGILE,
    "TestPatchOperationFailedException": _PATCH,
    "PatchOperationFailedException": _PATCH,
    "DefinitionNotFoundException": _BUILD,
    "BuildNotFoundException": _BUILD,
    "StageNotFoundException": _BUILD,
    "ApprovalNotFoundException": _PIPELINES,
    "ApprovalNotAllowedException": _PIPELINES,
    "BuildLogNotFoundException": _BUILD,
    "BuildRequestValidationFailedException": _BUILD,
    "ReleaseNotFoundException": "Microsoft.VisualStudio.Services.ReleaseManagement2",
    "TestObjectNotFoundException": _TEST,
    "PipelineNotFoundException": _PIPELINES,
    "PipelineValidationException": _PIPELINES,
    "GitRepositoryNotFoundException": _GIT,
    "GitPullRequestNotFoundException": _GIT,
    "GitItemNotFoundException": _GIT,
    "GitUnresolvableToCommitException": _GIT,
    "GitThreadNotFoundException": _GIT,
    "GitPullRequestExistsException": _GIT,
    "GitPullRequestNotEditableException": _GIT,
    "GitPullRequestCannotVoteForOthersException": _GIT,
    "GitPullRequestStaleException": _GIT,
    "GitPullRequestCannotBeActivated": _GIT,
    "InvalidArgumentValueException": _SOURCE_CONTROL,
    "IdentityNotFoundException": _FRAMEWORK,
    "GitCommitDoesNotExistException": _GIT,
    "GitObjectDoesNotExistException": _GIT,
    "WikiNotFoundException": _WIKI,
    "WikiPageNotFoundException": _WIKI,
    "WikiPageAlreadyExistsException": _WIKI,
    "WikiPageHasConflictsException": _WIKI,
    "WikiAncestorPageNotFoundException": _WIKI,
    "VssVersionNotSpecifiedException": _WEB_API,
    "VssVersionOutOfRangeException": _WEB_API,
    "VssInvalidPreviewVersionException": _WEB_API,
    "VssResourceNotFoundException": _WEB_API,
    "VssPropertyValidationException": _COMMON,
}


class RefusalError(Exception):
    """Raised to refuse a request: status, body and headers as they go over the wire."""

    def __init__(
        self, status: int, body: dict[str, Any] | str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = headers or {}

    def response(self) -> Response:
        """Returns the refusal as a response; text bodies are plain text."""
        if isinstance(self.body, str):
            return Response(self.body, self.status, self.headers, media_type="text/plain")
        return JSONResponse(self.body, self.status, self.headers)


def wrapped(
    status: int,
    type_key: str,
    message: str,
    *,
    event_id: int = 3000,
    properties: dict[str, Any] | None = None,
) -> RefusalError:
    """Returns a refusal in the usual shape; clients tell them apart by `typeKey`."""
    assembly = _ASSEMBLIES.get(type_key, "System")
    body: dict[str, Any] = {
        "$id": "1",
        "innerException": None,
        "message": message,
        "typeName": f"{assembly}.{type_key}, {assembly}",
        "typeKey": type_key,
        "errorCode": 0,
        "eventId": event_id,
    }
    if properties is not None:
        body["customProperties"] = properties
    return RefusalError(status, body)


def binding(message: str) -> RefusalError:
    """Returns a refusal of a request that does not bind to the parameters: 400, another shape."""
    return RefusalError(400, {"count": 1, "value": {"Message": message}})


def argument(name: str, message: str) -> RefusalError:
    """Returns a 400 for one bad argument."""
    return wrapped(400, "ArgumentException", f"{message}\r\nParameter name: {name}")


def not_authorized() -> RefusalError:
    """Returns the 401 for a user or token this organization does not let in."""
    return wrapped(
        401, "UnauthorizedRequestException", "TF400813: No access to this resource for the user ''."
    )


def scope_missing(status: int, wanted: tuple[str, ...]) -> RefusalError:
    """Returns the refusal of a token that is good but was granted too little; hosts differ in the status."""
    names = " or ".join(wanted)
    key = "UnauthorizedRequestException" if status == 401 else "AccessCheckException"
    return wrapped(status, key, f"TF400813: The access token does not carry the scope {names}.")


def no_such_resource(path: str) -> RefusalError:
    """Returns the 404 for a path no controller serves."""
    return wrapped(404, "VssResourceNotFoundException", f"VS404: Nothing is served at {path}.")


def missing_project(written: str) -> RefusalError:
    """Returns the 404 for a project by a name or an id nobody has."""
    if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", written):
        return wrapped(
            404, "ProjectDoesNotExistException", f"VS800075: There is no project with id '{written}'."
        )
    return wrapped(404, "ProjectDoesNotExistWithNameException", f"TF200016: There is no project '{written}'.")
