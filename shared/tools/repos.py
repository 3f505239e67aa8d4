"""Azure DevOps pull requests."""

from shared.toolset import Toolset

toolset = Toolset("repos")
