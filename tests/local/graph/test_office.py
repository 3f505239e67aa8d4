"""Packages and PDF files are opened here with the standard library alone; every part must be well-formed."""

import io
import re
import zipfile
from xml.etree import ElementTree

import pytest

from local.graph.office import presentation, word_document, workbook
from local.graph.pdf import portable_document

TEXT = "Fish & chips <12.50> \u20ac"


def parts(package: bytes) -> dict[str, ElementTree.Element]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert archive.testzip() is None
        return {name: ElementTree.fromstring(archive.read(name)) for name in archive.namelist()}


@pytest.mark.parametrize(
    ("package", "main", "tag"),
    [
        (word_document(["One", TEXT]), "word/document.xml", "t"),
        (workbook({"Sheet": [["One", 2], [TEXT, 3.5]]}), "xl/worksheets/sheet1.xml", "t"),
        (presentation([["One", TEXT]]), "ppt/slides/slide1.xml", "t"),
    ],
)
def test_a_package_holds_its_text(package: bytes, main: str, tag: str):
    texts = [element.text for element in parts(package)[main].iter() if element.tag.endswith(f"}}{tag}")]

    assert ["One", TEXT] == texts


@pytest.mark.parametrize(
    "package", [word_document(["x"]), workbook({"A": [[1]], "B": [["y"]]}), presentation([["x"], ["y", "z"]])]
)
def test_a_package_names_only_parts_it_has(package: bytes):
    found = parts(package)
    declared = {
        element.attrib["PartName"].lstrip("/")
        for element in found["[Content_Types].xml"]
        if "PartName" in element.attrib
    }

    assert declared <= set(found)
    for name, root in found.items():
        if name.endswith(".rels"):
            folder = name.partition("_rels/")[0]
            targets = [re.sub(r"[^/]+/\.\./", "", folder + element.attrib["Target"]) for element in root]
            assert set(targets) <= set(found)


def test_numbers_stay_numbers():
    sheet = parts(workbook({"Sheet": [["a", 2], ["b", 3.5]]}))["xl/worksheets/sheet1.xml"]

    assert ["2", "3.5"] == [element.text for element in sheet.iter() if element.tag.endswith("}v")]


def test_a_pdf_has_its_lines_and_a_true_table_of_offsets():
    content = portable_document([f"Line {number} (of many)" for number in range(100)])
    table = int(re.search(rb"startxref\n(\d+)", content)[1])
    offsets = [int(offset) for offset in re.findall(rb"(\d{10}) 00000 n", content)]

    assert content[table:].startswith(b"xref")
    assert [f"{number} 0 obj".encode() for number in range(1, len(offsets) + 1)] == [
        re.match(rb"\d+ 0 obj", content[offset:])[0] for offset in offsets
    ]
    assert b"(Line 99 \\(of many\\)) Tj" in content
    assert b"/Count 3" in content
