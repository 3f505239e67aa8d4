"""Maps the letters of symbol fonts to characters: Word writes ticks, arrows and Greek letters with them."""

from collections.abc import Mapping

_PRIVATE = range(0xF000, 0xF100)
"""Where Word puts the letters of symbol fonts (ECMA-376, part 1, 17.3.3.30)."""

# Adobe's Symbol encoding; what is not here is as in ASCII.
_SYMBOL_LETTERS = (
    "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ",
    "αβχδεφγηιϕκλμνοπθρστυϖωξψζ",
)
_SYMBOL_UPPER = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪"
_SYMBOL: Mapping[int, str] = {
    **{ord("A") + index: letter for index, letter in enumerate(_SYMBOL_LETTERS[0])},
    **{ord("a") + index: letter for index, letter in enumerate(_SYMBOL_LETTERS[1])},
    **{0xA0 + index: letter for index, letter in enumerate(_SYMBOL_UPPER)},
    0x22: "∀", 0x24: "∃", 0x27: "∋", 0x2A: "∗", 0x2D: "−", 0x40: "≅", 0x5C: "∴", 0x5E: "⊥", 0x7E: "∼",
    0xF1: "〉", 0xF2: "∫", 0xF3: "⌠", 0xF5: "⌡",
}  # fmt: skip
_WINGDINGS: Mapping[int, str] = {
    0x21: "✏", 0x22: "✂", 0x28: "☎", 0x29: "✆", 0x2A: "✉", 0x30: "📁", 0x36: "⌛", 0x3F: "✍", 0x41: "✌",
    0x43: "👍", 0x44: "👎", 0x45: "☜", 0x46: "☞", 0x47: "☝", 0x48: "☟", 0x4A: "☺", 0x4B: "😐", 0x4C: "☹",
    0x4D: "💣", 0x4E: "☠", 0x52: "☼", 0x54: "❄", 0x58: "✠", 0x59: "✡", 0x6C: "●", 0x6D: "❍", 0x6E: "■",
    0x6F: "□", 0x70: "□", 0x71: "❑", 0x72: "❒", 0x73: "⬧", 0x74: "⧫", 0x75: "◆", 0x76: "❖", 0x77: "⬥",
    0x78: "☒", 0x79: "☑", 0x7A: "⌘", 0x80: "⓪", **{0x81 + n: chr(0x2460 + n) for n in range(10)}, 0x8B: "⓿",
    **{0x8C + n: chr(0x2776 + n) for n in range(10)}, 0x9E: "·", 0x9F: "•", 0xA1: "○", 0xA4: "◉", 0xA5: "◎",
    0xA7: "▪", 0xA8: "☐", 0xAA: "✦", 0xAB: "★", 0xAC: "✶", 0xD5: "⌫", 0xD8: "➢", 0xDF: "←", 0xE0: "→",
    0xE1: "↑", 0xE2: "↓", 0xE8: "➔", 0xEF: "⇦", 0xF0: "⇨", 0xF1: "⇧", 0xF2: "⇩", 0xF3: "⬄", 0xFB: "✗",
    0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
_WINGDINGS_2: Mapping[int, str] = {
    0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x55: "⮿", 0x96: "●", 0x97: "●",
    0x98: "●", 0x99: "○", 0xA0: "▪", 0xA1: "■", 0xA3: "☐", 0xA2: "■",
}  # fmt: skip
_WINGDINGS_3: Mapping[int, str] = {
    0x21: "→", 0x22: "↑", 0x23: "↓", 0x66: "←", 0x67: "→", 0x68: "↑", 0x69: "↓", 0x70: "▲", 0x71: "▼",
    0x75: "▶", 0x7D: "▶", 0x7C: "◀",
}  # fmt: skip
_WEBDINGS: Mapping[int, str] = {
    0x33: "◀", 0x34: "▶", 0x35: "▲", 0x36: "▼", 0x61: "✓", 0x63: "☐", 0x67: "■", 0x6E: "●", 0x72: "✗",
    0x69: "ℹ",
}  # fmt: skip
_FONTS: Mapping[str, Mapping[int, str]] = {
    "symbol": _SYMBOL,
    "wingdings": _WINGDINGS,
    "wingdings 2": _WINGDINGS_2,
    "wingdings 3": _WINGDINGS_3,
    "webdings": _WEBDINGS,
    "marlett": {0x61: "✓", 0x62: "✓", 0x72: "✗"},
}


def symbol(font: str, code: int) -> str:
    """Returns the character that a symbol font shows for a code, or a note of the code if unknown."""
    letter = code - 0xF000 if code in _PRIVATE else code
    known = _FONTS.get(font.strip().casefold())
    if known is None:
        # Another font has its own letters in the private area, and the letters of Unicode elsewhere.
        return (
            chr(code)
            if code not in _PRIVATE and 0x20 <= code < 0xD800
            else f"[symbol {font} {letter:02X}]".replace("  ", " ")
        )
    if found := known.get(letter):
        return found
    if known is _SYMBOL and 0x20 <= letter < 0x7F:
        return chr(letter)
    return f"[symbol {font} {letter:02X}]"


def in_font(text: str, font: str) -> str:
    """Returns a text as a font shows it.

    The text changes where the font is a symbol font, or the text uses letters of such.
    """
    name = font.strip().casefold()
    if name in _FONTS and name != "symbol":
        return "".join(each if each.isspace() else symbol(font, ord(each)) for each in text)
    if not any(ord(each) in _PRIVATE for each in text):
        return text
    # In a font that is none of symbols they come from a list that lost its font: mostly Symbol's bullet.
    return "".join(
        symbol(font if name in _FONTS else "Symbol", ord(each)) if ord(each) in _PRIVATE else each
        for each in text
    )
