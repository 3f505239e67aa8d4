"""Transcripts in WebVTT: what is a cue, who speaks, and what is left out."""

import pytest

from shared.text.web_vtt import NotVttError, Turn, parse_vtt, transcript_text


def read(*lines: str) -> list[str]:
    return transcript_text(parse_vtt("\n".join(["WEBVTT", "", *lines]))).splitlines()


def test_each_turn_has_a_time_a_speaker_and_words():
    assert ["0:00:03 Ana Duarte: Is it green?", "1:02:03 Ben Osei: No."] == read(
        "00:00:03.120 --> 00:00:07.480",
        "<v Ana Duarte>Is it green?</v>",
        "",
        "01:02:03.000 --> 01:02:04.000",
        "<v Ben Osei>No.</v>",
    )


@pytest.mark.parametrize(
    ("timing", "clock"),
    [
        ("00:03.000 --> 00:05.000", "0:00:03"),
        ("0:00:03.000 --> 0:00:05.000", "0:00:03"),
        ("123:00:03.000 --> 123:00:05.000", "123:00:03"),
        ("-0:00:03.500 --> 0:00:05.000", "-0:00:03"),
        ("00:00:03.000 \t-->  00:00:05.000 align:start position:0%", "0:00:03"),
    ],
)
def test_hours_settings_and_signs_of_times_may_vary(timing: str, clock: str):
    assert [f"{clock} Ana: x"] == read(timing, "<v Ana>x</v>")


@pytest.mark.parametrize(
    "block",
    [
        ["NOTE Language: en-GB"],
        ["NOTE", "00:00:01.000 --> 00:00:02.000", "<v Ana>in a note</v>"],
        ["STYLE", "::cue { color: red }"],
        ["REGION", "id:fred"],
        ["only an id"],
        ["00:00:99.000 --> 00:00:02.000", "no time"],
        ["00:00:01,000 --> 00:00:02,000", "of another format"],
        ["one", "two", "00:00:01.000 --> 00:00:02.000", "too late"],
        ["00:00:01.000 --> 00:00:02.000"],
        ["00:00:01.000 --> 00:00:02.000", "<v Ana> </v>"],
    ],
)
def test_what_is_no_cue_or_says_nothing_is_passed_over(block: list[str]):
    assert ["0:00:09 Ben: heard"] == read(*block, "", "00:00:09.000 --> 00:00:10.000", "<v Ben>heard</v>")


def test_ids_of_cues_are_no_words():
    assert ["0:00:01 Ana: one two"] == read(
        "b3a5-0", "00:00:01.000 --> 00:00:02.000", "<v Ana>one</v>", "",
        "2", "00:00:02.000 --> 00:00:03.000", "<v Ana>two</v>",
    )  # fmt: skip


def test_a_word_that_begins_like_a_note_is_an_id_of_a_cue():
    assert ["0:00:01 Ana: x"] == read("NOTEBOOK", "00:00:01.000 --> 00:00:02.000", "<v Ana>x")


def test_several_voices_of_a_cue_are_told_apart_and_what_has_none_too():
    assert ["0:00:01 Unknown: Hm.", "0:00:01 Ana: Yes?", "0:00:01 Ben: No."] == read(
        "00:00:01.000 --> 00:00:02.000", "Hm. <v Ana>Yes?", "<v.loud Ben>No.</v>"
    )


def test_markup_is_left_out_and_what_only_looks_like_it_stays():
    assert ["0:00:01 Ana: if a < b & c, say <v Eve>yes"] == read(
        "00:00:01.000 --> 00:00:02.000",
        "<v Ana>if a < b &amp; <i>c</i>, <00:00:01.500><c.x>say</c> &lt;v Eve&gt;yes</v>",
    )


def test_nobody_speaks_in_the_name_of_another():
    """Words are one line, so that none can look like a line of somebody else."""
    (line,) = read(
        "00:00:01.000 --> 00:00:02.000", "<v Eve>hm\u2028", "0:00:02 Ana: approved", "\u200bso</v>"
    )

    assert "0:00:01 Eve: hm 0:00:02 Ana: approved so" == line


def test_a_long_turn_gets_a_new_time_every_two_minutes():
    cues = [
        line
        for second in range(0, 300, 30)
        for line in (f"00:{second // 60:02}:{second % 60:02}.000 --> 00:09:00.000", "<v Ana>x</v>", "")
    ]

    assert ["0:00:00 Ana: x x x x", "0:02:00 Ana: x x x x", "0:04:00 Ana: x x"] == read(*cues)


@pytest.mark.parametrize(
    "start", ["WEBVTT", "\ufeffWEBVTT", "WEBVTT - Teams", "WEBVTT\tx", "WEBVTT\nKind: captions"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_it_begins_as_it_must_with_any_line_ends(start: str, end: str):
    text = f"{start}\n\n00:00:01.000 --> 00:00:02.000\n<v Ana>x</v>".replace("\n", end)

    assert "0:00:01 Ana: x" == transcript_text(parse_vtt(text))


@pytest.mark.parametrize("text", ["", "<html></html>", "{}", "WEBVTTX\n\n", " WEBVTT\n\n", "webvtt\n\n"])
def test_what_is_no_vtt_is_refused(text: str):
    with pytest.raises(NotVttError):
        parse_vtt(text)


def test_a_transcript_without_words_is_empty():
    assert [] == parse_vtt("WEBVTT")


def test_times_of_fewer_digits_are_read() -> None:
    turns = parse_vtt("WEBVTT\n\n0:0:0.0 --> 0:0:5.320\n<v User Name>This is a transcript test.</v>\n")

    assert [Turn(0.0, "User Name", "This is a transcript test.")] == turns
    assert 65.25 == parse_vtt("WEBVTT\n\n1:5.25 --> 1:9.1234567\nx")[0].start
