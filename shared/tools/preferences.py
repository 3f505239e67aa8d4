"""The caller's own defaults."""

from shared.toolset import Toolset

toolset = Toolset("preferences")
