"""PDF files: text, forms, notes, and what people may not see."""

import io

import pypdf
import pytest

from local.graph.pdf import portable_document
from tests.shared.text.documents.building import lines, pdf, pdf_file, pdf_stream, refused

LOOP = pdf_file(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 1>>")


def shown(text: bytes, before: bytes = b"") -> bytes:
    return pdf_stream(b"BT /F1 12 Tf 50 700 Td " + before + b"(" + text + b") Tj ET")


def test_pages_are_marked():
    assert ["[Page 1]", "A gate", "by hand"] == lines(portable_document(["A gate", "by hand"]), "a.pdf")


def test_pages_without_text_are_said():
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    buffer = io.BytesIO()
    writer.write(buffer)

    assert ["[Left out: 1 pages without text, such as scans (1).]"] == lines(buffer.getvalue(), "scan.pdf")


@pytest.mark.parametrize(
    ("before", "is_said"),
    [
        (b"", False),
        (b"3 Tr ", True),
        (b"1 1 1 rg ", True),
        (b"0.05 0 0 0.05 50 700 Tm ", True),
        (b"900 0 Td ", True),
    ],
    ids=["black", "neither filled nor stroked", "white", "tiny", "outside the page"],
)
def test_text_that_people_may_not_see_is_said(before: bytes, is_said: bool):
    found = lines(pdf(shown(b"text", before)), "a.pdf")

    assert ["[Page 1]", "text"] == found[:2]
    assert is_said == ("people may not see it: 1" in found[-1])


def test_values_of_forms_and_notes_are_read_unless_they_are_hidden():
    field = b"<</Type/Annot/Subtype/Widget/Rect[0 0 100 20]/P 3 0 R"
    document = pdf(
        shown(b"Form"),
        field + b"/FT/Tx/T(Name)/V(Ana Silva)/DA(/F1 12 Tf)>>",
        field + b"/FT/Btn/T(Agree)/V/Yes/AS/Yes/AP<</N<</Yes 11 0 R/Off 11 0 R>>>>>>",
        field + b"/FT/Ch/T(Port)/Ff 131072/Opt[(Horta)(Velas)]/V(Velas)/DA(/F1 12 Tf)>>",
        b"<</Type/Annot/Subtype/FreeText/Rect[0 0 100 20]/Contents(Written on it)/DA(/F1 12 Tf)>>",
        b"<</Type/Annot/Subtype/Text/Rect[0 0 10 10]/F 2/Contents(SECRET)>>",
        pdf_stream(b"", b"/Type/XObject/Subtype/Form/BBox[0 0 10 10]"),
        page=b"/Annots[6 0 R 7 0 R 8 0 R 9 0 R 10 0 R]",
        catalog=b"/AcroForm<</Fields[6 0 R 7 0 R 8 0 R]/DR<</Font<</F1 5 0 R>>>>>>",
    )

    assert [
        "[Page 1]",
        "Form",
        "[Field] Name: Ana Silva",
        "[Field] Agree: [x] Yes",
        "[Field] Port: Velas",
        "[Note] Written on it",
        "[Left out: notes or form fields that are hidden.]",
    ] == lines(document, "a.pdf")


def test_attached_files_are_named():
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(portable_document(["Text"])))
    writer.add_attachment("costs.xlsx", b"x")
    buffer = io.BytesIO()
    writer.write(buffer)

    assert "[Left out: 1 files attached to it: costs.xlsx.]" == lines(buffer.getvalue(), "a.pdf")[-1]


@pytest.mark.parametrize(("user", "owner", "is_read"), [("", "owner", True), ("secret", "owner", False)])
def test_only_a_file_that_needs_a_password_is_refused(user: str, owner: str, is_read: bool):
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(portable_document(["Text"])))
    writer.encrypt(user_password=user, owner_password=owner, algorithm="AES-256")
    buffer = io.BytesIO()
    writer.write(buffer)

    if is_read:
        assert ["[Page 1]", "Text"] == lines(buffer.getvalue(), "a.pdf")[:2]
    else:
        assert "password" in refused(buffer.getvalue(), "a.pdf").message


def test_a_damaged_table_of_objects_is_repaired():
    content = portable_document(["Text"])
    start = content.index(b"xref")

    assert ["[Page 1]", "Text"] == lines(
        content[:start] + b"xref\n0 1\nnonsense" + content[start + 20 :], "a.pdf"
    )


@pytest.mark.parametrize(
    "content",
    [b"no pdf", b"%PDF-1.7\n%%EOF", portable_document(["x"])[:200], LOOP, b""],
    ids=["no pdf", "without pages", "cut off", "loop", "empty"],
)
def test_broken_files_say_so(content: bytes):
    assert (
        "The document is damaged, or not of the format that its name says."
        == refused(content, "a.pdf").message
    )
