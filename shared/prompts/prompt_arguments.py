"""Parses the arguments of prompts; each function raises ValueError with words that follow the name."""

import re
from datetime import date

_DAYS = ("today", "tomorrow")
_NAME_CHARACTERS = 200


def day(value: str) -> str:
    """Returns a day: an ISO date, or the name of one near today."""
    if value.casefold() in _DAYS:
        return value.casefold()
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueError(f"must be a date such as 2026-11-30, or {' or '.join(_DAYS)}") from None


def name(value: str) -> str:
    """Returns the name or id of something."""
    if len(value) > _NAME_CHARACTERS:
        raise ValueError(f"must have {_NAME_CHARACTERS} characters at most")
    return value


def build(value: str) -> str:
    """Returns the id, the number or the web address of a build."""
    if re.fullmatch(r"[1-9][0-9]{0,9}|[0-9]{8}\.[0-9]{1,5}|https://[^\s\"<>]{1,500}", value, re.ASCII):
        return value
    raise ValueError("must be the id of a build (4711), its number (20261127.3) or its web address")


def item(value: str) -> str:
    """Returns the subject or id of something; ids of Graph are long."""
    return value
