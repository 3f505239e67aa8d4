"""To Do and Planner tasks of the signed-in user."""

from shared.toolset import Toolset

toolset = Toolset("tasks")
