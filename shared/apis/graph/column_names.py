"""Resolves the names by which people and services know the columns of a SharePoint list."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol

from shared.errors import ToolError
from shared.text.names import clean_name

_NAMED = 40
_INTERNAL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_LOOKUP = "LookupId"
_PREFIX = "OData_"
"""What SharePoint's OData puts before names that begin with an underscore."""
# What SharePoint adds to the columns of every item.
SYSTEM_COLUMNS = frozenset(
    {
        "AppAuthorLookupId", "AppEditorLookupId", "Attachments", "ComplianceAssetId", "ContentType", "Edit",
        "FolderChildCount", "ItemChildCount", "LinkTitle", "LinkTitleNoMenu", "id", "_CheckinComment",
        "_ColorHex", "_ColorTag", "_CommentCount", "_CommentFlags", "_ComplianceFlags", "_ComplianceTag",
        "_ComplianceTagUserId", "_ComplianceTagWrittenTime", "_CopySource", "_EditMenuTableEnd",
        "_EditMenuTableStart", "_EditMenuTableStart2", "_Emoji", "_HasCopyDestinations",
        "_HasEncryptedContent", "_IsCurrentVersion", "_IsRecord", "_LabelDefaultRule", "_Level",
        "_LikeCount", "_ListSchemaVersion", "_ModerationComments", "_ModerationStatus",
        "_RansomwareAnomalyMetaInfo", "_ShortcutSiteId", "_ShortcutUniqueId", "_ShortcutUrl",
        "_ShortcutWebId", "_UIVersion", "_UIVersionString", "_VirusInfo", "_VirusStatus", "_VirusVendorID",
    }
)  # fmt: skip

type Names = Mapping[str, str]
"""The internal name of each name given."""


class Column(Protocol):
    """A column of a list, its name and its title cleaned as they are shown."""

    @property
    def name(self) -> str:
        """Its internal name."""

    @property
    def title(self) -> str:
        """The name people see."""


async def resolve_columns(
    given: Iterable[tuple[str, str]], read: Callable[[], Awaitable[Sequence[Column]]]
) -> Names:
    """Resolves names of columns, each given with the argument it stands in.

    An internal name is taken as it is; a title in any script is looked up among the columns of the list.

    Args:
        given: Arguments and names.
        read: Returns the columns of the list; it is called when a title is given.

    Raises:
        ToolError: `invalid_argument`: the list has no such column, or several with this title.
    """
    asked = dict(reversed([(name, argument) for argument, name in given]))
    names = {name: name for name in asked if _INTERNAL.fullmatch(name)}
    if len(names) == len(asked):
        return names
    columns = await read()
    for name, argument in asked.items():
        if name not in names:
            names[name] = _find(name, columns, argument)
    return names


def titles_too(names: Names, columns: Sequence[Column]) -> Names:
    """Returns names with those resolved that are of the form of a column's own name, and yet a title.

    What is neither stays as it is: lists have columns that are not told.
    """
    own = {each.name for each in columns} | {f"{each.name}{_LOOKUP}" for each in columns}
    titles: dict[str, list[str]] = {}
    for each in columns:
        titles.setdefault(each.title.casefold(), []).append(each.name)
    return {
        given: name if name in own or len(found := titles.get(name.casefold(), [])) != 1 else found[0]
        for given, name in names.items()
    }


async def with_either_spelling[R](names: Iterable[str], request: Callable[[str], Awaitable[R]]) -> R:
    """Sends a request that names columns, and once more with the other spelling where Graph refuses it.

    Args:
        names: The internal names in the request.
        request: Sends it, given the prefix of names that begin with an underscore.
    """
    try:
        return await request("")
    except ToolError as error:
        # Graph refuses some names that begin with an underscore, of a title in another script or with a digit
        # first, and takes them as SharePoint's OData spells them. What is refused was not carried out.
        if error.code != "invalid_argument" or not any(name.startswith("_") for name in names):
            raise
    return await request(_PREFIX)


def spelled(name: str, prefix: str) -> str:
    """Returns a column's name as a request spells it."""
    return f"{prefix}{name}" if name.startswith("_") else name


def internal_name(name: str) -> str:
    """Returns a column's own name, out of the spelling of a response."""
    return name.removeprefix(_PREFIX) if name.startswith(f"{_PREFIX}_") else name


def _find(name: str, columns: Sequence[Column], argument: str) -> str:
    base, lookup = (name.removesuffix(_LOOKUP), _LOOKUP) if name.endswith(_LOOKUP) else (name, "")
    for given, ending in ((name, ""), (base, lookup)):
        wanted = clean_name(given)
        for matches in (
            [each.name for each in columns if wanted in (each.name, each.name + _LOOKUP)],
            [each.name for each in columns if each.title == wanted],
            [each.name for each in columns if each.title.casefold() == wanted.casefold()],
        ):
            found = [each for each in dict.fromkeys(matches) if each not in SYSTEM_COLUMNS] or matches
            if len(set(found)) == 1:
                return found[0] + ending
            if found:
                raise ToolError(
                    "invalid_argument",
                    f"{argument}: several columns have this title.",
                    f"Give one of their names: {', '.join(dict.fromkeys(found))}.",
                )
    titles = ", ".join(each.name for each in columns[:_NAMED])
    raise ToolError(
        "invalid_argument",
        f"{argument}: the list has no column of this name or title.",
        f"Its columns are {titles}. sharepoint_list_lists tells their titles.",
    )
