"""Tells in words what the system messages of Teams say."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from shared.text.content import clean_line

type NameOf = Callable[[Mapping[str, Any]], str]
"""Returns the name of an identity, which often holds only an id."""

_SENTENCES: Mapping[str, str] = {
    "membersAdded": "{by} added {members}.",
    "membersDeleted": "{by} removed {members}.",
    "membersJoined": "{members} joined.",
    "membersLeft": "{members} left.",
    "chatRenamed": "{by} renamed the chat to “{chatDisplayName}”.",
    "callStarted": "{by} started a call.",
    "callEnded": "The call ended after {duration}.",
    "callRecording": "The recording {callRecordingDisplayName} is there.",
    "callTranscript": "A transcript of the call is there.",
    "channelAdded": "{by} added the channel {channelDisplayName}.",
    "channelDeleted": "{by} deleted the channel {channelDisplayName}.",
    "channelRenamed": "{by} renamed the channel to {channelDisplayName}.",
    "channelDescriptionUpdated": "{by} changed the description of the channel to “{channelDescription}”.",
    "teamCreated": "{by} made the team.",
    "teamRenamed": "{by} renamed the team to {teamDisplayName}.",
    "teamArchived": "{by} archived the team.",
    "teamUnarchived": "{by} took the team out of the archive.",
    "teamsAppInstalled": "{by} added the app {teamsAppDisplayName}.",
    "teamsAppRemoved": "{by} removed the app {teamsAppDisplayName}.",
    "messagePinned": "{by} pinned a message.",
    "messageUnpinned": "{by} took a message off the pinned ones.",
    "tabUpdated": "{by} changed the tab {tabDisplayName}.",
}
# The namespace is that of Graph, or the service's own, Microsoft.Teams.GraphSvc.
_TYPE = re.compile(r"^#?[\w.]+\.(?P<kind>\w+?)EventMessageDetail$")
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?")
_UNITS = ("d", "h", "min", "s")
_SHOWN = 10


def event_in_words(detail: Mapping[str, Any], name_of: NameOf) -> str:
    """Returns an event as a sentence; one of a kind not known here is told by the name of its kind."""
    match = _TYPE.fullmatch(str(detail.get("@odata.type") or ""))
    kind = match["kind"] if match else ""
    by = next((name_of(each) for each in _identities(detail.get("initiator"))), "somebody")
    by = "Somebody" if by == "somebody" else by
    sentence = _SENTENCES.get(kind)
    if sentence is None:
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).casefold() or "something happened"
        return clean_line(f"{by}: {words}.")
    members = [member for member in detail.get("members") or [] if isinstance(member, dict)]
    facts = _Facts({name: str(value) for name, value in detail.items() if isinstance(value, str)})
    told = facts | {"by": by, "members": _listed([name_of(member) for member in members])}
    return clean_line(sentence.format_map(_Facts(told | {"duration": _duration(facts["callDuration"])})))


def event_people(detail: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yields the identities that an event names."""
    yield from _identities(detail.get("initiator"))
    yield from (each for each in detail.get("members") or [] if isinstance(each, dict))


class _Facts(dict[str, str]):
    """Holds what an event tells; what it does not tell is “unnamed”."""

    def __missing__(self, name: str) -> str:
        return "unnamed"


def _identities(identity_set: Any) -> Iterator[Mapping[str, Any]]:
    for kind in ("user", "application", "device"):
        found = identity_set.get(kind) if isinstance(identity_set, dict) else None
        if isinstance(found, dict):
            yield found


def _listed(names: list[str]) -> str:
    if not names:
        return "somebody"
    rest = len(names) - _SHOWN
    shown = [*names[:_SHOWN], f"{rest} more"] if rest > 0 else names
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _duration(text: str) -> str:
    """Returns an ISO 8601 duration as `31 min 12 s`."""
    match = _DURATION.fullmatch(text)
    parts = (
        [f"{int(each)} {unit}" for each, unit in zip(match.groups(), _UNITS, strict=True) if each]
        if match
        else []
    )
    return " ".join(parts) or "an unknown time"
