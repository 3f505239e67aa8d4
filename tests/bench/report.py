"""The figures of a run as Markdown tables."""

from collections.abc import Sequence

from tests.bench.goals import APP, GOALS, IN_PROCESS, Table

ROWS: Sequence[tuple[str, str, str]] = [
    ("import", "import of what declares the tools", "ms"),
    ("import memory", "peak memory of that import", "MB"),
    ("first list", "process start to first `tools/list`", "ms"),
    ("first list memory", "peak memory by then", "MB"),
    ("first result", "process start to first tool result", "ms"),
    ("warm p50", "warm call of one user, p50", "ms"),
    ("warm p95", "the same, p95", "ms"),
    ("context p50", "`get_user_context`, warm, p50", "ms"),
    ("exchanges per 100", "exchanges at Entra per 100 warm calls", ""),
    ("herd exchanges", "exchanges when 50 first calls of one user race", ""),
    ("herd last answer", "when the last of those 50 is answered", "ms"),
    ("herd failed", "how many of those 50 fail", ""),
    ("crowd exchanges again", "exchanges when 200 users come round again", ""),
    ("bystander ratio", "B's calls while A's exchange takes 2 s, against alone", "x"),
    ("own cpu", "processor time of a call beside host and network", "ms"),
    ("bytes beyond token", "memory of a kept user beyond the token", "bytes"),
    ("kept users", "users kept for that", ""),
    ("latency many / 10", "a call with so many kept, against ten", "x"),
    ("64: p99 / p50", "64 at a time: p99 against p50", "x"),
    ("128 / 64", "128 at a time: calls a second against those at 64", "x"),
    *(
        (f"{concurrent}: {figure}", f"{concurrent} at a time: {text}", unit)
        for concurrent in (1, 8, 32, 64, 128)
        for figure, text, unit in (
            ("calls/s", "calls a second", ""),
            ("p50", "p50", "ms"),
            ("p95", "p95", "ms"),
            ("p99", "p99", "ms"),
            ("cpu", "processor time of the server per call", "ms"),
            ("failed", "calls that fail", ""),
        )
    ),
]

OWN_ROWS: Sequence[tuple[str, str, str]] = [
    ("load", "import of the app by the worker library", "ms"),
    ("first call", "the first call after it", "ms"),
    ("first result", "both, to the first result", "ms"),
    ("beyond latencies", "the same beyond the fixed latencies", "ms"),
    ("first cpu", "processor time from the process's start to the first result", "ms"),
    ("memory", "peak memory after 1,000 calls", "MB"),
    ("herd exchanges", "exchanges when 50 first calls of one user race", ""),
    ("herd last answer", "when the last of those 50 is answered", "ms"),
    *(
        (f"{name}: {figure}", f"{words}: {text}", unit)
        for name, words in (
            ("1", "1 at a time"),
            ("32", "32 at a time"),
            ("64", "64 at a time"),
            ("128", "128 at a time"),
            ("context 64", "`get_user_context`, 64 at a time"),
        )
        for figure, text, unit in (
            ("calls/s", "calls a second", ""),
            ("cpu", "processor time of a call", "ms"),
            ("p50", "p50", "ms"),
            ("p99 / p50", "p99 against p50", "x"),
        )
    ),
    ("128 / 64", "128 at a time: calls a second against those at 64", "x"),
]


def figures(table: Table) -> str:
    """Every figure of every server."""
    lines = [
        f"| | {' | '.join(table)} |",
        f"|---|{'---:|' * len(table)}",
    ]
    for key, text, unit in ROWS:
        cells = (_number(each[key], unit) if key in each else "" for each in table.values())
        lines.append(f"| {text} | {' | '.join(cells)} |")
    return "\n".join(lines)


def own_figures(table: Table) -> str:
    """The figures of the app in one process, without a host."""
    lines = ["| in process, without a host | |", "|---|---:|"]
    for key, text, unit in OWN_ROWS:
        value = table[APP].get(f"{IN_PROCESS}{key}")
        lines.append(f"| {text} | {'' if value is None else _number(value, unit)} |")
    return "\n".join(lines)


def goals(table: Table) -> str:
    """Each goal with its figure, and whether it is met."""
    lines = ["| figure | goal | measured | |", "|---|---|---:|---|"]
    for goal in GOALS:
        known = goal.figure in table[APP] and (not goal.against or goal.figure in table.get(goal.against, {}))
        measured = _number(goal.value(table), goal.unit) if known else "not measured"
        verdict = ("met" if goal.is_met(table) else "**missed**") if known else ""
        lines.append(f"| {_name(goal.figure)} | {goal.text} | {measured} | {verdict} |")
    return "\n".join(lines)


def _name(figure: str) -> str:
    if figure.startswith(IN_PROCESS):
        own = figure.removeprefix(IN_PROCESS)
        return IN_PROCESS + next(text for key, text, _ in OWN_ROWS if key == own)
    return next(text for key, text, _ in ROWS if key == figure)


def _number(value: float, unit: str) -> str:
    if unit == "x":
        return f"{value:.2f}"
    is_whole = value >= 100 or value == int(value)
    return f"{value:,.0f} {unit}".strip() if is_whole else f"{value:.3g} {unit}".strip()
