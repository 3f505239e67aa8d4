"""Parses the Work Item Query Language. Nothing here knows any work item.

Grammar (Azure DevOps documentation, "Work Item Query Language syntax reference"):

    SELECT field, ... FROM WorkItems | WorkItemLinks
    [WHERE conditions with AND, OR, NOT and parentheses]
    [ORDER BY field [ASC | DESC], ...] [ASOF date] [MODE (mode)]
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from local.devops.errors import RefusalError, wrapped
from local.devops.work_item_types import Field, process

LINK_TYPE = Field("System.Links.LinkType", "Link Type", "string", read_only=True)
MODES = ("mustcontain", "maycontain", "doesnotcontain", "recursive")
_LONGEST = 32_000
_TOKEN = re.compile(
    r"""\s*(?:(?P<field>\[[^\]]*\])|(?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")|(?P<number>\d+(?:\.\d+)?)
    |(?P<macro>@\w+)|(?P<word>[A-Za-z_][\w.]*)|(?P<mark><>|<=|>=|[=<>(),.+-])|(?P<end>\Z))""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Macro:
    """Represents a macro such as `@Today - 7`; `argument` is what stands in its parentheses."""

    name: str
    offset: int = 0
    argument: str = ""


type Operand = str | int | float | bool | Macro | Field


@dataclass(frozen=True)
class Condition:
    """Represents one comparison; `side` says which end of a link the field is read from."""

    field: Field
    operator: str
    values: tuple[Operand, ...]
    side: Literal["", "source", "target"] = ""


@dataclass(frozen=True)
class Group:
    """Groups conditions that must all hold, or of which one must."""

    all_of: bool
    members: tuple[Expression, ...]


@dataclass(frozen=True)
class Negation:
    """Represents the opposite of an expression."""

    of: Expression


type Expression = Condition | Group | Negation


@dataclass(frozen=True)
class Query:
    """Represents a parsed query; `mode` is None for a query over work items."""

    columns: tuple[Field, ...]
    where: Expression | None
    order: tuple[tuple[Field, bool], ...]
    mode: str | None
    as_of: str | None = None


def parse(text: str) -> Query:
    """Returns the query a text means.

    Raises:
        RefusalError: It is not WIQL, or names fields that do not exist.
    """
    if len(text) > _LONGEST:
        raise _refusal("TF51000", f"A query has at most {_LONGEST} characters.")
    return _Parser(text).query()


def _refusal(code: str, message: str) -> RefusalError:
    return wrapped(400, "WorkItemTrackingQueryException", f"{code}: {message}", event_id=3200)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


class _Parser:
    """Parses the tokens of one query by recursive descent."""

    def __init__(self, text: str) -> None:
        self._tokens = self._split(text)
        self._next = 0

    def query(self) -> Query:
        self._expect("select")
        columns = self._fields()
        self._expect("from")
        source = self._take().text.casefold()
        if source not in ("workitems", "workitemlinks"):
            raise self._failure("WorkItems or WorkItemLinks has to follow FROM")
        where = self._either() if self._accept("where") else None
        order = self._order() if self._accept("order") else ()
        as_of = str(self._value()) if self._accept("asof") else None
        mode = self._mode() if self._accept("mode") else "mustcontain"
        if self._peek().kind != "end":
            raise self._failure("nothing can follow here")
        return Query(columns, where, order, mode if source == "workitemlinks" else None, as_of)

    def _either(self) -> Expression:
        members = [self._both()]
        while self._accept("or"):
            members.append(self._both())
        return members[0] if len(members) == 1 else Group(False, tuple(members))

    def _both(self) -> Expression:
        members = [self._single()]
        while self._accept("and"):
            members.append(self._single())
        return members[0] if len(members) == 1 else Group(True, tuple(members))

    def _single(self) -> Expression:
        if self._accept("not"):
            return Negation(self._single())
        if self._accept("("):
            inner = self._either()
            self._expect(")")
            return inner
        return self._condition()

    def _condition(self) -> Expression:
        side = self._side()
        field = self._field()
        if self._accept("is"):
            negated = self._accept("not")
            self._expect("empty")
            empty = Condition(field, "is empty", (), side)
            return Negation(empty) if negated else empty
        if self._accept("not"):
            return Negation(self._compare(field, side))
        return self._compare(field, side)

    def _compare(self, field: Field, side: Literal["", "source", "target"]) -> Condition:
        operator = self._take().text.casefold()
        if operator == "was":
            operator = self._take().text.casefold()
        if operator == "contains" and self._accept("words"):
            operator = "contains words"
        if operator == "in":
            self._expect("(")
            values = [self._value()]
            while self._accept(","):
                values.append(self._value())
            self._expect(")")
            return Condition(field, "in", tuple(values), side)
        if operator not in ("=", "<>", "<", ">", "<=", ">=", "contains", "contains words", "under", "ever"):
            raise self._failure(f"{operator!r} is not an operator")
        return Condition(field, operator, (self._value(),), side)

    def _value(self) -> Operand:
        token = self._take()
        match token.kind:
            case "text":
                quote = token.text[0]
                return token.text[1:-1].replace(quote * 2, quote)
            case "number":
                return float(token.text) if "." in token.text else int(token.text)
            case "macro":
                return self._macro(token.text)
            case "field":
                return self._known(token.text[1:-1])
            case "word" if token.text.casefold() in ("true", "false"):
                return token.text.casefold() == "true"
            case "mark" if token.text == "-" and self._peek().kind == "number":
                return -int(self._take().text)
            case _:
                raise self._failure("a value is missing", token)

    def _macro(self, name: str) -> Macro:
        argument = ""
        if self._accept("("):
            argument = str(self._value())
            self._expect(")")
        sign = 1 if self._accept("+") else -1 if self._accept("-") else 0
        if sign == 0:
            return Macro(name.casefold(), argument=argument)
        number = self._take()
        if number.kind != "number":
            raise self._failure("a number has to follow the sign", number)
        return Macro(name.casefold(), sign * int(float(number.text)), argument)

    def _side(self) -> Literal["", "source", "target"]:
        start = self._next
        written = self._take().text.strip("[]").casefold()
        if written in ("source", "target") and self._accept("."):
            return "source" if written == "source" else "target"
        self._next = start
        return ""

    def _fields(self) -> tuple[Field, ...]:
        fields = [self._field()]
        while self._accept(","):
            fields.append(self._field())
        return tuple(fields)

    def _field(self) -> Field:
        token = self._take()
        if token.kind not in ("field", "word"):
            raise self._failure("a field is missing", token)
        return self._known(token.text.strip("[]"))

    @staticmethod
    def _known(name: str) -> Field:
        if name.casefold() in ("system.links.linktype", "link type"):
            return LINK_TYPE
        field = process().field(name.strip())
        if field is None:
            raise _refusal("TF51005", f"The query names a field that does not exist: «{name}».")
        return field

    def _order(self) -> tuple[tuple[Field, bool], ...]:
        self._expect("by")
        order = []
        while True:
            self._side()
            field = self._field()
            descending = self._accept("desc")
            if not descending:
                self._accept("asc")
            order.append((field, descending))
            if not self._accept(","):
                return tuple(order)

    def _mode(self) -> str:
        self._expect("(")
        words = []
        while not self._accept(")"):
            words.append(self._take().text.casefold())
        mode = next((word for word in words if word in MODES), None)
        if mode is None:
            raise self._failure("MODE names no mode there is")
        return mode

    @staticmethod
    def _split(text: str) -> list[_Token]:
        tokens: list[_Token] = []
        position = 0
        while not tokens or tokens[-1].kind != "end":
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                raise _refusal(
                    "TF51006", f"The query cannot be read from here: «{text[position : position + 40]}»."
                )
            tokens.append(_Token(match.lastgroup, match[match.lastgroup]))
            position = match.end()
        return tokens

    def _peek(self) -> _Token:
        return self._tokens[min(self._next, len(self._tokens) - 1)]

    def _take(self) -> _Token:
        token = self._peek()
        self._next += 1
        return token

    def _accept(self, text: str) -> bool:
        token = self._peek()
        if token.kind in ("word", "mark") and token.text.casefold() == text:
            self._next += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._failure(f"{text.upper()} is missing")

    def _failure(self, why: str, token: _Token | None = None) -> RefusalError:
        at = token or self._peek()
        return _refusal("TF51006", f"The query cannot be understood, {why}: «{at.text or 'end of query'}».")
