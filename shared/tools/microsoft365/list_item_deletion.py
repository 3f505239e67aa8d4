"""Deletes items of SharePoint lists."""

from pydantic import AliasPath, BaseModel, Field

from shared.apis.graph.site_resolution import resolve_site
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.conflicts import conflict
from shared.results.write_failures import report_unknown_outcome
from shared.text.content import Line
from shared.tools.microsoft365.list_items import ItemId
from shared.tools.microsoft365.sites import ListName, SiteName
from shared.tools.params import Version

toolset = Toolset("sites")

_LOOK = "Look with sharepoint_get_list_items whether the item is there before you repeat it."


class DeletedListItem(BaseModel):
    """What was put into the recycle bin."""

    id: str
    note: str = "It is in the recycle bin of the site, where it can be restored in a browser; not by a tool."


class _Item(GraphModel):
    version: str = Field("", validation_alias="eTag")
    modified: str | None = Field(None, validation_alias="lastModifiedDateTime")
    modified_by: Line | None = Field(
        None, validation_alias=AliasPath("lastModifiedBy", "user", "displayName")
    )


@toolset.tool(scopes=["Sites.ReadWrite.All"], writes=True)
async def sharepoint_delete_list_item(
    caller: Caller, list_name: ListName, item_id: ItemId, version: Version, site: SiteName = None
) -> DeletedListItem:
    """Delete an item of a SharePoint list for everybody: it goes to the recycle bin of the site.

    To delete a file of a library use sharepoint_delete_file.
    """
    place = await resolve_site(caller.graph, await caller.site(site))
    path = place.child("/lists/{}/items/{}", list_name, item_id)
    try:
        with report_unknown_outcome(_LOOK):
            await caller.graph.delete(*path, version=version)
    except ToolError as error:
        if error.code != "conflict":
            raise
        current = await caller.graph.get(_Item, *path)
        if current.version == version:
            raise
        differs: dict[str, tuple[object, object]] = {
            "modified_by": (current.modified_by, None),
            "modified": (current.modified, None),
        }
        raise conflict(f"Item {item_id}", version=current.version, differs=differs) from error
    return DeletedListItem(id=item_id)
