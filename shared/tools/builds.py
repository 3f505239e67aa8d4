"""Azure DevOps builds and pipelines."""

from shared.toolset import Toolset

toolset = Toolset("builds")
