"""Loads the work item types of the Agile process: their fields and allowed values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from local.devops.data_files import data_file


@dataclass(frozen=True)
class Field:
    """Describes a field: how it is written in requests (`ref`), shown (`name`) and stored (`type`)."""

    ref: str
    name: str
    type: str
    read_only: bool = False


@dataclass(frozen=True)
class State:
    """Describes a state, the category it counts as, and the reason given when nobody gives one."""

    name: str
    category: str
    color: str
    reason: str


@dataclass(frozen=True)
class WorkItemType:
    """Describes a type of work item with its states, the first of which is that of a new one."""

    name: str
    color: str
    icon: str
    description: str
    states: tuple[State, ...]
    fields: tuple[Field, ...]

    @property
    def reference_name(self) -> str:
        """Returns the name that survives renaming."""
        return "Microsoft.VSTS.WorkItemTypes." + self.name.replace(" ", "")

    def state(self, name: str) -> State | None:
        """Returns the state of this name (any case), or None."""
        return next((state for state in self.states if state.name.casefold() == name.casefold()), None)


@dataclass(frozen=True)
class Process:
    """Indexes all fields by lower-case reference name and by lower-case name, all types, value rules."""

    fields: dict[str, Field]
    names: dict[str, Field]
    types: tuple[WorkItemType, ...]
    allowed: dict[str, list[Any]]
    defaults: dict[str, Any]

    def field(self, written: str) -> Field | None:
        """Returns the field somebody means, by reference name or name, or None."""
        wanted = written.casefold()
        return self.fields.get(wanted) or self.names.get(wanted)

    def type(self, written: str) -> WorkItemType | None:
        """Returns the type of this name or reference name (any case), or None."""
        wanted = written.casefold()
        return next(
            (each for each in self.types if wanted in (each.name.casefold(), each.reference_name.casefold())),
            None,
        )


@cache
def process() -> Process:
    """Returns the process all projects use."""
    described = data_file("devops_work_item_types.json")
    fields = [Field(**entry) for entry in described["fields"]]
    by_ref = {field.ref: field for field in fields}
    states = {name: State(name, **entry) for name, entry in described["states"].items()}
    types = tuple(
        WorkItemType(
            name=entry["name"],
            color=entry["color"],
            icon=entry["icon"],
            description=entry["description"],
            states=tuple(states[name] for name in entry["states"]),
            fields=tuple(by_ref[ref] for ref in [*described["common"], *entry["fields"]]),
        )
        for entry in described["types"]
    )
    return Process(
        fields={field.ref.casefold(): field for field in fields},
        names={field.name.casefold(): field for field in fields},
        types=types,
        allowed=described["allowed"],
        defaults=described["defaults"],
    )
