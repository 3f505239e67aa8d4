"""Reads HTML as the text that people see, whoever wrote it."""

from shared.text.html.text import MAY_HIDE, HtmlText, html_to_text

__all__ = ["MAY_HIDE", "HtmlText", "html_to_text"]
