"""Ranks reads by how well some words describe them, by BM25 (Robertson and Zaragoza, 2009)."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import dropwhile

from shared.reads.read_index import Api, Read, ReadIndex, read_index

# The usual values.
_K1, _B = 1.2, 0.75
_IN_PATH, _IN_TYPE, _IN_PROPERTIES = 4, 2, 1
"""How much a word counts by where it stands: a path says what a read is for, a property what it also has."""
_MEANT = 1.0
"""How much of a score depends on how many words of the path are asked for: the others say it is elsewhere."""
_ENDS = 0.5
"""How much a path gains by ending in what is asked for."""
_SHORTEST_PART = 4
"""Letters of the words that a word without capitals is made of, such as workitems."""
_OWN = 1.15
"""What is the caller's own is asked for more often than the same of somebody else."""
_WORD = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_PLACE = re.compile(r"\{[^{}]*\}")
_SAME: Mapping[str, str] = {
    **dict.fromkeys(["mail", "mails", "email", "emails"], "message"),
    **dict.fromkeys(["meeting", "meetings"], "meeting event"),
    "appointment": "event",
    **dict.fromkeys(["inbox", "junk"], "mail folder"),
    **dict.fromkeys(["file", "files"], "file item"),
    **dict.fromkeys(["excel", "spreadsheet"], "workbook"),
    "branches": "branch",
    **dict.fromkeys(["packages", "packaging"], "package"),
    **dict.fromkeys(["licence", "licences", "licenses"], "license"),
    "connection": "endpoint connection",
    "connections": "endpoint connection",
    **dict.fromkeys(["repo", "repos"], "repository"),
    **dict.fromkeys(["pr", "prs"], "pull request"),
    "person": "user",
    "boss": "manager",
    **dict.fromkeys(["sprint", "sprints"], "iteration"),
}
"""What people say for what the APIs call otherwise."""


_EVERYWHERE = "api"
"""What stands in each path of Azure DevOps."""
_EMPTY = frozenset(
    [
        "a",
        "all",
        "an",
        "and",
        "are",
        "by",
        "do",
        "does",
        "for",
        "from",
        "has",
        "have",
        "how",
        "i",
        "in",
        "is",
        "it",
        "me",
        "my",
        "of",
        "on",
        "or",
        "our",
        "show",
        "that",
        "the",
        "their",
        "there",
        "to",
        "was",
        "what",
        "when",
        "where",
        "which",
        "who",
        "with",
    ]
)
"""Words of a question that say nothing of what is looked for."""


def rank(api: Api, words: str, reads: Iterable[Read]) -> list[Read]:
    """Returns the reads that fit some words, the best first; none where no word occurs in any."""
    return [read for _, read in _scored(read_index(api), words_of(words, _vocabulary(api)), reads)]


def words_of(text: str, vocabulary: frozenset[str] = frozenset()) -> list[str]:
    """Returns the words of a text, of names in camel case too, each in one form.

    Args:
        text: The text.
        vocabulary: Words of which others are made that are written without capitals.
    """
    found = [part for each in _WORD.findall(text) for part in _parts(each.casefold(), vocabulary)]
    return [_stem(word) for each in found for word in _SAME.get(each, each).split()]


def _parts(word: str, vocabulary: frozenset[str]) -> list[str]:
    """Returns the two words that one is made of, the first as long as it can be; itself if it is one."""
    if _stem(word) in vocabulary:
        return [word]
    for cut in range(len(word) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
        if word[:cut] in vocabulary and _stem(word[cut:]) in vocabulary:
            return [word[:cut], word[cut:]]
    return [word]


@cache
def _vocabulary(api: Api) -> frozenset[str]:
    """Returns the words of the names that an API writes with capitals."""
    types = {read.returns.rpartition(".")[2] for read in read_index(api).reads}
    return frozenset(word for name in types if name.lower() != name for word in words_of(name))


def _scored(index: ReadIndex, words: Sequence[str], reads: Iterable[Read]) -> list[tuple[float, Read]]:
    wanted = set(_asked(words)) - _EMPTY
    documents = [(read, _counts(index.api, read)) for read in reads]
    if not wanted or not documents:
        return []
    mean = sum(sum(counts.values()) for _, counts in documents) / len(documents)
    holding = Counter(word for _, counts in documents for word in wanted & counts.keys())
    rarity = {
        word: math.log(1 + (len(documents) - count + 0.5) / (count + 0.5)) for word, count in holding.items()
    }
    scored = []
    for read, counts in documents:
        length = _K1 * (1 - _B + _B * sum(counts.values()) / mean)
        score = sum(
            rarity[word] * counts[word] * (_K1 + 1) / (counts[word] + length)
            for word in wanted & counts.keys()
        )
        if score:
            own = _OWN if read.template.startswith("/me/") else 1
            scored.append((score * own * _fit(_path_words(index.api, read), wanted), read))
    # Of two that fit alike, the shorter path is the one people mean.
    return sorted(scored, key=lambda each: (-each[0], len(each[1].segments), each[1].template))


def _asked(words: Sequence[str]) -> Iterator[str]:
    """Yields the words of a question from the first that tells something: a list at its beginning is none."""
    return dropwhile(lambda word: word in _EMPTY or word == "list", words)


def _fit(path: Sequence[Sequence[str]], wanted: set[str]) -> float:
    """Returns by how much a path means what is asked for, by the words of its segments."""
    words = [word for segment in path for word in segment]
    asked = sum(word in wanted for word in words) / max(1, len(words))
    ends = bool(path) and all(word in wanted for word in path[-1])
    return 1 + _MEANT * asked + _ENDS * ends


@cache
def _path_words(api: Api, read: Read) -> Sequence[Sequence[str]]:
    """Returns the words of each segment of a path that is no id, those of what all paths have left out."""
    segments = [words_of(_PLACE.sub(" ", each), _vocabulary(api)) for each in read.segments]
    return [each for each in segments if each and each not in ([_EVERYWHERE], ["me"])]


@cache
def _counts(api: Api, read: Read) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    known = _vocabulary(api)
    for word in words_of(_PLACE.sub(" ", read.template), known):
        counts[word] += _IN_PATH
    for name in (read.area, *(each.name for each in read.parameters)):
        for word in words_of(name, known):
            counts[word] += _IN_TYPE
    for word, number in _words_of_type(api, read.returns).items():
        counts[word] += number
    return counts


@cache
def _words_of_type(api: Api, name: str) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for word in words_of(name.rpartition(".")[2], _vocabulary(api)):
        counts[word] += _IN_TYPE
    for each in read_index(api).type(name).properties:
        for word in words_of(each, _vocabulary(api)):
            counts[word] += _IN_PROPERTIES
    return counts


def _stem(word: str) -> str:
    """Returns a word without the ending of its plural."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word
