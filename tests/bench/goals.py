"""What the figures are to reach, each against the alternative it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

APP = "this server"
CERTIFI = "FastMCP, certifi's roots"
SYSTEM = "FastMCP, system's roots"
HAND_ROLLED = "hand-rolled"

type Table = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Goal:
    """A bound on one figure of this server, or on its ratio to another's.

    Attributes:
        figure: The figure's name.
        bound: The most or the least it may be.
        against: Whose same figure it is divided by; none for the figure itself.
        kind: Whether the bound is the most or the least.
        unit: Of the figure itself.
    """

    figure: str
    bound: float
    against: str | None = None
    kind: Literal["at most", "at least"] = "at most"
    unit: str = ""

    def value(self, table: Table) -> float:
        """The figure, or the ratio."""
        own = table[APP][self.figure]
        return own if self.against is None else own / table[self.against][self.figure]

    def is_met(self, table: Table) -> bool:
        """Whether it is reached."""
        value = self.value(table)
        return value <= self.bound if self.kind == "at most" else value >= self.bound

    @property
    def text(self) -> str:
        """The goal in words."""
        bound = f"{self.bound:g}"
        return (
            f"{self.kind} {bound} of {self.against}"
            if self.against
            else f"{self.kind} {bound} {self.unit}".strip()
        )


GOALS: Sequence[Goal] = [
    Goal("import", 0.4, CERTIFI),
    Goal("import memory", 0.65, CERTIFI),
    Goal("first result", 0.5, CERTIFI),
    Goal("warm p50", 0.75, CERTIFI),
    Goal("warm p50", 0.95, SYSTEM),
    Goal("own cpu", 1.5, unit="ms"),
    Goal("64: calls/s", 10, CERTIFI, "at least"),
    Goal("64: calls/s", 2.5, SYSTEM, "at least"),
    Goal("64: calls/s", 50, HAND_ROLLED, "at least"),
    Goal("64: p99 / p50", 2),
    Goal("exchanges per 100", 1),
    Goal("crowd exchanges again", 0),
    Goal("herd exchanges", 1),
    Goal("herd last answer", 0.25, CERTIFI),
    Goal("bystander ratio", 1.1),
    Goal("context p50", 0.8, CERTIFI),
    Goal("bytes beyond token", 6144, unit="bytes"),
    Goal("latency many / 10", 1.1),
]
