"""The questions that the document names are those that the journey asks, one line each."""

import re
from pathlib import Path

from tests.journeys.public_questions import QUESTIONS, Question

DOCUMENT = Path(__file__).parents[3] / "docs" / "reads.md"


def line(question: Question) -> str:
    """A question's line in the table."""
    owner, _, number = question.thread.partition("#")
    thread = f"[{question.thread}](https://github.com/{owner}/issues/{number})"
    return f"| {question.asked} | {thread} | `{question.template}` |"


def test_the_document_names_the_questions_of_the_journey() -> None:
    lines = [each for each in DOCUMENT.read_text().splitlines() if re.search(r"\| \[\S+#\d+\]", each)]

    assert [line(each) for each in QUESTIONS] == lines


def test_there_are_thirty_of_as_many_threads_and_paths() -> None:
    assert (30, 30, 30) == (
        len(QUESTIONS),
        len({each.thread for each in QUESTIONS}),
        len({each.template for each in QUESTIONS}),
    )
