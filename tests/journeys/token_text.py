"""A token in a text, told from random text of the same letters."""

import base64
import re

_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}")
_NAME = re.compile(rb'\{"[\w"]{4}')


def token_in(text: str) -> str | None:
    """What begins as the JSON of a token does (RFC 7519: a header's object in base64url), or None."""
    found = (each[0] for each in _TOKEN.finditer(text))
    return next((each for each in found if _NAME.fullmatch(base64.urlsafe_b64decode(each[:8]))), None)
