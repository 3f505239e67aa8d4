"""Writes Office files: packages of XML small enough to read here, and true enough for any reader to open."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_ACCENTS = ("accent1", "accent2", "accent3", "accent4", "accent5", "accent6", "hlink", "folHlink")
_CONTENT = "application/vnd.openxmlformats-officedocument"


def _package(parts: dict[str, str], types: dict[str, str], main: str) -> bytes:
    """Returns an Open Packaging archive: its content types, its root relationship, and its parts."""
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in types.items()
    )
    content_types = (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )
    everything = {
        "[Content_Types].xml": content_types,
        "_rels/.rels": _relationships([("officeDocument", main)]),
        **parts,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in everything.items():
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, _XML + text)
    return buffer.getvalue()


def _relationships(targets: Sequence[tuple[str, str]]) -> str:
    entries = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{entries}</Relationships>'


def word_document(paragraphs: Sequence[str]) -> bytes:
    """Returns a .docx with these paragraphs."""
    text = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{escape(each)}</w:t></w:r></w:p>' for each in paragraphs
    )
    size = '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr>'
    document = f'<w:document xmlns:w="{_WORD}"><w:body>{text}{size}</w:body></w:document>'
    kind = f"{_CONTENT}.wordprocessingml.document.main+xml"
    return _package({"word/document.xml": document}, {"word/document.xml": kind}, "word/document.xml")


def workbook(sheets: dict[str, Sequence[Sequence[str | int | float]]]) -> bytes:
    """Returns an .xlsx with these sheets of rows; numbers stay numbers."""
    parts, types, names, targets = {}, {}, [], []
    for number, (title, rows) in enumerate(sheets.items(), 1):
        cells = "".join(_row(index, row) for index, row in enumerate(rows, 1))
        path = f"xl/worksheets/sheet{number}.xml"
        parts[path] = f'<worksheet xmlns="{_SHEET}"><sheetData>{cells}</sheetData></worksheet>'
        types[path] = f"{_CONTENT}.spreadsheetml.worksheet+xml"
        names.append(f'<sheet name="{escape(title)}" sheetId="{number}" r:id="rId{number}"/>')
        targets.append(("worksheet", f"worksheets/sheet{number}.xml"))
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>{"".join(names)}</sheets></workbook>'
    )
    parts["xl/_rels/workbook.xml.rels"] = _relationships(targets)
    types["xl/workbook.xml"] = f"{_CONTENT}.spreadsheetml.sheet.main+xml"
    return _package(parts, types, "xl/workbook.xml")


def _row(number: int, values: Sequence[str | int | float]) -> str:
    cells = []
    for column, value in enumerate(values):
        place = f"{chr(ord('A') + column)}{number}"
        if isinstance(value, str):
            cells.append(
                f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
            )
        else:
            cells.append(f'<c r="{place}"><v>{value}</v></c>')
    return f'<row r="{number}">{"".join(cells)}</row>'


def presentation(slides: Sequence[Sequence[str]]) -> bytes:
    """Returns a .pptx with a slide for each list of lines, the first of them its title."""
    namespaces = f'xmlns:a="{_DRAWING}" xmlns:r="{_OFFICE}" xmlns:p="{_SLIDE}"'
    tree = '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
    empty = f"<p:cSld><p:spTree>{tree}</p:spTree></p:cSld>"
    names = {"bg1": "lt1", "tx1": "dk1", "bg2": "lt2", "tx2": "dk2"} | {each: each for each in _ACCENTS}
    mapping = " ".join(f'{name}="{value}"' for name, value in names.items())
    layouts = '<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst>'
    master = f"<p:sldMaster {namespaces}>{empty}<p:clrMap {mapping}/>{layouts}</p:sldMaster>"
    parts = {
        "ppt/slideMasters/slideMaster1.xml": master,
        "ppt/slideMasters/_rels/slideMaster1.xml.rels": _relationships(
            [("slideLayout", "../slideLayouts/slideLayout1.xml"), ("theme", "../theme/theme1.xml")]
        ),
        "ppt/slideLayouts/slideLayout1.xml": f"<p:sldLayout {namespaces}>{empty}</p:sldLayout>",
        "ppt/slideLayouts/_rels/slideLayout1.xml.rels": _relationships(
            [("slideMaster", "../slideMasters/slideMaster1.xml")]
        ),
        "ppt/theme/theme1.xml": _theme(),
    }
    kind = f"{_CONTENT}.presentationml"
    types = {
        "ppt/presentation.xml": f"{kind}.presentation.main+xml",
        "ppt/slideMasters/slideMaster1.xml": f"{kind}.slideMaster+xml",
        "ppt/slideLayouts/slideLayout1.xml": f"{kind}.slideLayout+xml",
        "ppt/theme/theme1.xml": f"{_CONTENT}.theme+xml",
    }
    targets = [("slideMaster", "slideMasters/slideMaster1.xml")]
    for number, lines in enumerate(slides, 1):
        path = f"ppt/slides/slide{number}.xml"
        parts[path] = (
            f"<p:sld {namespaces}><p:cSld><p:spTree>{tree}{_shapes(lines)}</p:spTree></p:cSld></p:sld>"
        )
        parts[f"ppt/slides/_rels/slide{number}.xml.rels"] = _relationships(
            [("slideLayout", "../slideLayouts/slideLayout1.xml")]
        )
        types[path] = f"{kind}.slide+xml"
        targets.append(("slide", f"slides/slide{number}.xml"))
    entries = "".join(
        f'<p:sldId id="{255 + number}" r:id="rId{number + 1}"/>' for number in range(1, len(slides) + 1)
    )
    parts["ppt/presentation.xml"] = (
        f'<p:presentation {namespaces}><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/>'
        f'</p:sldMasterIdLst><p:sldIdLst>{entries}</p:sldIdLst><p:sldSz cx="12192000" cy="6858000"/>'
        '<p:notesSz cx="6858000" cy="9144000"/></p:presentation>'
    )
    parts["ppt/_rels/presentation.xml.rels"] = _relationships(targets)
    return _package(parts, types, "ppt/presentation.xml")


def _shapes(lines: Sequence[str]) -> str:
    title, *rest = lines
    body = "".join(_paragraph(line) for line in rest) or "<a:p/>"
    return _shape(2, "title", _paragraph(title)) + _shape(3, "body", body)


def _shape(number: int, kind: str, paragraphs: str) -> str:
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="{kind}"/><p:cNvSpPr/>'
        f'<p:nvPr><p:ph type="{kind}"/></p:nvPr>'
        f"</p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>{paragraphs}</p:txBody></p:sp>"
    )


def _paragraph(line: str) -> str:
    return f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>"


def _theme() -> str:
    """Returns the least theme the schema allows: colours, fonts and formats."""
    names = ("dk1", "lt1", "dk2", "lt2", *_ACCENTS)
    colours = "".join(
        f'<a:{name}><a:srgbClr val="{"FFFFFF" if name.startswith("lt") else "1F3864"}"/></a:{name}>'
        for name in names
    )
    font = '<a:latin typeface="Calibri"/><a:ea typeface=""/><a:cs typeface=""/>'
    fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
    line, effect = f"<a:ln>{fill}</a:ln>", "<a:effectStyle><a:effectLst/></a:effectStyle>"
    formats = (
        f"<a:fillStyleLst>{fill * 3}</a:fillStyleLst><a:lnStyleLst>{line * 3}</a:lnStyleLst>"
        f"<a:effectStyleLst>{effect * 3}</a:effectStyleLst><a:bgFillStyleLst>{fill * 3}</a:bgFillStyleLst>"
    )
    fonts = f"<a:majorFont>{font}</a:majorFont><a:minorFont>{font}</a:minorFont>"
    elements = (
        f'<a:clrScheme name="Plain">{colours}</a:clrScheme><a:fontScheme name="Plain">{fonts}</a:fontScheme>'
        f'<a:fmtScheme name="Plain">{formats}</a:fmtScheme>'
    )
    return (
        f'<a:theme xmlns:a="{_DRAWING}" name="Plain"><a:themeElements>{elements}</a:themeElements></a:theme>'
    )
