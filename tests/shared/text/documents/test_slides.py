"""PowerPoint presentations: what is on the slides besides text, and what a show does not show."""

from tests.shared.text.documents.building import (
    CHART,
    SLIDE,
    SMART_ART,
    lines,
    presentation,
    relationships,
    shape,
    slide_of,
)


def test_slides_come_in_the_order_of_the_presentation():
    deck = presentation(shape("first"), shape("second"))

    assert ["[Slide 1]", "first", "[Slide 2]", "second"] == lines(deck, "a.pptx")


def test_hidden_slides_and_shapes_and_those_beside_the_slide_are_left_out_and_said():
    beside = '<a:xfrm><a:off x="-900" y="0"/><a:ext cx="800" cy="100"/></a:xfrm>'
    inside = '<a:xfrm><a:off x="100" y="0"/><a:ext cx="800" cy="100"/></a:xfrm>'
    group = (
        '<p:grpSp><p:nvGrpSpPr><p:cNvPr id="3" name="g" hidden="1"/></p:nvGrpSpPr>'
        + shape("SECRET")
        + "</p:grpSp>"
    )
    deck = presentation(
        shape("seen", place=inside)
        + shape("SECRET", about='hidden="1"')
        + group
        + shape("SECRET", place=beside),
        slide_of(shape("SECRET"), 'show="0"'),
    )

    assert [
        "[Slide 1]",
        "seen",
        "[Slide 2]",
        "[Left out: shapes that are hidden.]",
        "[Left out: shapes beside the slide, which a show does not show.]",
        "[Left out: slides that are hidden.]",
    ] == lines(deck, "a.pptx")


def test_tables_groups_and_alternatives_are_read_once():
    row = (
        "<a:tr><a:tc><a:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></a:txBody></a:tc><a:tc>"
        "<a:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></a:txBody></a:tc></a:tr>"
    )
    table = (
        f"<p:graphicFrame><a:graphic><a:graphicData>"
        f"<a:tbl>{row.format('a', 'b')}{row.format('c', 'd')}</a:tbl></a:graphicData></a:graphic>"
        f"</p:graphicFrame>"
    )
    alternatives = (
        f"<mc:AlternateContent><mc:Choice Requires='p14'>{shape('new')}</mc:Choice>"
        f"<mc:Fallback>{shape('old')}</mc:Fallback>"
        "</mc:AlternateContent>"
    )
    group = f"<p:grpSp>{shape('in a group')}</p:grpSp>"

    assert ["[Slide 1]", "a \tb", "c \td", "in a group", "new"] == lines(
        presentation(table + group + alternatives), "a.pptx"
    )


def test_charts_and_smart_art_belong_to_their_slide():
    deck = presentation(
        shape("one"),
        shape("two"),
        ppt__slides__slide0_rels=relationships(
            ("c", "chart", "../charts/chart1.xml"), ("d", "diagramData", "../diagrams/data1.xml")
        ),
        ppt__charts__chart1=CHART,
        ppt__diagrams__data1=SMART_ART,
    )

    assert [
        "[Slide 1]", "one", "[Chart]", "Berths by month", "Horta - June: 25%; July: 50%", "[SmartArt]",
        "Plan", "Sail",
        "[Slide 2]", "two",
    ] == lines(deck, "a.pptx")  # fmt: skip


def test_notes_and_both_kinds_of_comments_follow_their_slide():
    deck = presentation(
        shape("one"),
        ppt__slides__slide0_rels=relationships(
            ("n", "notesSlide", "../notesSlides/notes1.xml"),
            ("c", "comments", "../comments/comment1.xml"),
            ("m", "comments", "../comments/modern.xml"),
        ),
        ppt__notesSlides__notes1=slide_of(
            shape("Say it slowly") + shape("1", kind="sldNum"), element="notes"
        ),
        ppt__commentAuthors=f'<p:cmAuthorLst {SLIDE}><p:cmAuthor id="0" name="Ben"/></p:cmAuthorLst>',
        ppt__comments__comment1=f'<p:cmLst {SLIDE}><p:cm authorId="0"><p:text>Too long</p:text>'
        f"</p:cm></p:cmLst>",
        ppt__comments__modern=f"<c:cmLst "
        f'xmlns:c="http://schemas.microsoft.com/office/powerpoint/2018/8/main" {SLIDE}>'
        '<c:cm authorId="0"><c:replyLst><c:reply authorId="x"><c:txBody><a:p><a:r><a:t>No</a:t>'
        "</a:r></a:p></c:txBody></c:reply>"
        "</c:replyLst><c:txBody><a:p><a:r><a:t>Shorten?</a:t></a:r></a:p></c:txBody></c:cm></c:cmLst>",
    )

    assert [
        "[Slide 1]", "one", "[Notes]", "Say it slowly", "[Comment] Ben: Too long", "[Comment] No",
        "[Comment] Ben: Shorten?",
    ] == lines(deck, "a.pptx")  # fmt: skip


def test_what_layout_and_master_show_on_slides_is_read_once_without_their_prompts():
    deck = presentation(
        shape("one"),
        shape("two"),
        ppt__slides__slide0_rels=relationships(("l", "slideLayout", "../slideLayouts/l.xml")),
        ppt__slides__slide1_rels=relationships(("l", "slideLayout", "../slideLayouts/l.xml")),
        ppt__slideLayouts__l=slide_of(
            shape("Click to edit", kind="title") + shape("Confidential"), element="sldLayout"
        ),
        ppt__slideLayouts__l_rels=relationships(("m", "slideMaster", "../slideMasters/m.xml")),
        ppt__slideMasters__m=slide_of(shape("Quayside"), element="sldMaster"),
    )

    assert [
        "[Slide 1]", "one", "[Slide 2]", "two", "[On all slides of a layout]", "Confidential",
        "[On all slides of a layout]", "Quayside",
    ] == lines(deck, "a.pptx")  # fmt: skip


def test_numbered_paragraphs_have_their_numbers():
    item = "<a:p><a:pPr><a:buAutoNum type='{}' startAt='3'/></a:pPr><a:r><a:t>{}</a:t></a:r></a:p>"
    body = item.format("arabicPeriod", "a") + item.format("arabicPeriod", "b")
    letters = item.format("alphaLcParenR", "c")
    deck = presentation(
        f"<p:sp><p:txBody>{body}</p:txBody></p:sp><p:sp><p:txBody>{letters}</p:txBody></p:sp>"
    )

    assert ["[Slide 1]", "3. a", "4. b", "c) c"] == lines(deck, "a.pptx")


def test_alternative_texts_and_symbols_are_read():
    symbol = (
        "<p:sp><p:txBody><a:p><a:r><a:rPr><a:sym typeface='Wingdings'/></a:rPr><a:t>ü</a:t>"
        "</a:r></a:p></p:txBody></p:sp>"
    )
    picture = "<p:pic><p:nvPicPr><p:cNvPr id='1' name='x' descr='A lighthouse'/></p:nvPicPr></p:pic>"

    assert ["[Slide 1]", "✓", "[Image: A lighthouse]"] == lines(presentation(symbol + picture), "a.pptx")
