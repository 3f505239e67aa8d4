"""Parses rates of calls such as 60/minute."""

import re
from dataclasses import dataclass
from typing import Self

_FORM = re.compile(r"([1-9]\d{0,8})\s*/\s*(second|minute|hour)")
_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}


@dataclass(frozen=True, slots=True)
class Rate:
    """Allows a number of calls in a number of seconds.

    That many may come at once, and one more after each `interval`.
    """

    calls: int
    seconds: float

    @property
    def interval(self) -> float:
        """Returns the seconds after which one more call is allowed."""
        return self.seconds / self.calls

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parses a text such as `60/minute`.

        Raises:
            ValueError: It is no rate.
        """
        form = _FORM.fullmatch(text.strip().casefold())
        if form is None:
            raise ValueError(
                "must be a number of calls per second, minute or hour such as 60/minute, or none"
            )
        return cls(int(form[1]), _SECONDS[form[2]])
