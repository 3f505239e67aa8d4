"""Reads who the caller is to an organization of Azure DevOps."""

from pydantic import AliasPath, Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.models import DevOpsModel

_VERSION = "7.1-preview.1"


class _Connection(DevOpsModel):
    user_id: str = Field(validation_alias=AliasPath("authenticatedUser", "id"))


async def connected_user(devops: DevOps, organization: str) -> str:
    """Returns the id by which an organization knows the caller as reviewer, voter and approver.

    It is neither the Entra object id nor the same in every organization. The resource is in no
    published description; Microsoft's own clients read it.
    """
    path = "/{}/_apis/connectionData"
    return (await devops.get(_Connection, path, organization, api_version=_VERSION)).user_id
