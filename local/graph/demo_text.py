"""Reads the demo tenant's data files, varies their templates, and makes their files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from local.graph.office import presentation, word_document, workbook
from local.graph.pdf import portable_document
from local.organisation import DATA
from local.relative_time import at


@cache
def data(name: str) -> dict[str, Any]:
    """Returns one of the data files. Callers must not change it."""
    document: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text())
    return document


def dates(now: datetime) -> dict[str, str]:
    """Returns the dates that texts of the data files mention by name, such as the number of a build."""
    return {name: at(each["at"], now).strftime(each["format"]) for name, each in data("dates").items()}


def filled(text: str, values: dict[str, Any]) -> str:
    """Returns a text with its `{names}` filled in; other braces stay."""
    if "{" in text:
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
    return text


def variations(template: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Returns what each copy of a template puts for its names: always the same, pairs seldom twice."""
    words: dict[str, list[Any]] = template.get("words", {})
    for index in range(template["count"]):
        chosen: dict[str, Any] = {"index": index, "number": template.get("number", 1000) + 7 * index}
        for offset, (name, values) in enumerate(words.items()):
            chosen[name] = values[(index * (2 * offset + 1) + index // len(values)) % len(values)]
        yield chosen


def file_content(described: dict[str, Any], values: dict[str, Any]) -> tuple[bytes, str]:
    """Returns the bytes of a file, and its words if they cannot be read from the bytes.

    The file is `text`, or `lines` (of a document or PDF), `sheets`, or `slides`, by its name's ending.
    """
    name = described["name"]
    lines = [filled(line, values) for line in described.get("lines", [])]
    if name.endswith(".docx"):
        return word_document(lines), "\n".join(lines)
    if name.endswith(".pdf"):
        return portable_document(lines), "\n".join(lines)
    if name.endswith(".xlsx"):
        sheets = described["sheets"]
        words = "\n".join(" ".join(map(str, row)) for rows in sheets.values() for row in rows)
        return workbook(sheets), words
    if name.endswith(".pptx"):
        return presentation(described["slides"]), "\n".join(
            line for slide in described["slides"] for line in slide
        )
    return filled(described.get("text") or "\n".join(lines) + "\n", values).encode(), ""
