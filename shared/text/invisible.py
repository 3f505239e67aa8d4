"""Removes characters that nobody sees, but for those that what people see depends on.

Joiners stay in emoji and in the scripts that write with them, variation selectors behind emoji, tags in the
three flags that have them. Anywhere else they are a way to hide text from people and show it to programs.
"""

import re
import unicodedata

# Invisible, though not by category: joiners of graphemes, fillers, vowels that are not written, selectors.
_CARRIERS = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U0001d159"
    "\U000e0100-\U000e01ef"
)
_CARRIER = re.compile(f"[{_CARRIERS}]")
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})
# Format characters that are seen: signs that enclose Arabic and Syriac digits and Kaithi ones.
_SEEN = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\n\t]")
_JOINERS = "\u200c\u200d"
_EMOJI = re.compile(
    "[\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
# Not in Unicode's tables of this Python yet, and shown by newer systems.
_COMING_EMOJI = range(0x1F300, 0x1FB00)
_SKIN = range(0x1F3FB, 0x1F400)
# Blocks whose scripts are written with joiners: Arabic to Sinhala, Tibetan and Myanmar, Khmer and Mongolian,
# Balinese to Lepcha, Arabic forms, Brahmi and its kin, Adlam and the Arabic mathematical letters.
_JOINING = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u1a20-\u1aaf\u1b00-\u1c4f\ua800-\ua8df\ua980-\ua9df"
    "\ufb50-\ufdff\ufe70-\ufefc\U00010ac0-\U00010aff\U00011000-\U00011fff\U0001e900-\U0001e95f]"
)
_MONGOLIAN = range(0x1820, 0x18AB)
_FLAG = "\U0001f3f4"
_FLAGS = re.compile(
    f"{_FLAG}\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074"
    "|\U000e0077\U000e006c\U000e0073)\U000e007f"
)
_FLAG_LENGTH = 7


def has_invisible(text: str) -> bool:
    """Tells quickly whether there may be invisible characters in a text."""
    return not text.isprintable() or (not text.isascii() and _CARRIER.search(text) is not None)


def without_invisible(text: str) -> str:
    """Returns the text without characters that nobody sees and nothing seen depends on."""
    invisible = {each for each in set(text) if _is_invisible(each)}
    if not invisible:
        return text
    return "".join(_kept(text, at) if each in invisible else each for at, each in enumerate(text))


def _is_invisible(character: str) -> bool:
    if _SEEN.match(character) or ord(character) in _COMING_EMOJI:
        return False
    return unicodedata.category(character) in _INVISIBLE or _CARRIER.match(character) is not None


def _kept(text: str, at: int) -> str:
    """Returns what stays of an invisible character where it stands."""
    character, before, after = text[at], text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if character in _JOINERS:
        is_kept = _joins_emoji(text, at) if _EMOJI.match(after) else _joins_letters(character, before, after)
    elif character in "\ufe0e\ufe0f":
        is_kept = bool(_EMOJI.match(before)) or (
            before in "0123456789#*" and after == "\u20e3" and before != ""
        )
    elif character in "\u180b\u180c\u180d\u180f":
        is_kept = before != "" and ord(before) in _MONGOLIAN
    elif character == "\u2800":
        # A blank among Braille cells parts words; elsewhere it is an odd space.
        return character if _is_cell(before) and _is_cell(after) else "" if before in (character, "") else " "
    else:
        is_kept = 0xE0020 <= ord(character) <= 0xE007F and _is_in_flag(text, at)
    return character if is_kept else ""


def _joins_emoji(text: str, at: int) -> bool:
    before = at - 1
    while before > max(0, at - 3) and (text[before] == "\ufe0f" or ord(text[before]) in _SKIN):
        before -= 1
    return text[at] == "\u200d" and before >= 0 and _EMOJI.match(text[before]) is not None


def _joins_letters(joiner: str, before: str, after: str) -> bool:
    """Tells whether a joiner stands in a word of a script that needs it.

    At the end of a word it gives a letter its shape.
    """
    if not _JOINING.match(before) or unicodedata.category(before)[0] not in "LM":
        return False
    if _JOINING.match(after):
        return unicodedata.category(after)[0] in "LM"
    return joiner == "\u200d" and after not in _JOINERS if after else joiner == "\u200d"


def _is_cell(character: str) -> bool:
    return "\u2800" < character <= "\u28ff"


def _is_in_flag(text: str, at: int) -> bool:
    start = text.rfind(_FLAG, max(0, at - _FLAG_LENGTH + 1), at)
    flag = _FLAGS.match(text, start) if start >= 0 else None
    return flag is not None and at < flag.end()
