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


IN_PROCESS = "in process: "
"""What figures begin with that are of the app in one process, without a host."""

GOALS: Sequence[Goal] = [
    Goal(f"{IN_PROCESS}64: cpu", 1.2, unit="ms"),
    Goal("64: cpu", 0.15, CERTIFI),
    Goal("64: calls/s", 25, CERTIFI, "at least"),
    Goal("64: calls/s", 6, SYSTEM, "at least"),
    Goal("128 / 64", 1, kind="at least"),
    Goal("64: p99 / p50", 1.5),
    Goal(f"{IN_PROCESS}64: calls/s", 900, kind="at least"),
    Goal(f"{IN_PROCESS}128: calls/s", 900, kind="at least"),
    Goal(f"{IN_PROCESS}64: p99 / p50", 1.5),
    Goal(f"{IN_PROCESS}beyond latencies", 450, unit="ms"),
    Goal("first result", 0.3, CERTIFI),
    Goal("import", 0.15, CERTIFI),
    Goal(f"{IN_PROCESS}memory", 70, unit="MB"),
    Goal("context p50", 0.35, CERTIFI),
    Goal(f"{IN_PROCESS}context 64: calls/s", 330, kind="at least"),
    Goal(f"{IN_PROCESS}context 64: cpu", 2.4, unit="ms"),
    Goal(f"{IN_PROCESS}herd exchanges", 1),
    Goal(f"{IN_PROCESS}herd last answer", 190, unit="ms"),
    Goal("herd exchanges", 1),
    Goal("exchanges per 100", 1),
    Goal("crowd exchanges again", 0),
    Goal("bystander ratio", 1.1),
    Goal("bytes beyond token", 6144, unit="bytes"),
    Goal("latency many / 10", 1.1),
]
