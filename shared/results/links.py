"""Shortens the web addresses of a page's items to one pattern where they differ in the item's id alone."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

_NAMES = ("web_url", "web_link")
_PLACE = "{id}"


def shorten_links(document: dict[str, Any]) -> dict[str, Any]:
    """Returns the JSON of a page whose items share the form of their addresses, which it states once.

    Addresses are most of what some lists cost a model, and say nothing but the id again. Items whose
    address has another form keep it.
    """
    items = document.get("items")
    if not isinstance(items, list) or "web_url" not in document or len(items) <= 1:
        return document
    forms = [_form(each) for each in items]
    common = Counter(each for each in forms if each).most_common(1)
    if not common or common[0][1] <= 1:
        return document
    form = common[0][0]
    shortened = [
        {**item, **{name: "" for name in _NAMES if name in item}} if own == form else item
        for item, own in zip(items, forms, strict=True)
    ]
    return {**document, "items": shortened, "web_url": form}


def _form(item: Any) -> str | None:
    """Returns an item's address with its id replaced, if the id is in it once."""
    if not isinstance(item, Mapping):
        return None
    address = next((item[name] for name in _NAMES if isinstance(item.get(name), str)), None)
    written = quote(str(item.get("id") or ""), safe="")
    if not address or not written or "{" in address:
        return None
    # An id of a digit or two is in many a number.
    around = re.split(f"(?<![0-9A-Za-z]){re.escape(written)}(?![0-9A-Za-z])", address)
    return _PLACE.join(around) if len(around) == 2 else None
