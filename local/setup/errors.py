"""Defines the error that ends a setup."""

from __future__ import annotations


class SetupError(Exception):
    """Raised when the setup cannot go on: the text says why, `cure` what to do about it."""

    def __init__(self, why: str, cure: str) -> None:
        super().__init__(why)
        self.cure = cure
