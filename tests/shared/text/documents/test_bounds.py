"""Hostile documents: what is refused, within which bounds, and that of damage comes text or a refusal."""

import zipfile
from collections.abc import Iterable

import pytest

from local.graph.office import presentation as plain_presentation
from local.graph.office import word_document
from local.graph.office import workbook as plain_workbook
from local.graph.pdf import portable_document
from shared.errors import ToolError
from shared.text.documents.extract import TIME_LIMIT, Extract
from shared.text.documents.package import ENTRIES
from shared.text.documents.parsing import parsed_text
from shared.text.documents.sheets import COLUMNS, ROWS
from tests.shared.text.documents.building import (
    SHEET,
    WORD,
    cell,
    lines,
    package,
    paragraph,
    presentation,
    refused,
    shape,
    word,
    workbook,
)


def test_an_office_file_with_a_password_is_refused():
    error = refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "a.docx")

    assert ("invalid_argument", "The document is encrypted or protected with a password.") == (
        error.code,
        error.message,
    )
    assert "password" in error.remedy


def test_an_encrypted_part_is_refused():
    content = bytearray(word(""))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1

    assert "encrypted" in refused(bytes(content), "a.docx").message


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"no archive", "a.docx"),
        (b"", "a.xlsx"),
        (word_document(["x" * 5000])[:-300], "a.docx"),
        (package({"other.xml": "<a/>"}), "a.docx"),
        (package({"word/document.xml": "<open>"}), "a.docx"),
        (package({"word/document.xml": b"\xff\xfe\x00"}), "a.docx"),
        (package({"word/document.xml": "<a/>"}, zipfile.ZIP_LZMA), "a.docx"),
        (word_document(["x"]), "a.pptx"),
    ],
    ids=[
        "no archive", "empty", "cut off", "no document", "open element", "not text", "other method",
        "other kind",
    ],
)  # fmt: skip
def test_damaged_documents_are_refused_with_what_to_do(content: bytes, name: str):
    error = refused(content, name)

    assert "invalid_argument" == error.code
    assert "The document is damaged, or not of the format that its name says." == error.message
    assert "good copy" in error.remedy


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE a [<!ENTITY x "aaaaaaaaaa"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a SYSTEM "https://example.com/a.dtd">',
    ],
    ids=["expanding", "external entity", "external type"],
)
def test_entities_are_refused(declaration: str):
    assert "damaged" in refused(word(paragraph("a"), before=declaration), "a.docx").message


def test_a_part_that_unpacks_beyond_all_measure_is_refused():
    bomb = word(f"<w:p>{' ' * 30_000_000}</w:p>")

    assert len(bomb) < 40_000
    assert "unpacks to more" in refused(bomb, "a.docx").message


def test_an_entry_that_lies_about_its_size_is_refused():
    content = bytearray(word(f"<w:p>{' ' * 5_000_000}</w:p>"))
    directory = content.index(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = (10).to_bytes(4, "little")

    assert refused(bytes(content), "a.docx").code == "invalid_argument"


@pytest.mark.parametrize("length", [1, 300])
def test_an_archive_of_too_many_entries_is_refused(length: int):
    parts: dict[str, str | bytes] = {f"{'x' * length}{number}": "" for number in range(ENTRIES + 1)}

    assert "unpacks to more" in refused(package(parts, zipfile.ZIP_STORED), "a.docx").message


def test_pictures_are_not_unpacked():
    parts: dict[str, str | bytes] = {
        "word/document.xml": f"<w:document {WORD}><w:p><w:r><w:t>Text</w:t></w:r></w:p></w:document>",
        "word/media/bomb.png": bytes(20_000_000),
    }

    assert "Text" == parsed_text(package(parts), "a.docx")


def test_deep_nesting_does_no_harm():
    body = "<w:p>" * 50_000 + "<w:r><w:t>deep</w:t></w:r>" + "</w:p>" * 50_000

    assert "deep" == parsed_text(word(body), "a.docx")


def test_a_damaged_part_beside_the_text_is_named_and_the_rest_read():
    sheet = lines(workbook('<row><c><v>1</v></c></row><row><c t="s"><v>7</v></c></row>'), "a.xlsx")
    deck = lines(presentation(shape("one"), "<p:sld>", shape("three")), "a.pptx")
    document = lines(word(paragraph("text"), word__comments="<w:comments>"), "a.docx")

    assert [
        "[Sheet One]",
        "1",
        "[Left out: cells whose text the file does not hold.]",
    ] == sheet
    assert ["one", "three"] == [deck[1], deck[4]]
    assert deck[-1].startswith("[Left out: a slide")
    assert ["text", "[Left out: comments, as that part of the file is damaged.]"] == document


def test_measures_that_are_no_numbers_do_no_harm():
    place = '<a:xfrm><a:off x="12pt" y="1in"/><a:ext cx="2cm" cy="3cm"/></a:xfrm>'
    rows = '<row r="x"><c s="x"><v>7</v></c></row>'

    assert ["[Slide 1]", "seen"] == lines(presentation(shape("seen", place=place)), "a.pptx")
    assert ["[Sheet One]", "7"] == lines(workbook(rows), "a.xlsx")


def test_styles_that_are_based_on_one_another_do_no_harm():
    styles = (
        f"<w:styles {WORD}>"
        + "".join(
            f'<w:style w:type="paragraph" w:styleId="{one}"><w:basedOn w:val="{other}"/></w:style>'
            for one, other in (("A", "B"), ("B", "A"))
        )
        + "</w:styles>"
    )

    assert ["text"] == lines(word(paragraph("text", '<w:pStyle w:val="A"/>'), word__styles=styles), "a.docx")


def test_100_000_shapes_and_a_huge_attribute_are_read_in_time():
    deck = presentation("".join(shape(f"s{number}") for number in range(20_000)))
    huge = presentation(shape("text", about=f'descr="{"x" * 900_000}"'))

    assert 20_001 == len(lines(deck, "a.pptx"))
    assert "text" == lines(huge, "a.pptx")[-1]


def test_rows_and_columns_beyond_the_bounds_are_left_out_and_said():
    text = parsed_text(plain_workbook({"Long": [[number] for number in range(ROWS + 5)]}), "a.xlsx")
    wide = lines(workbook('<row><c r="A1"><v>1</v></c><c r="ZZZ1"><v>9</v></c></row>'), "a.xlsx")

    assert text.endswith(f"\n{ROWS - 1}\n[Left out: the rows of sheet Long after the first {ROWS:,}.]")
    assert ["[Sheet One]", "1", f"[Left out: columns after the first {COLUMNS}.]"] == wide


@pytest.mark.parametrize(
    "code", ["[h" * 200, "0" * 400, ";" * 300, '"' + "y" * 300, "[>1e999]0", "\\", "#,,,,,,", "%%%0%"]
)
def test_no_number_format_does_harm(code: str):
    escaped = code.replace("&", "&amp;").replace('"', "&quot;").replace(">", "&gt;")
    styles = (
        f'<numFmts><numFmt numFmtId="164" formatCode="{escaped}"/></numFmts><cellXfs>'
        f'<xf numFmtId="164"/></cellXfs>'
    )
    rows = f"<row>{cell(1e305)}{cell(-1.5)}{cell('NaN')}{cell('inf')}{cell('1_0')}{cell(46347)}</row>"

    assert "[Sheet One]" == lines(workbook(rows, styles=styles), "a.xlsx")[0]


def test_shared_strings_that_repeat_fill_the_text_but_no_memory():
    text = "x" * 30_000
    strings = f"<sst {SHEET}><si><t>{text}</t></si></sst>"
    rows = f"<row>{cell(0, kind='s') * 100}</row>" * 30

    found = parsed_text(workbook(rows, xl__sharedStrings=strings), "a.xlsx")

    assert len(found) < 1_001_000
    assert found.endswith("[Left out: everything after the first 1,000,000 characters.]")


def test_reading_ends_when_the_time_is_up():
    moments = iter([0.0, 1.0, TIME_LIMIT + 1])
    extract = Extract(clock=lambda: next(moments))
    extract.add("in time")

    with pytest.raises(ToolError) as caught:
        extract.add("late")

    assert "timeout" == caught.value.code


@pytest.mark.parametrize("seed", range(40))
def test_no_damage_leads_to_anything_but_text_or_a_refusal(seed: int):
    """Each document with some bytes changed."""
    documents: Iterable[tuple[bytes, str]] = (
        (word_document(["One", "two"]), "a.docx"),
        (plain_workbook({"A": [["x", 1]]}), "a.xlsx"),
        (plain_presentation([["One"]]), "a.pptx"),
        (portable_document(["One"]), "a.pdf"),
        (
            b"Subject: =?utf-8?b?R3I=?=\r\nContent-Type: multipart/mixed; "
            b"boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--",
            "a.eml",
        ),
    )
    for content, name in documents:
        changed = bytearray(content)
        for step in range(8):
            changed[(seed * 7919 + step * 104_729) % len(changed)] ^= 1 + (seed + step) % 255
        try:
            assert isinstance(parsed_text(bytes(changed), name), str)
        except ToolError as error:
            assert "invalid_argument" == error.code
