"""The tools, one file a family, and the catalogue of them all."""

from collections.abc import Sequence

from shared.tools import profile
from shared.toolset import Tool

CATALOGUE: Sequence[Tool] = (*profile.toolset,)
"""Every tool there is, in the order clients see them."""
