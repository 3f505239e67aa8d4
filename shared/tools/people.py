"""People of the organization, and who reports to whom."""

from shared.toolset import Toolset

toolset = Toolset("people")
