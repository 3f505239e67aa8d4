"""Fits a path that a client wrote to one template, segment by segment, before anything is sent."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import unquote

from shared.errors import ToolError
from shared.reads.read_index import Api, Read, read_index

LONGEST_PATH = 2_000
_LONGEST_ID = 1_000
_PLACE = re.compile(r"\{[^{}]*\}")
_QUOTED_PLACE = re.compile(r"'\{[^{}]*\}'")
_ENCODED_SEPARATOR = re.compile("%(2f|5c|2e|25|00)", re.IGNORECASE)
_NO_ID = re.compile(r"[\x00-\x1f\x7f/\\?#]|^\s|\s$|^\.{1,2}$|^$|^\{.*\}$")
_NO_ID_OF_GRAPH = re.compile(r"^\$|^:|:$|^microsoft\.graph\.|^[\w.]+\(.*\)$", re.IGNORECASE)
"""What Graph would take for a path, a cast or a function where an id stands."""
_IDS = "Use ids that another tool returned."
_UNREAD = ("$value", "$count", "$batch", "$ref", "$links", "$query", "$metadata")


@dataclass(frozen=True, slots=True)
class FittedPath:
    """Holds the read a path fits, and what stands for each of its `{}`.

    Attributes:
        read: The read.
        path: Its path with `{}` for each id, as `expand_path` takes it.
        ids: What stands for these, as it is, not encoded.
    """

    read: Read
    path: str
    ids: tuple[str, ...]


@dataclass(slots=True)
class _Node:
    """Holds what may follow at one place of the templates."""

    names: dict[str, "_Node"] = field(default_factory=dict)
    functions: list[tuple[re.Pattern[str], "_Node"]] = field(default_factory=list)
    any_id: "_Node | None" = None
    read: Read | None = None


def fit(api: Api, path: str, reads: Iterable[Read] | None = None) -> FittedPath:
    """Returns the read that a path fits, with its ids.

    Args:
        api: The API.
        path: The path after the API's host and version, such as `/me/messages/AAMk`.
        reads: Those it may fit; all of the API when left out.

    Raises:
        ToolError: `invalid_argument`: it fits none, or has something in it that no path may have.
    """
    segments = _segments(path)
    root = _tree(api) if reads is None else _grown(reads)
    for read, ids in _walk(root, segments):
        if api == "graph" and any(_NO_ID_OF_GRAPH.search(each) for each in _plain_ids(read, ids)):
            continue
        return FittedPath(read, _PLACE.sub("{}", read.template), tuple(ids))
    raise _wrong(
        "fits no read there is.",
        f"Find one with {api}_find_reads, and put ids in the place of the names in braces.",
    )


def _plain_ids(read: Read, ids: Sequence[str]) -> Iterator[str]:
    """Yields the ids that are segments of their own, no arguments of functions."""
    places = (each for segment in read.segments for each in [segment] * len(_PLACE.findall(segment)))
    for segment, each in zip(places, ids, strict=True):
        if _PLACE.fullmatch(segment):
            yield each


def _segments(path: str) -> list[str]:
    if "://" in path or path.startswith("//"):
        raise _wrong("is an address.", "Give the path alone, such as /me/messages.")
    if "?" in path or "#" in path:
        raise _wrong("has a query or a fragment.", "Give the path alone; a query by the other arguments.")
    if len(path) > LONGEST_PATH:
        raise _wrong(f"has more than {LONGEST_PATH:,} characters.", "Give a path that fits a template.")
    segments = [_decoded(each) for each in path.removeprefix("/").removeprefix("v1.0/").split("/")]
    if segments[0].casefold() in ("beta", "v1.0"):
        raise _wrong("names a version.", "Give the path after the version; beta is not read.")
    for each in segments:
        if each.casefold() in _UNREAD:
            raise _wrong(f"has {each}, which is not read here.", "Leave it out.")
        if _NO_ID.search(each) or len(each) > _LONGEST_ID:
            raise _wrong(f"has a segment that is no id: {each[:80]!r}.", _IDS)
    return segments


def _decoded(segment: str) -> str:
    # Once, as the service does; what would be decoded a second time is refused.
    decoded = unquote(segment, errors="strict") if _is_text(segment) else segment
    if _ENCODED_SEPARATOR.search(segment) or _ENCODED_SEPARATOR.search(decoded):
        raise _wrong("has an encoded slash, dot or percent sign.", _IDS)
    return decoded


def _is_text(segment: str) -> bool:
    try:
        unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise _wrong("is not encoded in UTF-8.", "Write it as plain text.") from None
    return True


@cache
def _tree(api: Api) -> _Node:
    return _grown(read_index(api).reads)


def _grown(reads: Iterable[Read]) -> _Node:
    root = _Node()
    for read in reads:
        node = root
        for segment in read.segments:
            node = _child(node, segment)
        node.read = node.read or read
    return root


def _child(node: _Node, segment: str) -> _Node:
    if _PLACE.fullmatch(segment):
        node.any_id = node.any_id or _Node()
        return node.any_id
    if "{" in segment:
        pattern = _function(segment)
        for known, child in node.functions:
            if known.pattern == pattern.pattern:
                return child
        child = _Node()
        node.functions.append((pattern, child))
        return child
    return node.names.setdefault(segment.removesuffix("()").casefold(), _Node())


@cache
def _function(segment: str) -> re.Pattern[str]:
    """Returns the form of a function with arguments, or of another segment with an id in it."""
    parts = re.split(r"('?\{[^{}]*\}'?)", segment)
    # Between quotes anything but a quote, which OData doubles; without them a number, a date or a word. An id
    # behind a sign, as in `@{scope}`, is as any.
    bare = "([A-Za-z0-9_.:+-]+)" if "(" in segment else "(.+)"
    forms = [
        "'((?:[^']|'')*)'" if _QUOTED_PLACE.fullmatch(each)
        else bare if _PLACE.fullmatch(each)
        else re.escape(each)
        for each in parts
    ]  # fmt: skip
    return re.compile("".join(forms), re.IGNORECASE)


def _walk(node: _Node, segments: Sequence[str]) -> Iterator[tuple[Read, list[str]]]:
    """Yields the reads that fit, those with more names first."""
    if not segments:
        if node.read:
            yield node.read, []
        return
    first, rest = segments[0], segments[1:]
    if named := node.names.get(first.removesuffix("()").casefold()):
        yield from _walk(named, rest)
    for pattern, child in node.functions:
        if found := pattern.fullmatch(first):
            for read, ids in _walk(child, rest):
                yield read, [*found.groups(), *ids]
    if node.any_id:
        for read, ids in _walk(node.any_id, rest):
            yield read, [first, *ids]


def _wrong(what: str, remedy: str) -> ToolError:
    return ToolError("invalid_argument", f"path: {what}", remedy)
