"""Azure DevOps projects and teams."""

from shared.toolset import Toolset

toolset = Toolset("projects")
