"""Word documents: what is in them besides plain paragraphs, and what Word does not show."""

import pytest

from tests.shared.text.documents.building import (
    CHART,
    SMART_ART,
    STRICT,
    lines,
    package,
    paragraph,
    relationships,
    word,
    word_part,
)

STYLES = word_part(
    "styles",
    '<w:style w:type="paragraph" w:styleId="Secret"><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Inherits"><w:basedOn w:val="Secret"/></w:style>'
    '<w:style w:type="character" w:styleId="Hides"><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="Open"><w:rPr><w:vanish w:val="0"/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Item"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr>'
    "</w:pPr></w:style>",
)
NUMBERING = word_part(
    "numbering",
    '<w:abstractNum w:abstractNumId="0">'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl>'
    '</w:abstractNum><w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/>'
    '<w:lvlText w:val="\uf0b7"/><w:rPr><w:rFonts w:ascii="Symbol"/></w:rPr></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="4"/>'
    "</w:lvlOverride></w:num>",
)


def numbered(list_id: int, level: int = 0) -> str:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>'


def test_text_hidden_by_a_style_is_left_out_and_said():
    body = (
        paragraph("by paragraph", '<w:pStyle w:val="Secret"/>')
        + paragraph("by inheritance", '<w:pStyle w:val="Inherits"/>')
        + paragraph("by character", run='<w:rStyle w:val="Hides"/>')
        + paragraph("both cancel out", '<w:pStyle w:val="Secret"/>', '<w:rStyle w:val="Hides"/>')
        + paragraph("shown after all", '<w:pStyle w:val="Secret"/>', '<w:vanish w:val="false"/>')
        + paragraph("never hidden", run='<w:rStyle w:val="Open"/>')
    )

    assert [
        "both cancel out",
        "shown after all",
        "never hidden",
        "[Left out: text that is formatted as hidden.]",
    ] == (lines(word(body, word__styles=STYLES), "a.docx"))


def test_white_and_tiny_text_is_said():
    body = paragraph("seen") + paragraph("white", run='<w:color w:val="FFFFFF"/>')
    on_shade = paragraph("white", run='<w:color w:val="FFFFFF"/><w:shd w:fill="000000"/>')

    assert "people may not see it" in lines(word(body), "a.docx")[-1]
    assert "people may not see it" in lines(word(paragraph("tiny", run='<w:sz w:val="2"/>')), "a.docx")[-1]
    assert ["white"] == lines(word(on_shade), "a.docx")


def test_hidden_rows_and_drawings_are_left_out_and_said():
    row = "<w:tr><w:trPr>{}</w:trPr><w:tc>" + paragraph("{}") + "</w:tc></w:tr>"
    drawing = (
        '<w:p><w:r><w:drawing><wp:inline><wp:docPr id="1" name="x" {}/><wps:txbx><w:txbxContent>'
        + paragraph("{}")
        + "</w:txbxContent></wps:txbx></wp:inline></w:drawing></w:r></w:p>"
    )
    body = (
        f"<w:tbl>{row.format('', 'a')}{row.format('<w:hidden/>', 'b')}</w:tbl>"
        + drawing.format("", "c")
        + drawing.format('hidden="1"', "d")
    )

    assert [
        "a",
        "c",
        "[Left out: text that is formatted as hidden.]",
        "[Left out: drawings that are hidden.]",
    ] == lines(word(body), "a.docx")


def test_what_tracked_changes_delete_is_struck_through_and_what_they_move_stands_once():
    body = (
        "<w:p><w:ins><w:r><w:t>added </w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
        "<w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom></w:p>"
        "<w:p><w:moveTo><w:r><w:t>moved</w:t></w:r></w:moveTo></w:p>"
    )

    assert ["added ~~gone~~", "moved"] == lines(word(body), "a.docx")


def test_deleted_text_that_is_hidden_stays_hidden():
    body = (
        "<w:p><w:r><w:t>seen</w:t></w:r>"
        "<w:del><w:r><w:rPr><w:vanish/></w:rPr><w:delText>gone</w:delText></w:r></w:del></w:p>"
    )

    assert ["seen", "[Left out: text that is formatted as hidden.]"] == lines(word(body), "a.docx")


def test_a_text_box_is_read_once_whichever_form_it_has():
    box = "<w:txbxContent>" + paragraph("boxed") + "</w:txbxContent>"
    alternatives = (
        f'<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{box}</wps:txbx>'
        f"</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent>"
    )
    body = f"<w:p><w:r><w:t>before</w:t></w:r><w:r>{alternatives}</w:r><w:r><w:t>after</w:t></w:r></w:p>"
    old = f"<w:p><w:r><w:pict><v:shape><v:textbox>{box}</v:textbox></v:shape></w:pict></w:r></w:p>"

    assert ["before", "boxed", "after"] == lines(word(body), "a.docx")
    assert ["boxed"] == lines(word(old), "a.docx")


def test_list_numbers_are_counted_as_word_does():
    body = (
        paragraph("one", numbered(1))
        + paragraph("one a", numbered(1, 1))
        + paragraph("one b", numbered(1, 1))
        + paragraph("two", '<w:pStyle w:val="Item"/>')
        + paragraph("two a", numbered(1, 1))
        + paragraph("point", numbered(2))
        + paragraph("anew", numbered(3))
        + paragraph("no list", '<w:pStyle w:val="Item"/><w:numPr><w:numId w:val="0"/></w:numPr>')
    )
    found = lines(word(body, word__numbering=NUMBERING, word__styles=STYLES), "a.docx")

    assert [
        "1. one",
        "  1.a) one a",
        "  1.b) one b",
        "2. two",
        "  2.a) two a",
        "• point",
        "4. anew",
        "no list",
    ] == found


def test_headers_and_footers_that_pages_show_are_read():
    section = (
        '<w:sectPr><w:headerReference w:type="default" r:id="h1"/>'
        '<w:footerReference w:type="default" r:id="f1"/>'
        '<w:headerReference w:type="first" r:id="h2"/>'
        '<w:headerReference w:type="even" r:id="h3"/>{}</w:sectPr>'
    )
    parts = {
        "word__document_rels": relationships(
            ("h1", "header", "header1.xml"),
            ("f1", "footer", "footer1.xml"),
            ("h2", "header", "header2.xml"),
            ("h3", "header", "header3.xml"),
        ),
        "word__header1": word_part("hdr", paragraph("every page")),
        "word__header2": word_part("hdr", paragraph("first page")),
        "word__header3": word_part("hdr", paragraph("even page")),
        "word__footer1": word_part("ftr", paragraph("below")),
    }
    plain = lines(word("<w:p/>" + section.format(""), **parts), "a.docx")
    both = lines(
        word(
            "<w:p/>" + section.format("<w:titlePg/>"),
            **parts,
            word__settings=word_part("settings", "<w:evenAndOddHeaders/>"),
        ),
        "a.docx",
    )

    assert [
        "[Header]",
        "every page",
        "[Footer]",
        "below",
        "[Left out: a header that no page shows.]",
    ] == plain
    assert {"every page", "first page", "even page", "below"} < set(both)


def test_notes_have_the_marks_at_which_the_text_refers_to_them():
    body = (
        '<w:p><w:r><w:t>Fact</w:t></w:r><w:r><w:footnoteReference w:id="7"/></w:r><w:r><w:t> and</w:t></w:r>'
        '<w:r><w:endnoteReference w:id="2"/></w:r></w:p>'
    )
    notes = (
        '<w:footnote w:type="separator" w:id="0"><w:p><w:r><w:t>---</w:t></w:r></w:p></w:footnote>'
        '<w:footnote w:id="7">'
        "<w:p><w:r><w:footnoteRef/></w:r><w:r><w:t> Source</w:t></w:r></w:p></w:footnote>"
    )
    end = '<w:endnote w:id="2">' + paragraph("End") + "</w:endnote>"
    document = word(
        body, word__footnotes=word_part("footnotes", notes), word__endnotes=word_part("endnotes", end)
    )

    assert ["Fact¹ andⁱ", "[Footnotes]", "¹ Source", "[Endnotes]", "End"] == lines(document, "a.docx")


def test_comments_have_their_authors():
    comments = '<w:comment w:id="0" w:author="Ana">' + paragraph("Why?") + "</w:comment>"

    assert ["Text", "[Comments]", "Ana: Why?"] == lines(
        word(paragraph("Text"), word__comments=word_part("comments", comments)), "a.docx"
    )


def field(inside: str, result: str = "") -> str:
    shown = (
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>{result}</w:t></w:r>' if result else ""
    )
    return (
        f'<w:r><w:fldChar w:fldCharType="begin">{inside}</w:fldChar></w:r>{shown}'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>', "☑"),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0A8"/></w:r>', "☐"),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>', "✓"),
        ('<w:r><w:sym w:font="Wingdings 2" w:char="F050"/></w:r>', "✓"),
        ('<w:r><w:sym w:font="Symbol" w:char="F06D"/><w:t>g</w:t></w:r>', "μg"),
        ('<w:r><w:sym w:font="Symbol" w:char="F0E5"/></w:r>', "∑"),
        ('<w:r><w:sym w:font="Odd" w:char="F041"/></w:r>', "[symbol Odd 41]"),
        ('<w:r><w:rPr><w:rFonts w:ascii="Wingdings"/></w:rPr><w:t>þ</w:t></w:r>', "☑"),
        ("<w:r><w:t>\uf0b7</w:t></w:r>", "•"),
        ("<w:r><w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t><w:softHyphen/><w:t>c</w:t></w:r>", "a-bc"),
        ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:ptab/><w:t>c</w:t></w:r>", "a\tb\tc"),
        (field('<w:ffData><w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox></w:ffData>'), "☒"),
        (field('<w:ffData><w:checkBox><w:default w:val="0"/></w:checkBox></w:ffData>'), "☐"),
        (
            field('<w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="red"/>'
            '<w:listEntry w:val="blue"/>'
                  "</w:ddList></w:ffData>"),
            "blue",
        ),
        (field("", "4711"), "4711"),
        ('<w:fldSimple w:instr=" FILENAME "><w:r><w:t>plan.docx</w:t></w:r></w:fldSimple>', "plan.docx"),
        ("<w:sdt><w:sdtPr><w14:checkbox/></w:sdtPr><w:sdtContent><w:r><w:t>☒</w:t></w:r>"
        "</w:sdtContent></w:sdt>", "☒"),
        ("<m:oMath><m:r><m:t>E=mc</m:t></m:r></m:oMath>", "E=mc"),
        ('<w:r><w:pict><v:shape><v:textpath string="Word art"/></v:shape></w:pict></w:r>', "Word art"),
        (
            '<w:r><w:drawing><wp:inline><wp:docPr id="1" name="x" descr="A lighthouse"/>'
            '</wp:inline></w:drawing></w:r>',
            "[Image: A lighthouse]",
        ),
    ],
)  # fmt: skip
def test_what_a_run_shows_is_text(content: str, text: str):
    assert [text] == lines(word(f"<w:p>{content}</w:p>"), "a.docx")


def test_instructions_of_fields_are_not_text():
    content = field("").replace(
        "</w:fldChar></w:r>", "</w:fldChar></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>", 1
    )

    assert ["a"] == lines(word(f"<w:p>{content}<w:r><w:t>a</w:t></w:r></w:p>"), "a.docx")


def test_charts_and_smart_art_follow_the_text():
    document = word(
        paragraph("Text"),
        word__document_rels=relationships(
            ("c", "chart", "charts/chart1.xml"), ("d", "diagramData", "diagrams/data1.xml")
        ),
        word__charts__chart1=CHART,
        word__diagrams__data1=SMART_ART,
    )

    assert [
        "Text", "[Chart]", "Berths by month", "Horta - June: 25%; July: 50%", "[SmartArt]", "Plan", "Sail",
    ] == lines(document, "a.docx")  # fmt: skip


def test_a_part_in_another_format_is_read_where_it_stands():
    parts = {
        "word/document.xml": word_part(
            "document", "<w:body><w:altChunk r:id='c'/>" + paragraph("after") + "</w:body>"
        ),
        "word/_rels/document.xml.rels": relationships(("c", "aFChunk", "chunk.html")),
        "word/chunk.html": "<p>from HTML</p>",
    }

    assert ["from HTML", "after"] == lines(package(parts), "a.docx")


def test_the_main_part_is_found_by_its_relationship_in_the_strict_form_too():
    parts = {
        "_rels/.rels": relationships(("r", "officeDocument", "/Word/Main.xml"), base=STRICT),
        "word/main.xml": '<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"><w:body>'
        + paragraph("strict")
        + "</w:body></w:document>",
    }

    assert ["strict"] == lines(package(parts), "a.docx")
