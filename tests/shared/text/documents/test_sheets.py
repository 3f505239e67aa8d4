"""Excel workbooks: values as people see them, and what the sheet hides."""

import pytest

from tests.shared.text.documents.building import (
    CHART,
    DRAWING,
    SHEET,
    STRICT,
    cell,
    formats,
    lines,
    package,
    relationships,
    workbook,
)


def row(*cells: str, attributes: str = "") -> str:
    return f"<row {attributes}>{''.join(cells)}</row>"


def test_durations_are_shown_as_such():
    rows = row(cell(1.5, style=1), cell(0.75, style=1), cell(1.5, style=2), cell(0.5, style=3))

    assert ["[Sheet One]", "36:00\t18:00\t2160\t12:00:00"] == lines(
        workbook(rows, styles=formats("[h]:mm", "[mm]", "hh:mm:ss")), "a.xlsx"
    )


def test_dates_are_shown_as_the_sheet_does_and_wholly():
    codes = ("dd\\.mm\\.yyyy", "m/d/yyyy h:mm AM/PM", "d-mmm", "yyyy-mm-dd", "dddd, d mmmm yyyy")
    rows = row(*(cell(46347.75, style=1 + number) for number in range(len(codes))))

    assert [
        "21.11.2026 (2026-11-21)",
        "11/21/2026 6:00 PM (2026-11-21)",
        "21-Nov (2026-11-21)",
        "2026-11-21",
        "Saturday, 21 November 2026",
    ] == lines(workbook(rows, styles=formats(*codes)), "a.xlsx")[1].split("\t")


def test_a_workbook_that_counts_from_1904_has_other_days():
    text = lines(
        workbook(
            row(cell(44885, style=1)), styles=formats("yyyy-mm-dd"), properties='<workbookPr date1904="1"/>'
        ),
        "a.xlsx",
    )

    assert ["[Sheet One]", "2026-11-21"] == text


def test_percentages_currencies_and_leading_zeros_are_kept():
    codes = (
        "0.0%",
        "&quot;$&quot;#,##0.00",
        "0 &quot;pcs&quot;",
        "00000",
        "0.00",
        "[=1]&quot;Yes&quot;;&quot;No&quot;",
    )
    rows = row(cell(0.0545, style=1), cell(2500, style=2), cell(7, style=3), cell(1234, style=4),
               cell(3.14159, style=5), cell(1, style=6))  # fmt: skip

    assert (
        "5.45%\t$2500\t7 pcs\t01234\t3.14159\tYes"
        == lines(workbook(rows, styles=formats(*codes)), "a.xlsx")[1]
    )


def test_a_formula_without_a_value_is_shown_as_a_formula():
    rows = row(
        "<c><f>SUM(A1:A2)</f></c>",
        "<c><f>A1</f><v>5</v></c>",
        '<c><f t="shared" si="0">B1*2</f></c>',
        '<c><f t="shared" si="0"/></c>',
    )

    assert ["[Sheet One]", "=SUM(A1:A2)\t5\t=B1*2\t=… (as B1*2)"] == lines(workbook(rows), "a.xlsx")


def test_errors_and_truth_values_are_shown():
    rows = row(cell("#DIV/0!", kind="e"), cell(1, kind="b"), cell(0, kind="b"), cell("text", kind="str"))

    assert "#DIV/0!\tTRUE\tFALSE\ttext" == lines(workbook(rows), "a.xlsx")[1]


def test_hidden_rows_and_columns_are_left_out_and_named():
    columns = '<cols><col min="2" max="2" hidden="1"/></cols>'
    rows = (
        row(cell("a", kind="str"), cell("SECRET1", kind="str"), cell("c", kind="str"), attributes='r="1"')
        + row(cell("SECRET2", kind="str"), attributes='r="2" hidden="1"')
        + row(cell("SECRET3", kind="str"), attributes='r="3" hidden="true"')
        + row(cell("d", kind="str"), attributes='r="4"')
    )

    assert [
        "[Sheet One]",
        "a\t\tc",
        "d",
        "[Left out: hidden rows of sheet One: 2-3.]",
        "[Left out: hidden columns of sheet One: B.]",
    ] == lines(workbook(rows, before=columns), "a.xlsx")


def test_values_hidden_by_their_format_are_left_out_and_white_ones_said():
    fonts = (
        '<fonts><font/><font><color rgb="FFFFFFFF"/></font></fonts><fills><fill>'
        '<patternFill patternType="none"/></fill></fills>'
    )
    styles = (
        '<numFmts><numFmt numFmtId="164" formatCode=";;;"/></numFmts>'
        + fonts
        + '<cellXfs><xf/><xf numFmtId="164"/><xf fontId="1"/></cellXfs>'
    )
    found = lines(
        workbook(row(cell("SECRET", kind="str", style=1), cell(7, style=2)), styles=styles), "a.xlsx"
    )

    assert [
        "[Sheet One]",
        "\t7",
        "[Left out: cells whose format hides their value.]",
        "[Some cells have white text and no fill, so people may not see them.]",
    ] == found


def test_comments_headers_and_drawings_follow_the_cells():
    found = lines(
        workbook(
            row(cell(1)),
            after="<headerFooter>"
            "<oddHeader>&amp;L&amp;&quot;Arial&quot;&amp;12Draft&amp;RPage &amp;P</oddHeader></headerFooter>",
            xl__worksheets__sheet1_rels=relationships(
                ("c", "comments", "../comments1.xml"), ("d", "drawing", "../drawings/drawing1.xml")
            ),
            xl__comments1=f"<comments {SHEET}><authors><author>Ben</author></authors><commentList>"
            '<comment ref="A1" authorId="0"><text><r><t>Check</t></r></text></comment>'
            "</commentList></comments>",
            xl__drawings__drawing1=f"<xdr:wsDr {DRAWING}><xdr:sp><xdr:txBody><a:p><a:r><a:t>Boxed"
            f"</a:t></a:r></a:p></xdr:txBody>"
            '</xdr:sp><xdr:sp><xdr:nvSpPr><xdr:cNvPr id="2" name="x" hidden="1"/></xdr:nvSpPr>'
            "<xdr:txBody><a:p><a:r><a:t>SECRET</a:t>"
            "</a:r></a:p></xdr:txBody></xdr:sp></xdr:wsDr>",
            xl__drawings__drawing1_rels=relationships(("c", "chart", "../charts/chart1.xml")),
            xl__charts__chart1=CHART,
        ),
        "a.xlsx",
    )

    assert [
        "[Sheet One]", "1", "[Header] Draft\tPage [page]", "Boxed", "[Chart]", "Berths by month",
        "Horta - June: 25%; July: 50%", "[Comment] A1 Ben: Check", "[Left out: shapes that are hidden.]",
    ] == found  # fmt: skip


def test_the_strict_form_is_read():
    parts = {
        "xl/workbook.xml": '<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main" '
        f'xmlns:r="{STRICT}"><sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relationships(("r1", "worksheet", "worksheets/s.xml"), base=STRICT),
        "xl/worksheets/s.xml": '<worksheet xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"><sheetData>'
        + row(cell("2026-11-21", kind="d"))
        + "</sheetData></worksheet>",
    }

    assert ["[Sheet One]", "2026-11-21"] == lines(package(parts), "a.xlsx")


@pytest.mark.parametrize("kind", ["chartsheet", "worksheet"])
def test_a_sheet_that_the_file_does_not_hold_is_named(kind: str):
    content = package(
        {
            "xl/workbook.xml": f"<workbook {SHEET}><sheets>"
            f'<sheet name="Lost" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relationships(("r1", kind, "sheets/none.xml")),
        }
    )

    assert ["[Left out: sheet Lost, which the file does not hold.]"] == lines(content, "a.xlsx")
