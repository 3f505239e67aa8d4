"""What can go wrong between the host and the function app it loads."""

from __future__ import annotations


class StartupError(Exception):
    """The host refuses to start; the text is one line that says which declaration is wrong."""


class InvocationError(Exception):
    """A function raised, timed out, or returned what the host cannot use. Never shown to a client."""
