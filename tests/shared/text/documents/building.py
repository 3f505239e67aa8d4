"""Documents that the tests build, small and true enough to hold one construct each."""

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence

import pytest

from shared.errors import ToolError
from shared.text.documents.parsing import parsed_text

TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
WORD = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    f'xmlns:r="{TRANSITIONAL}" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
SHEET = f'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{TRANSITIONAL}"'
SLIDE = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    f'xmlns:r="{TRANSITIONAL}"'
)
DRAWING = (
    'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
CHART = (
    '<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><c:chart><c:title><c:tx><c:rich><a:p>'
    "<a:r><a:t>Berths by month</a:t></a:r></a:p></c:rich></c:tx></c:title><c:plotArea><c:barChart><c:ser>"
    "<c:tx><c:strRef><c:f>S!A1</c:f><c:strCache><c:pt><c:v>Horta</c:v></c:pt></c:strCache></c:strRef></c:tx>"
    "<c:cat><c:strRef><c:strCache><c:pt><c:v>June</c:v></c:pt><c:pt><c:v>July</c:v></c:pt></c:strCache>"
    "</c:strRef></c:cat><c:val><c:numRef><c:numCache><c:formatCode>0%</c:formatCode><c:pt><c:v>0.25</c:v></c:pt>"
    "<c:pt><c:v>0.5</c:v></c:pt></c:numCache></c:numRef></c:val></c:ser></c:barChart></c:plotArea></c:chart>"
    "</c:chartSpace>"
)
SMART_ART = (
    '<dgm:dataModel xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><dgm:ptLst><dgm:pt><dgm:t><a:p><a:r>'
    "<a:t>Plan</a:t></a:r></a:p></dgm:t></dgm:pt><dgm:pt><dgm:t><a:p><a:r><a:t>Sail</a:t></a:r></a:p></dgm:t>"
    "</dgm:pt></dgm:ptLst></dgm:dataModel>"
)
type Parts = Mapping[str, str | bytes]


def package(parts: Parts, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def relationships(*targets: tuple[str, str, str], base: str = TRANSITIONAL) -> str:
    """The part that lists relationships: id, kind, target."""
    listed = "".join(
        f'<Relationship Id="{identifier}" Type="{base}/{kind}" Target="{target}"/>'
        for identifier, kind, target in targets
    )
    return f"<Relationships>{listed}</Relationships>"


def word(body: str, *, before: str = "", **parts: str | bytes) -> bytes:
    """A Word document with this body; other parts by name, with `__` for a slash and `_rels` at the end."""
    return package(
        {
            "word/document.xml": f"{before}<w:document {WORD}><w:body>{body}</w:body></w:document>",
            **{_part_name(name): content for name, content in parts.items()},
        }
    )


def paragraph(text: str, properties: str = "", run: str = "") -> str:
    """A paragraph of Word with one run."""
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:rPr>{run}</w:rPr><w:t>{text}</w:t></w:r></w:p>"


def word_part(kind: str, content: str) -> str:
    """A part of a Word document, such as its styles."""
    return f"<w:{kind} {WORD}>{content}</w:{kind}>"


def workbook(
    rows: str, *, before: str = "", after: str = "", styles: str = "", properties: str = "", **parts: str
) -> bytes:
    """A workbook of one sheet with these rows."""
    return package(
        {
            "xl/workbook.xml": f"<workbook {SHEET}>{properties}<sheets>"
            '<sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relationships(("r1", "worksheet", "/xl/worksheets/sheet1.xml")),
            "xl/styles.xml": f"<styleSheet {SHEET}>{styles}</styleSheet>",
            "xl/worksheets/sheet1.xml": f"<worksheet {SHEET}>{before}<sheetData>{rows}</sheetData>"
            f"{after}</worksheet>",
            **{_part_name(name): content for name, content in parts.items()},
        }
    )


def cell(value: float | str, *, kind: str = "", style: int = 0) -> str:
    """A cell with a value."""
    return f'<c t="{kind or "n"}" s="{style}"><v>{value}</v></c>'


def formats(*codes: str) -> str:
    """Styles of which the second and later show numbers in these formats."""
    numbers = "".join(f'<numFmt numFmtId="{164 + n}" formatCode="{code}"/>' for n, code in enumerate(codes))
    cells = "".join(f'<xf numFmtId="{164 + n}"/>' for n in range(len(codes)))
    return f'<numFmts>{numbers}</numFmts><cellXfs><xf numFmtId="0"/>{cells}</cellXfs>'


def presentation(*slides: str, **parts: str) -> bytes:
    """A presentation of slides with these shapes."""
    ids = "".join(f'<p:sldId id="{256 + n}" r:id="r{n}"/>' for n in range(len(slides)))
    return package(
        {
            "ppt/presentation.xml": f"<p:presentation {SLIDE}><p:sldIdLst>{ids}</p:sldIdLst>"
            '<p:sldSz cx="9144000" cy="6858000"/></p:presentation>',
            "ppt/_rels/presentation.xml.rels": relationships(
                *((f"r{n}", "slide", f"slides/slide{n}.xml") for n in range(len(slides))),
                ("a", "commentAuthors", "commentAuthors.xml"),
            ),
            **{
                f"ppt/slides/slide{n}.xml": slide if slide.startswith("<p:sld") else slide_of(slide)
                for n, slide in enumerate(slides)
            },
            **{_part_name(name): content for name, content in parts.items()},
        }
    )


def slide_of(shapes: str, attributes: str = "", element: str = "sld") -> str:
    """A slide, or a layout or master, of these shapes."""
    return f"<p:{element} {SLIDE} {attributes}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:{element}>"


def shape(
    text: str, *, about: str = "", place: str = "", kind: str = "", paragraph_properties: str = ""
) -> str:
    """A shape of a slide with one paragraph."""
    placeholder = f'<p:ph type="{kind}"/>' if kind else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="1" name="x" {about}/><p:nvPr>{placeholder}</p:nvPr></p:nvSpPr>'
        f"<p:spPr>{place}</p:spPr><p:txBody><a:p><a:pPr>{paragraph_properties}</a:pPr><a:r><a:t>{text}</a:t></a:r>"
        "</a:p></p:txBody></p:sp>"
    )


FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def pdf_stream(data: bytes, entries: bytes = b"") -> bytes:
    """A compressed stream."""
    packed = zlib.compress(data, 9)
    return (
        b"<<" + entries + b"/Filter/FlateDecode/Length %d>>stream\n" % len(packed) + packed + b"\nendstream"
    )


def pdf(
    content: bytes, *more: bytes, resources: bytes = b"", page: bytes = b"", catalog: bytes = b""
) -> bytes:
    """A PDF of one page with this object as its content; further objects have numbers from 6 on."""
    fonts = b"/Font<</F1 5 0 R>>"
    return pdf_file(
        b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<<"
        + fonts
        + resources
        + b">>"
        + page
        + b">>",
        content,
        FONT,
        *more,
    )


def pdf_file(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1 on; the first is its catalog."""
    written, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(written))
        written += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size, start = len(objects) + 1, len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % size + table
    written += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, start)
    return bytes(written)


def lines(content: bytes, name: str, content_type: str = "") -> list[str]:
    """The lines of a document's text that are not empty, without blanks at their ends."""
    return [line.rstrip() for line in parsed_text(content, name, content_type).split("\n") if line.strip()]


def refused(content: bytes, name: str, content_type: str = "") -> ToolError:
    """The failure to read a document."""
    with pytest.raises(ToolError) as caught:
        parsed_text(content, name, content_type)
    return caught.value


def tabbed(*rows: Sequence[str]) -> list[str]:
    """Rows as lines with tabs."""
    return ["\t".join(row) for row in rows]


def _part_name(name: str) -> str:
    folder, _, rest = name.rpartition("__")
    folder = folder.replace("__", "/")
    if rest.endswith("_rels"):
        return f"{folder}/_rels/{rest.removesuffix('_rels')}.xml.rels"
    return f"{folder}/{rest}.xml" if "." not in rest and not rest.endswith("_html") else f"{folder}/{rest}"
