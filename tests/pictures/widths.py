"""How wide a text is at most, whichever of the pictures' fonts the reader's machine has.

The widths are those of DejaVu Sans and DejaVu Sans Mono, the widest that the font lists of `svg.py` may lead
to: Segoe UI, Helvetica, Arial, Roboto and San Francisco are narrower.
"""

from __future__ import annotations

BOLD = 1.15
"""How much wider a text is in bold; DejaVu's grows by less for every letter of the pictures."""
MONO = 0.603
"""The width of every character of a monospaced font, in em."""
_WIDEST = 1.0
_WIDTHS = {
    0.28: "ijl",
    0.33: " .,;:'|I",
    0.42: "frtJ-()[]/\\`",
    0.50: '"*',
    0.56: "csz_?",
    0.65: "abdeghknopquvxyLF0123456789$",
    0.70: "ABCEKPRSTVXYZ{}",
    0.79: "UDGHNOQ&",
    0.84: "w+<>=~#^…→≥≤·–×",
    0.99: "mMW%@—",
}
_EMS = {letter: width for width, letters in _WIDTHS.items() for letter in letters}


def width(text: str, size: float, *, bold: bool = False, mono: bool = False) -> float:
    """The width in pixels that a text of this size takes at most."""
    if mono:
        return len(text) * MONO * size
    return sum(_EMS.get(letter, _WIDEST) for letter in text) * size * (BOLD if bold else 1)


def shortened(text: str, room: float, size: float, *, mono: bool = False) -> str:
    """The text, or as much of it as fits into that many pixels with an ellipsis."""
    if width(text, size, mono=mono) <= room:
        return text
    while text and width(f"{text}…", size, mono=mono) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def wrapped(text: str, room: float, size: float) -> list[str]:
    """The text in lines that fit into that many pixels.

    Raises:
        ValueError: A word is wider.
    """
    lines: list[str] = []
    for word in text.split():
        if width(word, size) > room:
            raise ValueError(f"{word!r} does not fit into {room} pixels")
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
