"""SharePoint sites and lists."""

from shared.toolset import Toolset

toolset = Toolset("sites")
