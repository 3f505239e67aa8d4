"""Matches work items, and links between two, against a parsed query."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from local.devops.call import Call
from local.devops.errors import RefusalError, wrapped
from local.devops.people import Identity
from local.devops.times import parse
from local.devops.wiql import LINK_TYPE, Condition, Expression, Group, Macro, Negation, Operand
from local.devops.work_item import Value, WorkItem
from local.devops.work_item_types import Field
from local.relative_time import zone

type Known = str | int | float | bool | datetime | date | Identity | None


@dataclass(frozen=True)
class Candidate:
    """Holds what a condition is tested on: a work item, or a link with both its ends."""

    item: WorkItem
    target: WorkItem | None = None
    link_type: str = ""

    def value(self, field: Field, side: str) -> Value | None:
        """Returns the field's value, of the end the condition means."""
        if field is LINK_TYPE:
            return self.link_type
        if side == "target":
            return None if self.target is None else self.target.value(field.ref)
        return self.item.value(field.ref)

    def past(self, field: Field) -> list[Value | None]:
        """Returns all values the field had since the tenant started, the present one first."""
        return [self.item.value(field.ref), *(update.fields[field.ref][0] for update in self.item.updates
                if field.ref in update.fields)]  # fmt: skip


class Matcher:
    """Evaluates expressions for one call, whose user, project, team and time the macros stand for."""

    def __init__(self, call: Call, *, time_precision: bool) -> None:
        self._call = call
        self._time_precision = time_precision

    def matches(self, expression: Expression | None, candidate: Candidate) -> bool:
        """Tells whether the candidate fits.

        Raises:
            RefusalError: A value does not suit its field, or a macro has nothing to stand for.
        """
        match expression:
            case None:
                return True
            case Group(all_of, members):
                # Every member is evaluated: a value that does not suit is an error wherever it stands.
                results = [self.matches(member, candidate) for member in members]
                return all(results) if all_of else any(results)
            case Negation(of):
                return not self.matches(of, candidate)
            case Condition() as condition:
                return self._holds(condition, candidate)

    def _holds(self, condition: Condition, candidate: Candidate) -> bool:
        field, operator = condition.field, condition.operator
        actual = self._comparable(field, candidate.value(field, condition.side))
        if operator == "is empty":
            return actual is None
        wanted = [self._operand(field, value, candidate) for value in condition.values]
        match operator:
            case "in":
                return any(_equal(actual, each) for each in wanted)
            case "ever":
                past = [self._comparable(field, value) for value in candidate.past(field)]
                return any(_equal(value, wanted[0]) for value in past)
            case "under":
                return self._under(field, actual, wanted[0])
            case "contains" | "contains words":
                return _contains(field, operator, actual, wanted[0])
            case "=":
                return _equal(actual, wanted[0])
            case "<>":
                return not _equal(actual, wanted[0])
            case _:
                return _ordered(operator, actual, wanted[0])

    def _comparable(self, field: Field, value: Value | None) -> Known:
        if isinstance(value, datetime) and field.type == "dateTime" and not self._time_precision:
            return value.astimezone(zone()).date()
        return value

    def _operand(self, field: Field, written: Operand, candidate: Candidate) -> Known:
        if isinstance(written, Macro):
            written_value: Known = self._macro(written)
        elif isinstance(written, Field):
            written_value = self._comparable(written, candidate.value(written, ""))
        else:
            written_value = written
        if written_value == "" or written_value is None:
            return None
        match field.type:
            case "dateTime":
                return self._moment(field, written_value)
            case "identity" if isinstance(written_value, str):
                return self._call.store.people.find(written_value) or written_value
            case "integer" | "double" if isinstance(written_value, str):
                try:
                    return float(written_value)
                except ValueError:
                    raise _unsuited(field, written_value) from None
            case "treePath":
                self._check_path(field, str(written_value))
                return written_value
            case _:
                return written_value

    def _moment(self, field: Field, value: Known) -> Known:
        if isinstance(value, str):
            try:
                moment = moment_of(value, time_precision=self._time_precision)
            except ValueError:
                raise _unsuited(field, value) from None
            return moment if self._time_precision else moment.date()
        if isinstance(value, date) and not isinstance(value, datetime) and self._time_precision:
            return datetime(value.year, value.month, value.day, tzinfo=zone())
        return value

    def _macro(self, macro: Macro) -> Known:
        today = self._call.now.astimezone(zone()).date()
        match macro.name:
            case "@me":
                return self._call.user
            case "@today" | "@startofday":
                return today + timedelta(days=macro.offset)
            case "@startofweek":
                return today - timedelta(days=(today.weekday() + 1) % 7 - 7 * macro.offset)
            case "@startofmonth":
                months = today.year * 12 + today.month - 1 + macro.offset
                return date(months // 12, months % 12 + 1, 1)
            case "@startofyear":
                return date(today.year + macro.offset, 1, 1)
            case "@project":
                return (
                    self._call.project.name
                    if self._call.project_or_none
                    else _no_context("@Project", "project")
                )
            case "@currentiteration":
                return self._iteration(macro)
            case _:
                raise _refusal("TF51006", f"There is no macro «{macro.name}».")

    def _iteration(self, macro: Macro) -> str:
        named = re.fullmatch(r"\[(?P<project>[^\]]+)\]\\(?P<team>[^<]+?)(\s*<id:.*>)?", macro.argument)
        project = self._call.project_or_none
        if named is not None:
            project = self._call.organization.project(named["project"])
            if project is None or project.team(named["team"]) is None:
                raise _refusal("VS402612", f"There is no team «{macro.argument}».")
        elif self._call.team_or_none is None or project is None:
            return _no_context("@CurrentIteration", "team")
        current = project.current_iteration(self._call.now.date())
        index = -1 if current is None else project.iterations.index(current) + macro.offset
        if not 0 <= index < len(project.iterations):
            raise _refusal("VS402612", "The team has no such iteration.")
        return project.iterations[index].path

    def _under(self, field: Field, actual: Known, wanted: Known) -> bool:
        if field.type != "treePath" and field.ref != "System.TeamProject":
            raise _refusal("TF51009", f"UNDER does not go with the field «{field.ref}».")
        return f"{actual}\\".casefold().startswith(f"{wanted}\\".casefold())

    def _check_path(self, field: Field, path: str) -> None:
        projects = self._call.organization.projects
        if field.ref == "System.AreaPath":
            known = {area for project in projects for area in project.areas}
        else:
            known = {each.path for project in projects for each in project.iterations}
            known |= {project.name for project in projects}
        if path.casefold() not in {each.casefold() for each in known}:
            code, what = ("TF51011", "area") if field.ref == "System.AreaPath" else ("TF51012", "iteration")
            raise _refusal(code, f"There is no {what} path «{path}».")


def moment_of(written: str, *, time_precision: bool) -> datetime:
    """Returns the moment a literal means.

    Raises:
        ValueError: It is no moment.
        RefusalError: It has a time of day, and the query has the precision of dates.
    """
    moment = parse(written)
    if not time_precision and (moment.hour, moment.minute, moment.second) != (0, 0, 0):
        raise _refusal("VS403084", f"The date in «{written}» has a time; that needs timePrecision=true.")
    return moment


def _equal(actual: Known, wanted: Known) -> bool:
    if isinstance(actual, Identity) and isinstance(wanted, str):
        return wanted.casefold() in (actual.display_name.casefold(), actual.combined.casefold())
    if isinstance(actual, str) and isinstance(wanted, str):
        return actual.casefold() == wanted.casefold()
    return actual == wanted


def _ordered(operator: str, actual: Known, wanted: Known) -> bool:
    if actual is None or wanted is None:
        return False
    left, right = (str(each).casefold() if isinstance(each, str) else each for each in (actual, wanted))
    try:
        match operator:
            case "<":
                return left < right  # type: ignore[operator]
            case ">":
                return left > right  # type: ignore[operator]
            case "<=":
                return left <= right  # type: ignore[operator]
            case _:
                return left >= right  # type: ignore[operator]
    except TypeError:
        raise _refusal("TF51009", f"«{wanted}» cannot be compared in that way.") from None


def _contains(field: Field, operator: str, actual: Known, wanted: Known) -> bool:
    if field.type not in ("string", "plainText", "html", "history") or not isinstance(wanted, str):
        raise _refusal("TF51009", f"{operator.upper()} does not go with the field «{field.ref}».")
    text = str(actual or "").casefold()
    if field.ref == "System.Tags":
        return wanted.strip().casefold() in text.split("; ")
    if operator == "contains":
        return wanted.casefold() in text
    words = re.findall(r"\w+", text)
    return all(
        any(word.startswith(part) for word in words)
        for part in re.findall(r"\w+", wanted.casefold().replace("*", ""))
    )


def _no_context(macro: str, place: str) -> str:
    raise _refusal("TF51007", f"{macro} stands for nothing here: the path names no {place}.")


def _unsuited(field: Field, value: str) -> RefusalError:
    return _refusal("TF51008", f"«{value}» is not a value the field {field.ref} can have.")


def _refusal(code: str, message: str) -> RefusalError:
    return wrapped(400, "WorkItemTrackingQueryException", f"{code}: {message}", event_id=3200)
