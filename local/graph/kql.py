"""Evaluates KQL as mailbox and file search take it: words, phrases, properties, AND, OR, NOT."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from local.graph.errors import GraphError, bad_request

_TOKEN = re.compile(
    r"\s*(?:(?P<bracket>[()])"
    r"|(?:(?P<property>[A-Za-z]\w*)(?P<operator>:|<>|>=|<=|>|<|=))?"
    r'(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s()"]+)))'
)
_WORDS = re.compile(r"\w+")
_LONGEST = 2048


@dataclass(frozen=True)
class Searchable:
    """Holds what a search looks at: named fields, and the names of those a bare word is looked for in."""

    fields: Mapping[str, Any]
    everywhere: tuple[str, ...]


type Predicate = Callable[[Searchable], bool]


def parse_kql(text: str, now: datetime) -> Predicate:
    """Returns what a query asks for. Words side by side must all be there.

    Raises:
        GraphError: The query is not well formed.
    """
    parser = _Parser(text, now)
    predicate = parser.alternatives()
    if parser.tokens:
        raise syntax_error(text)
    return predicate


def plain_words(text: str) -> list[str]:
    """Returns the words a query looks for anywhere, for highlighting."""
    return [
        word.casefold()
        for match in _TOKEN.finditer(text)
        if not match["property"] and (match["phrase"] or match["word"]) not in (None, "AND", "OR", "NOT")
        for word in _WORDS.findall(match["phrase"] or match["word"])
    ]


def syntax_error(text: str) -> GraphError:
    """Returns the error for a query that cannot be parsed."""
    return bad_request(f"Syntax error: the query '{text[:80]}' is not valid.")


@lru_cache(maxsize=8192)
def words_of(text: str) -> tuple[str, ...]:
    """Returns the words of a text, without case."""
    return tuple(_WORDS.findall(text.casefold()))


def contains(text: str, wanted: str) -> bool:
    """Tells whether the words stand side by side in the text; the last one need only begin a word."""
    words, sought = words_of(text), words_of(wanted)
    if not sought:
        return False
    *first, last = sought
    return any(
        list(words[start : start + len(first)]) == first
        and len(words) > start + len(first)
        and words[start + len(first)].startswith(last)
        for start in range(len(words) - len(first))
    )


class _Parser:
    """Parses the tokens of one query by recursive descent."""

    def __init__(self, text: str, now: datetime) -> None:
        if text.count('"') % 2 or not text.strip() or len(text) > _LONGEST:
            raise syntax_error(text)
        self.text = text
        self.now = now
        self.tokens = list(_TOKEN.finditer(text))

    def alternatives(self) -> Predicate:
        branches = [self._conjunction()]
        while self._accept("OR"):
            branches.append(self._conjunction())
        return lambda item: any(branch(item) for branch in branches)

    def _conjunction(self) -> Predicate:
        branches = [self._term()]
        while self.tokens and self.tokens[0]["word"] != "OR" and self.tokens[0]["bracket"] != ")":
            self._accept("AND")
            branches.append(self._term())
        return lambda item: all(branch(item) for branch in branches)

    def _term(self) -> Predicate:
        if not self.tokens:
            raise syntax_error(self.text)
        token = self.tokens.pop(0)
        if token["bracket"] == "(":
            inner = self.alternatives()
            if not self.tokens or self.tokens.pop(0)["bracket"] != ")":
                raise syntax_error(self.text)
            return inner
        if token["bracket"] or token["word"] in ("AND", "OR"):
            raise syntax_error(self.text)
        if token["word"] == "NOT":
            negated = self._term()
            return lambda item: not negated(item)
        if token["word"] and token["word"].startswith("-") and not token["property"]:
            return lambda item: not _anywhere(item, token["word"][1:])
        wanted = token["phrase"] if token["phrase"] is not None else token["word"]
        if token["property"]:
            return self._property(token["property"].casefold(), token["operator"], wanted)
        return lambda item: _anywhere(item, wanted)

    def _property(self, name: str, operator: str, wanted: str) -> Predicate:
        def holds(item: Searchable) -> bool:
            if name not in item.fields:
                return _anywhere(item, f"{name} {wanted}")
            value = item.fields[name]
            if isinstance(value, datetime):
                return self._dated(value, operator, wanted)
            if isinstance(value, bool):
                return value is (wanted.casefold() in ("true", "yes", "1"))
            if isinstance(value, int):
                return self._sized(value, operator, wanted)
            return contains(str(value or ""), wanted) is (operator != "<>")

        return holds

    def _dated(self, value: datetime, operator: str, wanted: str) -> bool:
        start, _, last = wanted.partition("..")
        first_day = self._day(start)
        end = (self._day(last) if last else first_day) + timedelta(days=1)
        match operator:
            case ">":
                return value >= end
            case ">=":
                return value >= first_day
            case "<":
                return value < first_day
            case "<=":
                return value < end
        return first_day <= value < end

    def _day(self, text: str) -> datetime:
        midnight = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        match text.casefold():
            case "today":
                return midnight
            case "yesterday":
                return midnight - timedelta(days=1)
        try:
            day = datetime.fromisoformat(text)
        except ValueError:
            raise syntax_error(self.text) from None
        return day if day.tzinfo else day.replace(tzinfo=self.now.tzinfo)

    def _sized(self, value: int, operator: str, wanted: str) -> bool:
        if not wanted.isdigit():
            raise syntax_error(self.text)
        size = int(wanted)
        outcomes = {">": value > size, ">=": value >= size, "<": value < size, "<=": value <= size}
        return outcomes.get(operator, value == size)

    def _accept(self, word: str) -> bool:
        if self.tokens and self.tokens[0]["word"] == word and not self.tokens[0]["property"]:
            self.tokens.pop(0)
            return True
        return False


def _anywhere(item: Searchable, wanted: str) -> bool:
    return any(contains(str(item.fields.get(name) or ""), wanted.rstrip("*")) for name in item.everywhere)
