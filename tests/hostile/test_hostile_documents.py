"""Bombs, broken files and hidden text, from the drive and from the mailbox to what a model gets to see."""

import asyncio
import base64
import io
import time
import zipfile

import pytest

from local.graph.office import presentation, word_document, workbook
from local.graph.pdf import portable_document
from shared.text.content import NOTICE
from tests.hostile.world import World, code_of
from tests.shared.text.documents.building import paragraph, pdf, pdf_stream, shape
from tests.shared.text.documents.building import presentation as slides
from tests.shared.text.documents.building import word as word_of
from tests.shared.text.documents.building import workbook as sheet_of
from tests.shared.text.documents.test_reader_process import ON_LINUX, bomb, laughs
from tests.shared.tools.mailroom import put

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
SECONDS = 20.0
"""How long any of these may take: as long as the process that reads it, and a little for the rest."""


def package(parts: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def word(body: bytes, before: bytes = b"") -> bytes:
    """A Word document of this XML."""
    return package(
        {
            "word/document.xml": before
            + f"<w:document {WORD}><w:body>".encode()
            + body
            + b"</w:body></w:document>"
        }
    )


ENTITIES = b"<!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'>" + b"".join(
    f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>".encode() for i in range(9)
)
BAD_FILES = {
    "a bomb of zeros.docx": word(bytes(20_000_000)),
    "a bomb of blanks.xlsx": package({"xl/workbook.xml": b"<workbook>" + b" " * 20_000_000}),
    "a bomb in a bomb.docx": package({"word/document.xml": package({"a": bytes(10_000_000)})}),
    "many entries.docx": package({f"{i}": b"" for i in range(5_001)}, zipfile.ZIP_STORED),
    "a billion laughs.docx": word(b"&j;", ENTITIES + b"]>"),
    "an external entity.docx": word(b"&x;", b"<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"),
    "cut.docx": word_document(["text"] * 50)[:-40],
    "not an archive.docx": b"PK\x03\x04" + b"\xff" * 500,
    "nothing.docx": b"\n",
    "nothing.pdf": b"\n",
    "an archive.pdf": package({"a": b"b"}),
    "a pdf.docx": portable_document(["page"]),
    "cut.pdf": portable_document(["page"])[:80],
    "a loop.pdf": b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\ntrailer<</Root 1 0 R>>",
    "encrypted.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "binary.txt": b"\x00\x01\x02" * 100,
    "paths that climb.docx": package({"../../etc/passwd": b"x", "word/../../document.xml": b"x"}),
}
BIG_PDFS = {"a page of a gigabyte.pdf": bomb(1_000), "forms within forms.pdf": laughs()}
HUGE = "x" * 900_000
READ = {
    "100,000 shapes.pptx": slides("".join(shape(str(number)) for number in range(100_000))),
    "a huge attribute.pptx": slides(shape("seen", about=f'descr="{HUGE}"')),
    "a huge attribute.docx": word_of(paragraph("seen") + f'<w:p w:rsidR="{HUGE}"/>'),
    "deep cells.xlsx": sheet_of("<row>" * 50_000 + "</row>" * 50_000),
    "many text boxes.docx": word_of(
        "<w:p>"
        + "<w:r><w:pict><w:txbxContent>" * 5_000
        + "</w:txbxContent></w:pict></w:r>" * 5_000
        + "</w:p>"
    ),
    "a loop of references.xlsx": sheet_of(
        '<row><c t="s"><v>0</v></c></row>', xl__sharedStrings="<sst><si/></sst>"
    ),
    "headers without end.eml": b"Subject: " + b"=?utf-8?b?eA==?= " * 100_000 + b"\r\n\r\nend",
    "boundaries without end.eml": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 200_000,
    "folds without end.ics": b"BEGIN:VEVENT\r\nSUMMARY:" + b"x\r\n " * 500_000,
    "parameters without end.ics": b"BEGIN:VEVENT\r\nATTENDEE" + b';CN="a' * 100_000 + b":x",
    "deep.html": b"<div>" * 50_000 + b"end",
    "unclosed.html": b"<a href='" * 20_000,
    "comments.html": b"<!--" * 50_000 + b"-->end",
    "angles.html": b"<" * 200_000,
    "attributes.html": b"<p " + b"a=b " * 100_000 + b">end",
    "entities.html": b"&lt;" * 100_000,
    "references.html": b"&#99999999999;&#xD800;&#0;" * 2_000 + b"end",
    "deep.docx": word(b"<w:p>" * 20_000 + b"</w:p>" * 20_000),
    "controls.txt": b"a\x1b[2J\x07b\r\nc",
    "directions.txt": "a\u202eb\u2066c".encode(),
    "broken.txt": b"\xff\xfe\xfa" * 1_001,
    "many cells.xlsx": workbook({"Sheet": [["1"] * 100] * 2_000}),
    "many slides.pptx": presentation([["slide"]] * 300),
}


async def uploaded(world: World, name: str, content: bytes, user: str = "ana") -> str:
    """Id of a file in somebody's OneDrive."""
    made = await world.value(
        "sharepoint_upload_file",
        user,
        name=name,
        site="onedrive",
        content_base64=base64.b64encode(content).decode(),
        on_conflict="rename",
    )
    return str(made["id"])


@pytest.mark.parametrize("name", BAD_FILES)
async def test_a_bad_file_is_refused_in_time(name: str, world: World):
    file = await uploaded(world, name, BAD_FILES[name])
    began = time.monotonic()

    result = await world.call("sharepoint_read_file", file=file)

    assert "invalid_argument" == code_of(result), result
    assert "root:" not in result["content"][0]["text"]
    assert time.monotonic() - began < SECONDS


@pytest.mark.parametrize("name", READ)
async def test_what_can_be_read_is_read_in_time_cleaned_and_marked(name: str, world: World):
    file = await uploaded(world, name, READ[name])
    began = time.monotonic()

    found = await world.value("sharepoint_read_file", file=file)

    content = found["content"]
    assert NOTICE == content["notice"]
    assert not {"\x1b", "\x07", "\0", "\r", "\u202e", "\u2066"} & set(content["text"])
    assert len(content["text"]) <= 16_000
    assert time.monotonic() - began < SECONDS


@ON_LINUX
@pytest.mark.parametrize("name", BIG_PDFS)
async def test_a_pdf_that_takes_too_much_is_refused_in_time(name: str, world: World):
    file = await uploaded(world, name, BIG_PDFS[name])
    began = time.monotonic()

    result = await world.call("sharepoint_read_file", file=file)

    assert "invalid_argument" == code_of(result), result
    assert time.monotonic() - began < SECONDS


@ON_LINUX
async def test_eight_hostile_pdfs_hold_up_nobody_else(world: World):
    hostile = await uploaded(world, "eight.pdf", laughs())
    page = pdf(pdf_stream(b"BT /F1 12 Tf 9 700 Td (Text) Tj ET"))
    good = await uploaded(world, "good.pdf", page, "ben")
    reading = [asyncio.create_task(world.call("sharepoint_read_file", file=hostile)) for _ in range(8)]
    await asyncio.sleep(0.5)
    began = time.monotonic()

    profile = await world.call("graph_get_profile", user="ben")
    text = await world.value("sharepoint_read_file", user="ben", file=good)
    waited = time.monotonic() - began
    for each in reading:
        each.cancel()
    await asyncio.gather(*reading, return_exceptions=True)

    assert "ok" == code_of(profile)
    assert text["content"]["text"].endswith("Text")
    assert waited < SECONDS


async def attached(world: World, name: str, content: bytes) -> dict[str, str]:
    """Ids of a draft of Ana's and of the file attached to it."""
    draft = await put(world.sandbox, "messages", {"subject": "Files"})
    attachment = await put(
        world.sandbox,
        f"messages/{draft}/attachments",
        {
            "@odata.type": "#microsoft.graph.fileAttachment",
            "name": name,
            "contentType": "application/octet-stream",
            "contentBytes": base64.b64encode(content).decode(),
        },
    )
    return {"message_id": draft, "attachment_id": attachment}


@pytest.mark.parametrize("name", [name for name in BAD_FILES if len(BAD_FILES[name]) < 3_000_000])
async def test_a_bad_attachment_is_not_read_and_said_so(name: str, world: World):
    began = time.monotonic()

    found = await world.value("graph_get_attachment", **await attached(world, name, BAD_FILES[name]))

    assert found["text"] is None
    assert found["advice"]
    assert "root:" not in found["advice"]
    assert time.monotonic() - began < SECONDS


async def test_a_bomb_harms_nobody_beside_it(world: World):
    file = await uploaded(world, "beside.docx", BAD_FILES["a bomb of zeros.docx"])

    results = await asyncio.gather(
        *(world.call("sharepoint_read_file", file=file) for _ in range(3)),
        *(world.call("graph_get_profile", user="ben") for _ in range(3)),
    )

    assert ["invalid_argument"] * 3 + ["ok"] * 3 == [code_of(each) for each in results]
