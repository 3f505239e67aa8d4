"""Converts plain text to HTML that shows it as it was written."""

import html
import re

_INDENT = re.compile(r"^[ \t]+|(?<=[ \t])[ \t]", re.MULTILINE)
_TAB = 4


def text_to_html(text: str) -> str:
    """Escapes a text for HTML, and keeps its lines and its runs of spaces.

    A service that takes HTML would show `a < b` as an open tag, and lines as one.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    # Done before escaping, as no entity holds a space.
    spaced = _INDENT.sub(lambda run: run[0].replace("\t", " " * _TAB).replace(" ", "\u00a0"), lines)
    return html.escape(spaced, quote=False).replace("\u00a0", "&nbsp;").replace("\n", "<br>\n")
