"""Describes the variable groups of Azure DevOps, which the slices leave out."""

from typing import Any


def add_variable_groups(area: dict[str, Any]) -> None:
    """Add the operations "Variablegroups - Get Variable Groups" and "Get", which the slices leave out."""
    path = "/{organization}/{project}/_apis/distributedtask/variablegroups"
    number, text = {"type": "integer", "format": "int32"}, {"type": "string"}
    group = {"$ref": "#/types/VariableGroup"}
    groups = {
        "type": "object",
        "required": ["value", "count"],
        "properties": {"count": {"type": "integer"}, "value": {"type": "array", "items": group}},
    }
    common = {
        "method": "GET",
        "base": "https://dev.azure.com",
        "version": "7.1",
        "permissions": ["vso.variablegroups_read"],
    }
    query = {
        "groupName": text,
        "actionFilter": {"enum": ["none", "manage", "use"], "type": "string"},
        "$top": number,
        "continuationToken": number,
        "queryOrder": {"enum": ["idAscending", "idDescending"], "type": "string"},
        "groupIds": text,
        "api-version": text,
    }
    area["operations"] += [
        {
            **common,
            "id": "Variablegroups_Get Variable Groups",
            "path": path,
            "query": query,
            "required": ["api-version"],
            "answers": {"200": {"application/json": groups}},
        },
        {
            **common,
            "id": "Variablegroups_Get",
            "path": f"{path}/{{groupId}}",
            "segments": {"groupId": number},
            "query": {"api-version": text},
            "required": ["api-version"],
            "answers": {"200": {"application/json": group}},
        },
    ]
    moment = {"type": "string", "format": "date-time"}
    identity, project = {"$ref": "#/types/IdentityRef"}, {"$ref": "#/types/ProjectReference"}
    area["types"] |= {
        "VariableGroup": {
            "type": "object",
            "properties": {
                **dict.fromkeys(("createdBy", "modifiedBy"), identity),
                **dict.fromkeys(("createdOn", "modifiedOn"), moment),
                **dict.fromkeys(("description", "name", "type"), text),
                "id": number,
                "isShared": {"type": "boolean"},
                "providerData": {"type": "object"},
                "variableGroupProjectReferences": {
                    "type": "array",
                    "items": {"$ref": "#/types/VariableGroupProjectReference"},
                },
                "variables": {
                    "type": "object",
                    "additionalProperties": {"$ref": "#/types/VariableValue"},
                },
            },
        },
        "VariableGroupProjectReference": {
            "type": "object",
            "properties": {"description": text, "name": text, "projectReference": project},
        },
        "VariableValue": {
            "type": "object",
            "properties": {
                "isReadOnly": {"type": "boolean"},
                "isSecret": {"type": "boolean"},
                "value": {"type": ["string", "null"]},
            },
        },
    }
