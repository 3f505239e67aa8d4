"""Evaluates the deployment's queries, of alerts and workbook, on rows of a table.

Two things may differ from Kusto: `dcount` is exact here, an estimate there; and `mv-expand` leaves a row out
whose list is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.pictures.kusto_expressions import (
    Expression,
    KustoError,
    Row,
    Tokens,
    arguments,
    expression,
    percentile,
)

type Rows = list[dict[str, Any]]


def evaluate(query: str, tables: Mapping[str, Sequence[Row]]) -> Rows:
    """The rows that a query gives, their columns in its order.

    Raises:
        KustoError: It uses what is not evaluated here.
    """
    tokens = Tokens(query)
    table = tokens.take()
    if table not in tables:
        raise KustoError(f"there is no table {table}")
    rows = [dict(row) for row in tables[table]]
    while not tokens.next_is():
        tokens.expect("|")
        operator = tokens.take()
        if operator not in _OPERATORS:
            raise KustoError(f"the operator {operator} is not evaluated")
        rows = _OPERATORS[operator](tokens, rows)
    return rows


def _where(tokens: Tokens, rows: Rows) -> Rows:
    condition = expression(tokens)
    return [row for row in rows if condition(row)]


def _extend(tokens: Tokens, rows: Rows) -> Rows:
    for name, value in _named(tokens).items():
        rows = [{**row, name: value(row)} for row in rows]
    return rows


def _project(tokens: Tokens, rows: Rows) -> Rows:
    wanted = _named(tokens)
    return [{name: value(row) for name, value in wanted.items()} for row in rows]


def _distinct(tokens: Tokens, rows: Rows) -> Rows:
    wanted = _named(tokens)
    found = dict.fromkeys(tuple(value(row) for value in wanted.values()) for row in rows)
    return [dict(zip(wanted, each, strict=True)) for each in found]


def _summarize(tokens: Tokens, rows: Rows) -> Rows:
    made, by = _summarized(tokens)
    groups: dict[tuple[Any, ...], Rows] = {} if by else {(): []}
    for row in rows:
        groups.setdefault(tuple(value(row) for value in by.values()), []).append(row)
    return [
        {
            **dict(zip(by, key, strict=True)),
            **{name: aggregate(given, group) for name, (aggregate, given) in made.items()},
        }
        for key, group in groups.items()
    ]


def _summarized(tokens: Tokens) -> tuple[dict[str, tuple[Any, list[Expression]]], dict[str, Expression]]:
    """The aggregates with their arguments, and what rows are grouped by, each by the column's name."""
    made: dict[str, tuple[Any, list[Expression]]] = {}
    while True:
        name = tokens.named()
        function = tokens.take()
        if function not in _AGGREGATES or not name:
            raise KustoError(f"the aggregate {function} is not evaluated, or has no name")
        tokens.expect("(")
        made[name] = (_AGGREGATES[function], arguments(tokens))
        if not tokens.accept(","):
            break
    return made, _named(tokens) if tokens.accept("by") else {}


def _mv_expand(tokens: Tokens, rows: Rows) -> Rows:
    name = tokens.named()
    listed = expression(tokens)
    for expected in ("to", "typeof", "(", "string", ")"):
        tokens.expect(expected)
    return [{**row, name: each} for row in rows for each in listed(row) or []]


def _order(tokens: Tokens, rows: Rows) -> Rows:
    tokens.expect("by")
    keys: list[tuple[Expression, bool]] = []
    while True:
        value = expression(tokens)
        descends = tokens.take()
        if descends not in ("asc", "desc"):
            raise KustoError(f"the order {descends} is not evaluated")
        keys.append((value, descends == "desc"))
        if not tokens.accept(","):
            break
    for value, descends in reversed(keys):
        rows = sorted(rows, key=value, reverse=descends)
    return rows


def _top(tokens: Tokens, rows: Rows) -> Rows:
    number = int(tokens.take())
    return _order(tokens, rows)[:number]


def _named(tokens: Tokens) -> dict[str, Expression]:
    """Expressions by their names; `bin(timestamp, 1h)` is called timestamp, as Kusto does."""
    found: dict[str, Expression] = {}
    while True:
        name = tokens.named()
        first = "" if name else tokens.peek(2 if tokens.peek(0) == "bin" else 0)
        found[name or first] = expression(tokens)
        if not tokens.accept(","):
            return found


def _values(given: list[Expression], rows: Rows) -> list[Any]:
    return [value for row in rows if (value := given[0](row)) is not None]


def _make_set(given: list[Expression], rows: Rows) -> list[Any]:
    return list(dict.fromkeys(_values(given, rows)))[: given[1]({})]


_AGGREGATES: Mapping[str, Callable[[list[Expression], Rows], Any]] = {
    "count": lambda _, rows: len(rows),
    "countif": lambda given, rows: sum(bool(given[0](row)) for row in rows),
    "dcount": lambda given, rows: len(set(_values(given, rows))),
    "dcountif": lambda given, rows: len(set(_values(given, [row for row in rows if given[1](row)]))),
    "make_set": _make_set,
    "max": lambda given, rows: max(_values(given, rows)),
    "percentile": lambda given, rows: percentile(_values(given, rows), given[1]({})),
    "sum": lambda given, rows: sum(_values(given, rows)),
}
_OPERATORS: Mapping[str, Callable[[Tokens, Rows], Rows]] = {
    "where": _where,
    "extend": _extend,
    "project": _project,
    "distinct": _distinct,
    "summarize": _summarize,
    "mv-expand": _mv_expand,
    "order": _order,
    "top": _top,
}
