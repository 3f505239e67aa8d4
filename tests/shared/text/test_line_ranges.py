import pytest

from shared.text.line_ranges import quote_lines

TEXT = "a\n\tb\n\nd\n"


def shown(text: str, first: int, last: int | None, offset: int = 0) -> tuple[str, int, int, int]:
    lines, quoted = quote_lines(text, "file x", first, last, offset=offset)
    return quoted.text, lines.first_line, lines.last_line, lines.total_lines


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (1, None, ("a\n\tb\n\nd", 1, 4, 4)),
        (2, 3, ("\tb\n", 2, 3, 4)),
        (3, 3, ("", 3, 3, 4)),
        (4, 900, ("d", 4, 4, 4)),
        (5, None, ("", 5, 4, 4)),
    ],
)
def test_lines_count_from_one_and_end_with_the_text(
    first: int, last: int | None, expected: tuple[str, int, int, int]
):
    assert expected == shown(TEXT, first, last)


def test_only_newlines_end_lines():
    text = "a\x0cb\u2028c\r\nd\re"

    assert (1, 3, 3) == shown(text, 1, None)[1:]


def test_the_empty_file_has_no_lines():
    assert ("", 1, 0, 0) == shown("", 1, None)


def test_a_long_file_goes_on_at_a_line_and_loses_none():
    text = "".join(f"{number} {'x' * 50}\n" for number in range(2_000))
    offset, parts, following = 0, [], 1
    while offset is not None:
        lines, quoted = quote_lines(text, "file x", 1, None, offset=offset)
        assert following == lines.first_line
        parts.append(quoted.text)
        offset, following = quoted.next_offset, lines.last_line + 1

    assert len(parts) > 2
    assert text.removesuffix("\n") == "".join(parts)


def test_one_line_too_long_goes_on_inside():
    text = "y" * 40_000
    first, quoted = quote_lines(text, "file x", 1, None)
    second, _ = quote_lines(text, "file x", 1, None, offset=quoted.next_offset)

    assert (1, 1, 1, 1) == (first.first_line, first.last_line, second.first_line, second.last_line)


def test_what_nobody_sees_is_left_out_and_said():
    _, quoted = quote_lines("a\u200b\u202eb\n\u200d👩\u200d🚀", "file x", 1, None)

    assert "ab\n👩\u200d🚀" == quoted.text
    assert quoted.note == "3 characters nobody sees were left out of the file."
