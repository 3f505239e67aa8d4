"""Parses colours, and tells whether text of one colour stands out from a ground of another."""

from typing import Any, NamedTuple

from tinycss2.color5 import parse_color


class Color(NamedTuple):
    """Holds a colour in sRGB; each part is between 0 and 1."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    def over(self, ground: "Color") -> "Color":
        """Returns the colour that is seen where this one lies over an opaque one."""
        parts = (
            above * self.alpha + below * (1 - self.alpha)
            for above, below in zip(self[:3], ground[:3], strict=True)
        )
        return Color(*parts)

    def faded(self, opacity: float) -> "Color":
        """Returns the colour with less opacity."""
        return self._replace(alpha=self.alpha * opacity)

    def distance(self, other: "Color") -> float:
        """Returns how far two opaque colours are apart: 0 if they are the same, 1 for black and white."""
        return max(abs(one - another) for one, another in zip(self[:3], other[:3], strict=True))


BLACK = Color(0, 0, 0)
WHITE = Color(1, 1, 1)
YELLOW = Color(1, 1, 0)
LINK = Color(0, 0, 0.93)

_SYSTEM = {
    **dict.fromkeys(("windowtext", "canvastext", "buttontext", "fieldtext", "menutext", "infotext"), BLACK),
    **dict.fromkeys(("captiontext", "graytext", "marktext"), Color(0.4, 0.4, 0.4)),
    **dict.fromkeys(("window", "canvas", "field", "infobackground"), WHITE),
    **dict.fromkeys(("linktext", "-webkit-link"), LINK),
}


def color(value: Any) -> "Color | str | None":
    """Returns the colour of a CSS value: `currentcolor` as such, None if it is no colour.

    Args:
        value: A text, or a token of tinycss2.
    """
    name = value if isinstance(value, str) else getattr(value, "lower_value", "")
    if isinstance(name, str) and name.strip().lower() in _SYSTEM:
        return _SYSTEM[name.strip().lower()]
    if not isinstance(value, str) and value.type not in ("ident", "hash", "function"):
        return None
    try:
        found = parse_color(value)
        if found is None or isinstance(found, str):
            return "currentcolor" if found else None
        red, green, blue, alpha = found.to("srgb")[:4]
    except (NotImplementedError, TypeError, ValueError, IndexError):
        return None
    return Color(*(min(max(float(part or 0), 0), 1) for part in (red, green, blue, alpha)))


def legacy_color(value: str) -> Color | None:
    """Returns the colour of an attribute such as `bgcolor`, where `#` may be missing (HTML, 2.3.6)."""
    found = color(value) or color(f"#{value.strip()}")
    return found if isinstance(found, Color) else None
