"""The signed-in user's calendar."""

from shared.toolset import Toolset

toolset = Toolset("calendar")
