"""How much of real files is read, against another reader: `python -m tests.shared.text.recall FOLDER`.

FOLDER holds documents, at any depth; beside each of them stands NAME.txt, what the other reader sees.
Measured is the share of its distinct words that the text of the document has. The last column leaves out the
files of which something is left out on purpose, because it is hidden or deleted: other readers show that too.
"""

import argparse
import re
import statistics
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from shared.errors import ToolError
from shared.text.content import clean
from shared.text.documents import document_text, is_readable

WORD_LETTERS = 3
DIGITS = 6
WELL_READ = 0.98
LISTED = 10
# Scripts without blanks between words: pairs of characters are counted instead.
_DENSE = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])", re.IGNORECASE)
_HYPHENATED = re.compile(r"(?<=\w)[-\u2010]\n\s*(?=[a-z])")
_ADDRESS = re.compile(r"\(https?://[^)]*\)")
_ON_PURPOSE = re.compile(r"\[Left out: [^\]]*(?:hidden|hides|delete)")


class Measured(NamedTuple):
    """How much of a file was read."""

    kind: str
    name: str
    recall: float | None
    failure: str
    leaves_out_on_purpose: bool
    missing: list[str]


def words(text: str, *, are_cells: bool) -> set[str]:
    """The distinct words of a text; of sheets, numbers to six digits, however many of them are written."""
    if are_cells:
        text = _NUMBER.sub(_as_word, text)
    folded = unicodedata.normalize("NFKC", text).replace("\u00a0", " ")
    whole = _HYPHENATED.sub("", "".join(each for each in folded if unicodedata.category(each) != "Cf"))
    found: set[str] = set()
    for word in re.findall(r"[^\W_]+", whole.casefold()):
        if _DENSE.search(word):
            found.update(word[place : place + 2] for place in range(len(word) - 1))
        elif len(word) >= WORD_LETTERS:
            found.add(word)
    return found


def measure(path: Path) -> Measured:
    """How much of one file is read."""
    kind = path.suffix.lower().removeprefix(".")
    text = failure = ""
    try:
        text = clean(document_text(path.read_bytes(), path.name, ""))
    except ToolError as error:
        failure = error.message
    seen_by_others = path.with_name(f"{path.name}.txt")
    expected: set[str] = set()
    if seen_by_others.exists():
        expected = words(seen_by_others.read_text("utf-8", "replace"), are_cells=kind == "xlsx")
    found = words(_ADDRESS.sub("", text), are_cells=kind == "xlsx")
    recall = len(expected & found) / len(expected) if expected else None
    return Measured(
        kind, path.name, recall, failure, bool(_ON_PURPOSE.search(text)), sorted(expected - found)
    )


def table(measured: list[Measured]) -> str:
    """A table of Markdown: a row for each kind of file."""
    rows = [
        "| | files | compared | mean | median | at 0.98 or more | refused | mean, nothing hidden |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for kind in sorted({each.kind for each in measured}):
        files = [each for each in measured if each.kind == kind]
        recalls = [each.recall for each in files if each.recall is not None]
        open_ones = [
            each.recall for each in files if each.recall is not None and not each.leaves_out_on_purpose
        ]
        if recalls:
            rows.append(
                f"| {kind} | {len(files)} | {len(recalls)} | {statistics.mean(recalls):.3f} | "
                f"{statistics.median(recalls):.3f} | "
                f"{sum(each >= WELL_READ for each in recalls) / len(recalls):.0%} | "
                f"{sum(bool(each.failure) for each in files)} | {statistics.mean(open_ones or [0]):.3f} |"
            )
    return "\n".join(rows)


def main(arguments: list[str]) -> None:
    """Measure a folder, and print the table and the files of which least is read."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--worst", type=int, default=LISTED, help="how many files of each kind are listed")
    given = parser.parse_args(arguments)
    paths = [
        path
        for path in sorted(given.folder.rglob("*.*"))
        if path.suffix != ".txt" and (path.suffix == ".html" or is_readable(path.name, ""))
        and (path.with_name(f"{path.name}.txt").exists() or path.suffix not in (".md", ".py", ".tsv"))
    ]  # fmt: skip
    with ThreadPoolExecutor(2) as pool:
        measured = list(pool.map(measure, paths))
    print(table(measured))
    for kind in sorted({each.kind for each in measured}):
        worst = sorted((each for each in measured if each.kind == kind and each.recall is not None),
                       key=lambda each: each.recall or 0)  # fmt: skip
        print(f"\n{kind}")
        for each in worst[: given.worst]:
            print(f"  {each.recall:.3f}  {each.name}  {each.failure or ' '.join(each.missing[:6])}")
        for each in measured:
            if each.kind == kind and each.failure and each.recall is None:
                print(f"  refused  {each.name}  {each.failure}")


def _as_word(match: re.Match[str]) -> str:
    if len(match[0]) < WORD_LETTERS:
        return ""
    return "n" + f"{float(match[0]):.{DIGITS}g}".replace(".", "d").replace("+", "p").replace("-", "m")


if __name__ == "__main__":
    main(sys.argv[1:])
