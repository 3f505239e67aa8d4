"""Defines names by which things are addressed: shown unchanged, since a changed name finds nothing."""

import re
from typing import Annotated

from pydantic import BeforeValidator

from shared.text.content import clean

_BREAKS = re.compile(r"[\n\t\v\f\x1c-\x1e\x85\u2028\u2029]")


def clean_name(text: str) -> str:
    """Returns a name without control and invisible characters, on one line; every space is kept.

    Two spaces, a space at an end, and the white space of other scripts are part of a name.
    """
    return clean(_BREAKS.sub(" ", text))


def _name(value: object) -> object:
    return clean_name(value) if isinstance(value, str) else value


type Name = Annotated[str, BeforeValidator(_name)]
"""A name of a file, folder, list or column, which other tools take: one line, cleaned, its spaces kept."""
