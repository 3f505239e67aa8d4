"""Taking the text out of documents: what is read, what is left out and said, and what is refused."""

import asyncio
import io
import zipfile
from collections.abc import Iterable
from typing import Any

import pypdf
import pytest

from local.graph.office import presentation, word_document, workbook
from local.graph.pdf import portable_document
from shared.errors import ToolError
from shared.text.documents import document_text, is_readable, read_document
from shared.text.documents.extract import LIMIT_CHARACTERS, TIME_LIMIT, Extract
from shared.text.documents.package import ENTRIES
from shared.text.documents.sheets import ROWS

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
OFFICE = "application/vnd.openxmlformats-officedocument"


def package(parts: dict[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def with_body(body: str, before: str = "") -> bytes:
    """A Word document with this body."""
    return package({"word/document.xml": f"{before}<w:document {WORD}><w:body>{body}</w:body></w:document>"})


def with_part(document: bytes, name: str, change: Any) -> bytes:
    """The Office document with one part changed."""
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    changed = change(parts.get(name, b"").decode())
    return package({**parts, name: changed})


def sheet_of(cells: str, *, styles: str = "", properties: str = "") -> bytes:
    """A workbook of one sheet with these cells in its only row."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return package(
        {
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relation}">{properties}'
            '<sheets><sheet name="One" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": "<Relationships>"
            '<Relationship Id="rId1" Type="x/worksheet" Target="/xl/worksheets/sheet1.xml"/></Relationships>',
            "xl/styles.xml": f'<styleSheet xmlns="{main}">{styles}</styleSheet>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData><row>{cells}</row>'
            "</sheetData></worksheet>",
        }
    )


def refused(content: bytes, name: str, content_type: str = "") -> ToolError:
    with pytest.raises(ToolError) as caught:
        document_text(content, name, content_type)
    return caught.value


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"plain", "plain"),
        ("Grüße, 👋".encode(), "Grüße, 👋"),
        ("\ufeffwith a mark".encode(), "with a mark"),
        ("sixteen ü".encode("utf-16"), "sixteen ü"),
        ("Größe".encode("cp1252"), "Größe"),
        (b"", ""),
    ],
    ids=["ascii", "utf-8", "utf-8 with mark", "utf-16", "windows", "empty"],
)
def test_plain_text_is_read_whatever_it_was_written_with(content: bytes, text: str):
    assert text == document_text(content, "notes.txt", "")


@pytest.mark.parametrize("name", ["a.csv", "a.md", "a.json", "a.YML", "a.py", "a.log", "a.xml"])
def test_text_like_files_are_read_as_they_are(name: str):
    assert '{"a": <b>,1}' == document_text(b'{"a": <b>,1}', name, "application/octet-stream")


def test_html_becomes_what_a_reader_sees():
    page = (
        b"<html><head><style>x</style></head><body><p>Seen</p><p style='display:none'>Not</p></body></html>"
    )

    assert "Seen" == document_text(page, "page.html", "text/html")


def test_a_page_is_read_in_the_charset_it_declares():
    page = '<html><head><meta charset="windows-1251"></head><body>Счёт за март</body></html>'.encode("cp1251")

    assert "Счёт за март" == document_text(page, "page.html", "text/html")


def test_a_page_that_may_hide_parts_says_so():
    page = b"<p>Seen</p><p style='mso-hide:all'>Perhaps</p>"

    text = document_text(page, "page.html", "text/html")

    assert text.startswith("Seen\nPerhaps\n[Parts of this text may be invisible")


def test_the_media_type_decides_where_the_name_says_nothing():
    assert "a" == document_text(b"a", "attachment", "text/plain; charset=utf-8")
    assert "One" == document_text(word_document(["One"]), "attachment", f"{OFFICE}.wordprocessingml.document")
    assert is_readable("attachment", "application/pdf")
    assert not is_readable("picture.png", "image/png")
    assert not is_readable("old.doc", "application/msword")


def test_word_paragraphs_are_lines_and_tables_rows():
    body = (
        "<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>One</w:t><w:tab/><w:t>two</w:t><w:br/>"
        "<w:t>three</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc>"
        "<w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    )

    assert ["One\ttwo", "three", "a \tb \t"] == document_text(with_body(body), "a.docx", "").split("\n")


def test_what_word_hides_or_has_moved_away_is_left_out_and_said():
    body = (
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
        '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>shown</w:t></w:r></w:p>'
        "<w:p><w:moveFrom><w:r><w:t>away</w:t></w:r></w:moveFrom><w:del><w:r><w:delText>gone</w:delText></w:r>"
        "</w:del></w:p>"
    )

    assert "shown\n[Left out: text that is formatted as hidden.]" == document_text(
        with_body(body), "a.docx", ""
    )


def test_word_notes_and_comments_follow_the_text():
    document = with_part(
        word_document(["Text"]),
        "word/comments.xml",
        lambda _: f"<w:comments {WORD}><w:p><w:r><w:t>Why?</w:t></w:r></w:p></w:comments>",
    )

    assert "Text\n\n[Comments]\nWhy?" == document_text(document, "a.docx", "")


def test_sheets_are_lines_with_tabs():
    book = workbook({"Ports": [["Name", "Depth"], ["Horta", 9.5], ["", 7]], "More & more": [["x"]]})

    assert "[Sheet Ports]\nName\tDepth\nHorta\t9.5\n\t7\n\n[Sheet More & more]\nx" == document_text(
        book, "a.xlsx", ""
    )


def test_numbers_formatted_as_dates_are_dates():
    styles = (
        '<numFmts><numFmt numFmtId="170" formatCode="dd\\.mm\\.yyyy"/>'
        '<numFmt numFmtId="171" formatCode="0.0 &quot;days&quot;"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="171"/></cellXfs>'
    )
    cells = (
        '<c r="A1" s="1"><v>46347</v></c><c r="B1" s="2"><v>46347.75</v></c><c r="C1" s="3"><v>46347</v></c>'
        '<c r="D1" s="1"><v>0.5</v></c><c r="E1" s="1"><v>1e300</v></c>'
    )
    text = document_text(sheet_of(cells, styles=styles), "a.xlsx", "")

    assert "[Sheet One]\n2026-11-21\t2026-11-21 18:00:00\t46347\t12:00:00\t1e+300" == text


def test_a_workbook_that_counts_from_1904_is_understood():
    content = sheet_of(
        '<c s="0"><v>44885</v></c>',
        styles='<cellXfs><xf numFmtId="14"/></cellXfs>',
        properties='<workbookPr date1904="1"/>',
    )

    assert "[Sheet One]\n2026-11-21" == document_text(content, "a.xlsx", "")


def test_cells_of_all_kinds_are_shown():
    cells = (
        '<c r="A1" t="b"><v>1</v></c><c r="C1" t="inlineStr"><is><t>in\nline</t></is></c>'
        '<c t="e"><v>#REF!</v></c><c t="str"><f>A1</f><v>made</v></c><c r="ZZZ1"><v>9</v></c>'
    )

    assert (
        "[Sheet One]\nTRUE\t\tin line\t#REF!\tmade\n[Left out: columns after the first 256.]"
        == document_text(sheet_of(cells), "a.xlsx", "")
    )


def test_a_hidden_sheet_is_left_out_and_named():
    book = with_part(
        workbook({"Open": [["a"]], "Secret": [["b"]]}),
        "xl/workbook.xml",
        lambda text: text.replace('name="Secret"', 'name="Secret" state="veryHidden"'),
    )

    assert "[Sheet Open]\na\n[Left out: sheet Secret, which is hidden.]" == document_text(book, "a.xlsx", "")


def test_rows_beyond_the_bound_are_left_out_and_said():
    text = document_text(workbook({"Long": [[number] for number in range(ROWS + 5)]}), "a.xlsx", "")

    assert text.endswith(f"\n{ROWS - 1}\n[Left out: the rows of sheet Long after the first {ROWS:,}.]")


def test_slides_come_in_their_order_and_hidden_ones_not_at_all():
    deck = with_part(
        presentation([["First", "point"], ["Hidden"], ["Last"]]),
        "ppt/slides/slide2.xml",
        lambda text: text.replace("<p:sld ", '<p:sld show="0" '),
    )

    assert (
        "[Slide 1]\nFirst\npoint\n\n[Slide 2]\n\n[Slide 3]\nLast\n[Left out: slides that are hidden.]"
        == document_text(deck, "a.pptx", "")
    )


def test_pdf_pages_are_marked():
    text = document_text(portable_document(["A gate", "by hand"]), "a.pdf", "")

    assert "[Page 1]\nA gate\nby hand" == text


def test_pdf_pages_without_text_are_said():
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    buffer = io.BytesIO()
    writer.write(buffer)

    assert "[Left out: 1 pages without text, such as scans.]" == document_text(
        buffer.getvalue(), "scan.pdf", ""
    )


@pytest.mark.parametrize(("password", "code"), [("", None), ("secret", "invalid_argument")])
def test_only_a_pdf_that_needs_a_password_is_refused(password: str, code: str | None):
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(portable_document(["Text"])))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    buffer = io.BytesIO()
    writer.write(buffer)

    if code is None:
        assert "[Page 1]\nText" == document_text(buffer.getvalue(), "a.pdf", "")
    else:
        assert "password" in refused(buffer.getvalue(), "a.pdf").message


def test_an_office_file_with_a_password_is_refused():
    error = refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "a.docx")

    assert ("invalid_argument", "The document is encrypted or protected with a password.") == (
        error.code,
        error.message,
    )
    assert "password" in error.remedy


def test_an_encrypted_part_is_refused():
    content = bytearray(with_body(""))
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
        (sheet_of('<c t="s"><v>7</v></c>'), "a.xlsx"),
        (sheet_of('<c s="x"><v>7</v></c>'), "a.xlsx"),
        (b"no pdf", "a.pdf"),
        (b"%PDF-1.7\n%%EOF", "a.pdf"),
        (portable_document(["x"])[:200], "a.pdf"),
        (b"\x00\x01binary", "a.txt"),
    ],
    ids=[
        "no archive", "empty", "cut off", "no document", "open element", "not text", "other method",
        "other kind", "no such string", "no such style", "no pdf", "pdf without pages", "pdf cut off",
        "binary as text",
    ],
)  # fmt: skip
def test_damaged_documents_are_refused_with_what_to_do(content: bytes, name: str):
    error = refused(content, name)

    assert "invalid_argument" == error.code
    assert "The document is damaged, or not of the format that its name says." == error.message
    assert "good copy" in error.remedy


def test_a_type_without_text_is_refused_with_the_types_that_have_some():
    error = refused(b"\x89PNG", "picture.png", "image/png")

    assert "invalid_argument" == error.code
    assert "Word, Excel, PowerPoint and PDF" in error.remedy


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
    document = with_body("<w:p><w:r><w:t>a</w:t></w:r></w:p>", before=declaration)

    assert "damaged" in refused(document, "a.docx").message


def test_a_part_that_unpacks_beyond_all_measure_is_refused():
    bomb = with_body(f"<w:p>{' ' * 30_000_000}</w:p>")

    assert len(bomb) < 40_000
    assert "unpacks to more" in refused(bomb, "a.docx").message


def test_an_entry_that_lies_about_its_size_is_refused():
    content = bytearray(with_body(f"<w:p>{' ' * 5_000_000}</w:p>"))
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

    assert "Text" == document_text(package(parts), "a.docx", "")


def test_deep_nesting_does_no_harm():
    body = "<w:p>" * 50_000 + "<w:r><w:t>deep</w:t></w:r>" + "</w:p>" * 50_000

    assert "deep" == document_text(with_body(body), "a.docx", "")


def test_text_beyond_the_bound_is_left_out_and_said():
    text = document_text(b"x" * (LIMIT_CHARACTERS + 1), "a.txt", "")

    assert "x" * LIMIT_CHARACTERS + "\n[Left out: everything after the first 1,000,000 characters.]" == text


def test_reading_ends_when_the_time_is_up():
    moments = iter([0.0, 1.0, TIME_LIMIT + 1])
    extract = Extract(clock=lambda: next(moments))
    extract.add("in time")

    with pytest.raises(ToolError) as caught:
        extract.add("late")

    assert "timeout" == caught.value.code


async def test_reading_leaves_the_event_loop_free():
    long = workbook({"Long": [[number, "x" * 50] for number in range(4000)]})
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count())
    text = await read_document(long, "a.xlsx", "")
    counting.cancel()

    assert text.startswith("[Sheet Long]\n0\t")
    assert turns > 10


@pytest.mark.parametrize("seed", range(40))
def test_no_damage_leads_to_anything_but_text_or_a_refusal(seed: int):
    """Each document with some bytes changed."""
    documents: Iterable[tuple[bytes, str]] = (
        (word_document(["One", "two"]), "a.docx"),
        (workbook({"A": [["x", 1]]}), "a.xlsx"),
        (presentation([["One"]]), "a.pptx"),
        (portable_document(["One"]), "a.pdf"),
    )
    for content, name in documents:
        changed = bytearray(content)
        for step in range(8):
            changed[(seed * 7919 + step * 104_729) % len(changed)] ^= 1 + (seed + step) % 255
        try:
            assert isinstance(document_text(bytes(changed), name, ""), str)
        except ToolError as error:
            assert "invalid_argument" == error.code
