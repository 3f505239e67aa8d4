"""Azure DevOps work items."""

from shared.toolset import Toolset

toolset = Toolset("work_items")
