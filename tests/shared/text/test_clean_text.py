"""Text by others, cleaned: the same whether or not it is seen at a glance that there is nothing to drop."""

import sys
import unicodedata

from shared.text.content import clean

DROPPED = {"Cc", "Cf", "Co", "Cn", "Cs"}


def is_dropped(character: str) -> bool:
    """Whether a character is one nobody sees: by its category, or as a variation selector."""
    return character not in "\n\t\r" and (
        unicodedata.category(character) in DROPPED or 0xE0100 <= ord(character) <= 0xE01EF
    )


def test_each_character_alone_is_kept_or_dropped() -> None:
    everything = map(chr, range(sys.maxunicode + 1))

    wrong = [
        each for each in everything if clean(each) != ("" if is_dropped(each) else each.replace("\r", "\n"))
    ]

    assert [] == wrong


def test_one_invisible_character_goes_and_the_rest_stays() -> None:
    assert "Grüße\u00a0– 👍\n\tan alle" == clean("Grüße\u00a0– 👍\r\n\tan\u200b alle\U000e0101")
