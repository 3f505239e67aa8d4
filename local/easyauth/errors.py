"""Defines the error of a front that cannot start."""


class FrontError(Exception):
    """Reports that the front cannot be configured or started, with a line and a remedy for each problem."""
