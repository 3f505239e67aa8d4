"""Reads fields of Word documents that show something without a result.

Such are check boxes, drop-down lists and symbols.
"""

import re
from dataclasses import dataclass, field

from shared.text.documents.package import is_on
from shared.text.documents.symbols import symbol

CHECKED, UNCHECKED = "☒", "☐"
_SYMBOL = re.compile(r'^\s*SYMBOL\s+(0x[0-9A-Fa-f]{1,4}|\d{1,5})(?:.*?\\f\s+"?([^"\\]+)"?)?', re.IGNORECASE)


@dataclass(slots=True)
class Field:
    """Holds a field from its beginning to its end."""

    instruction: list[str] = field(default_factory=list)
    has_result: bool = False
    is_check_box: bool = False
    is_checked: bool | None = None
    is_checked_at_first: bool = False
    entries: list[str] = field(default_factory=list)
    chosen: int | None = None

    def describe(self, name: str, names: dict[str, str]) -> None:
        """Reads an element of what a form field says of itself."""
        value = names.get("val", "")
        match name:
            case "checkBox":
                self.is_check_box = True
            case "default" if self.is_check_box:
                self.is_checked_at_first = is_on(names.get("val"))
            case "checked" if self.is_check_box:
                self.is_checked = is_on(names.get("val"))
            case "listEntry":
                self.entries.append(value)
            case "result" | "default" if value.isdigit():
                self.chosen = int(value) if name == "result" or self.chosen is None else self.chosen

    def shown(self) -> str:
        """Returns what the field shows besides its result."""
        if self.is_check_box:
            is_checked = self.is_checked_at_first if self.is_checked is None else self.is_checked
            return CHECKED if is_checked else UNCHECKED
        if self.entries and not self.has_result:
            chosen = self.chosen or 0
            return self.entries[chosen] if chosen < len(self.entries) else ""
        found = None if self.has_result else _SYMBOL.match("".join(self.instruction))
        if found is None:
            return ""
        code = int(found[1], 0)
        return symbol((found[2] or "").strip(), code) if 0x20 <= code <= 0xFFFF else ""
