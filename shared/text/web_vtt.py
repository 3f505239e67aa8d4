"""Parses transcripts in WebVTT (W3C WebVTT: The Web Video Text Tracks Format), by who speaks."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.text.content import clean_line

# Teams writes 0:0:5.320 too, where the standard wants two digits (Graph: Get callTranscript, example 2).
_TIME = r"(-?)(?:(\d{1,4}):)?([0-5]?\d):([0-5]?\d)\.(\d{1,7})"
_TIMING = re.compile(rf"\s*{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t].*)?", re.ASCII)
_NO_CUE = re.compile(r"(NOTE|STYLE|REGION)(?=[\s:]|$)")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?(?:[ \t]+([^>]*))?>|</v>", re.IGNORECASE)
_TAG = re.compile(r"</?(?:c|i|b|u|ruby|rt|lang)(?:[.\s][^>]*)?>|<\d[\d:.]*>", re.IGNORECASE)
_LONGEST_TURN = 120
"""Seconds after which what one speaker says begins a new line, so that times stay findable."""


class NotVttError(ValueError):
    """Raised for a text that is no WebVTT."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Holds what somebody says at once: when it begins, in seconds, who says it, and the words."""

    start: float
    speaker: str
    words: str

    def __str__(self) -> str:
        return f"{_clock(self.start)} {self.speaker or 'Unknown'}: {self.words}"


def parse_vtt(text: str) -> list[Turn]:
    """Returns the cues of a transcript, one after the other, with those of one speaker joined.

    Notes, style sheets, ids and settings of cues are passed over, and so is a block that is no cue.

    Raises:
        NotVttError: The text does not begin as WebVTT must.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    if not re.match(r"WEBVTT(?=[ \t\n]|$)", lines):
        raise NotVttError("it does not begin with WEBVTT")
    _, *blocks = re.split(r"\n(?:[ \t]*\n)+", lines)
    return _joined([turn for block in blocks for turn in _cue(block.split("\n"))])


def transcript_text(turns: Sequence[Turn]) -> str:
    """Returns a transcript as lines, each with time, speaker and words."""
    return "\n".join(map(str, turns))


def _cue(lines: Sequence[str]) -> Iterator[Turn]:
    """Yields what each voice says in a block, if it is a cue: the timing is its first line or its second."""
    if _NO_CUE.match(lines[0]):
        return
    for position, line in enumerate(lines[:2]):
        if timing := _TIMING.fullmatch(line):
            yield from _voices(_seconds(*timing.groups()[:5]), " ".join(lines[position + 1 :]))
            return


def _voices(start: float, payload: str) -> Iterator[Turn]:
    speaker, spoken = "", 0
    for tag in _VOICE.finditer(payload):
        if words := _words(payload[spoken : tag.start()]):
            yield Turn(start, speaker, words)
        speaker, spoken = _words(tag[1] or ""), tag.end()
    if words := _words(payload[spoken:]):
        yield Turn(start, speaker, words)


def _words(payload: str) -> str:
    """Returns a piece of a cue as people read it: no markup, on one line."""
    return clean_line(html.unescape(_TAG.sub("", payload)))


def _joined(turns: Sequence[Turn]) -> list[Turn]:
    joined: list[Turn] = []
    for turn in turns:
        last = joined[-1] if joined else None
        if last and last.speaker == turn.speaker and turn.start - last.start < _LONGEST_TURN:
            joined[-1] = Turn(last.start, last.speaker, f"{last.words} {turn.words}")
        else:
            joined.append(turn)
    return joined


def _seconds(sign: str, hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    total = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")
    return -total if sign else total


def _clock(seconds: float) -> str:
    whole = int(abs(seconds))
    clock = f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
    return f"-{clock}" if seconds < 0 else clock
