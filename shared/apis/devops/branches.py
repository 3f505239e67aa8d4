"""Converts names of Git branches between the short ones people use and the full ones of the API."""

from typing import Annotated

from pydantic import BeforeValidator

from shared.text.content import clean_line

_BRANCHES = "refs/heads/"
_TFVC_ROOT = "$/"


def branch_reference(branch: str) -> str:
    """Returns the full reference of a branch; one that is full already stays.

    Full are references such as `refs/tags/v1`, and the paths of TFVC, which has no references.
    """
    return branch if branch.startswith(("refs/", _TFVC_ROOT)) else _BRANCHES + branch


def _short(reference: object) -> object:
    return clean_line(reference).removeprefix(_BRANCHES) if isinstance(reference, str) else reference


type Branch = Annotated[str, BeforeValidator(_short)]
"""A branch by its short name; any other reference in full."""
