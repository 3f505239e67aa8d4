"""Files in SharePoint document libraries."""

from shared.toolset import Toolset

toolset = Toolset("files")
