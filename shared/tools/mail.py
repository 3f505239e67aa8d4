"""The signed-in user's mail."""

from shared.toolset import Toolset

toolset = Toolset("mail")
