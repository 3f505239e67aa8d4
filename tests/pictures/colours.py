"""The colours of the pictures, each in light and in dark mode, and how well two of them can be told apart."""

from __future__ import annotations

from collections.abc import Mapping

COLOURS: Mapping[str, tuple[str, str]] = {
    "ground": ("#ffffff", "#0d1117"),
    "panel": ("#f6f8fa", "#161b22"),
    "grid": ("#d1d9e0", "#30363d"),
    "edge": ("#818b98", "#7d8590"),
    "ink": ("#1f2328", "#f0f6fc"),
    "soft": ("#59636e", "#9da7b3"),
    "blue": ("#0550ae", "#79c0ff"),
    "blue-tint": ("#ddf4ff", "#0c2d4a"),
    "green": ("#116329", "#7ee787"),
    "green-tint": ("#dafbe1", "#12361f"),
    "purple": ("#6639ba", "#d2a8ff"),
    "purple-tint": ("#fbefff", "#2d1b4e"),
    "orange": ("#953800", "#ffa657"),
    "orange-tint": ("#fff1e5", "#3d2411"),
    "red": ("#a40e26", "#ff9492"),
    "red-tint": ("#ffebe9", "#4a1a1c"),
    "teal": ("#0b6b70", "#56d4dd"),
    "pink": ("#99286e", "#ff9bce"),
}
"""Names of colours, with their value in light and in dark mode."""
LIGHT, DARK = 0, 1


def contrast(one: str, other: str, mode: int) -> float:
    """The contrast ratio of two colours in a mode, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    brighter, darker = sorted(
        (_luminance(COLOURS[one][mode]), _luminance(COLOURS[other][mode])), reverse=True
    )
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb` (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
