"""Text by others, cleaned of what nobody sees; what people see stays as it was."""

import sys
import unicodedata

import pytest

from shared.text.content import clean, clean_line

DROPPED = {"Cc", "Cf", "Co", "Cn", "Cs"}
SEEN_FORMATS = {*range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD}
CARRIERS = {
    0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x180E), 0x180F, 0x2800, 0x3164, 0xFFA0, 0x1D159,
    *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0),
}  # fmt: skip


def is_dropped(character: str) -> bool:
    """Whether a character on its own is one nobody sees."""
    code = ord(character)
    if character in "\n\t\r" or code in SEEN_FORMATS or 0x1F300 <= code < 0x1FB00:
        return False
    return unicodedata.category(character) in DROPPED or code in CARRIERS


def test_each_character_alone_is_kept_or_dropped() -> None:
    # The planes between have no characters, and those behind are for private use.
    assigned = (*range(0x32400), *range(0xE0000, 0xE1000), 0xF0000, 0x10FFFD, sys.maxunicode)
    everything = map(chr, assigned)

    wrong = [
        each for each in everything if clean(each) != ("" if is_dropped(each) else each.replace("\r", "\n"))
    ]

    assert [] == wrong


def test_one_invisible_character_goes_and_the_rest_stays() -> None:
    assert "Grüße\u00a0– 👍\n\tan alle" == clean("Grüße\u00a0– 👍\r\n\tan\u200b alle\U000e0101")


@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d💻 👨\u200d👩\u200d👧 👩🏽\u200d🚀 ❤\ufe0f\u200d🔥 🏳\ufe0f\u200d🌈",
        "☎\ufe0e ❤\ufe0f 1\ufe0f\u20e3 #\ufe0f\u20e3 ©\ufe0f",
        "🇩🇪 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",
        "می\u200cخواهم خانه\u200cای ه\u200d.ش",
        "क्\u200dष क्\u200cष র\u200d্যাব ශ්\u200dරී അവന്\u200d",
        "⠓⠑⠇⠇⠕⠀⠺⠕⠗⠇⠙",
        "ᠠ\u180b",
        "\u06dd١",
        "\U0001fae9",
    ],
)
def test_what_people_see_stays_as_it_was(text: str) -> None:
    assert text == clean(text)
    assert text == clean_line(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\u200db\u200cc", "abc"),
        ("\u200d👩", "👩"),
        ("👩\u200d\u200d💻", "👩💻"),
        ("👩\u200c💻", "👩💻"),
        ("a\ufe0f\u200d💻", "a💻"),
        ("می\u200c\u200c\u200cخ", "میخ"),
        ("\u0645\u200c x", "\u0645 x"),
        ("👍\ufe0f\ufe0f\ufe0e", "👍\ufe0f"),
        ("b\ufe0f1\ufe0f", "b1"),
        ("漢\U000e0100字\ufe00", "漢字"),
        ("🏴\U000e0049\U000e0067\U000e007f", "🏴"),
        ("x\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "x"),
        ("a\u3164\u115f\u1160\uffa0\u034fb", "ab"),
        ("a\u2800\u2800\u2800b", "a b"),
        ("\u202eevil\u202c \u2066x\u2069 \u200e\u200f\u061c", "evil x "),
        ("soft\u00adhyphen \ufeff\u2060\u2063", "softhyphen "),
    ],
)
def test_what_could_carry_hidden_text_goes(text: str, kept: str) -> None:
    assert kept == clean(text)
    assert kept == clean(kept)
