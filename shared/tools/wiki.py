"""Azure DevOps wikis."""

from shared.toolset import Toolset

toolset = Toolset("wiki")
