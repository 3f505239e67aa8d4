"""Says which HTML the places that texts are sent to have for what Markdown says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Around(NamedTuple):
    """What stands before and after something."""

    before: str
    after: str

    def around(self, inside: str) -> str:
        """Returns what is inside with this around it."""
        return f"{self.before}{inside}{self.after}"


class Table(NamedTuple):
    """How a table is written: its head, its rows, and the cells of its head."""

    before: str
    between: str
    after: str
    head: Around


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How Markdown is written for one place. What is None or missing there stays text."""

    marks: Mapping[str, str]
    """The elements of emphasis, by the marks around it."""
    between_blocks: str
    line_break: str
    rule: str | None
    code: Around
    code_block: Around
    smallest_heading: int
    has_quotes: bool
    has_blocks_in_quotes: bool
    has_starts_of_lists: bool
    """Whether a list can count from another number than 1; where not, such lines stay text."""
    has_tasks: bool
    """Whether an item that begins with `[ ]` is a box to tick."""
    table: Table | None


MAIL = Dialect(
    marks={"**": "strong", "__": "strong", "*": "em", "_": "em", "~~": "s"},
    between_blocks="\n",
    line_break="<br>\n",
    rule="<hr>",
    code=Around("<code>", "</code>"),
    code_block=Around("<pre><code>", "</code></pre>"),
    smallest_heading=6,
    has_quotes=True,
    has_blocks_in_quotes=True,
    has_starts_of_lists=True,
    has_tasks=False,
    table=Table("<table><thead>", "</thead><tbody>", "</tbody></table>", Around("<th>", "</th>")),
)
CHATS = Dialect(
    # Two underscores stand around names in programs more often than around what is important.
    marks={"**": "strong", "*": "em", "_": "em", "~~": "s"},
    between_blocks="\n",
    line_break="<br>",
    rule=None,
    code=Around("<code>", "</code>"),
    code_block=Around("<pre>", "</pre>"),
    smallest_heading=3,
    has_quotes=True,
    has_blocks_in_quotes=False,
    has_starts_of_lists=True,
    has_tasks=False,
    table=None,
)
NOTES = Dialect(
    marks={"**": "b", "*": "i", "_": "i"},
    between_blocks="",
    line_break="<br />",
    rule=None,
    code=Around('<span style="font-family:Consolas">', "</span>"),
    code_block=Around("<pre>", "</pre>"),
    smallest_heading=6,
    has_quotes=False,
    has_blocks_in_quotes=False,
    has_starts_of_lists=False,
    has_tasks=True,
    table=Table('<table border="1">', "", "</table>", Around("<td><b>", "</b></td>")),
)
"""Well-formed XML, as OneNote takes nothing else."""
