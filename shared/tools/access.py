"""What the caller may use."""

from shared.toolset import Toolset

toolset = Toolset("access")
