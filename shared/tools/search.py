"""One search over mail, events, files, list items and sites."""

from shared.toolset import Toolset

toolset = Toolset("search")
