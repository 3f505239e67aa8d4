"""Steps of test cases between the service's XML and text."""

import time

import pytest

from shared.apis.devops.test_case_steps import steps_to_text, text_to_steps

STRING = '<parameterizedString isformatted="true">{}</parameterizedString>'
WRITTEN = (
    '<steps id="0" last="5"><step id="2" type="ActionStep">'
    + STRING.format("&lt;DIV&gt;&lt;P&gt;Open the &lt;B&gt;login&lt;/B&gt; page&lt;/P&gt;&lt;/DIV&gt;")
    + STRING.format("&lt;P&gt;Page shows&lt;/P&gt;")
    + '<description/></step><compref id="3" ref="77"><step id="4" type="ValidateStep">'
    + STRING.format("&lt;P&gt;Type a &amp;amp; b&lt;BR/&gt;then Enter&lt;/P&gt;")
    + '<parameterizedString isformatted="true"/></step></compref>'
    + '<step id="5"><parameterizedString isformatted="false">a &lt; b</parameterizedString></step></steps>'
)


def test_steps_are_read_as_a_numbered_list():
    assert (
        "1. Open the login page\n   Expected: Page shows\n2. Shared steps: work item 77\n"
        "3. Type a & b\n   then Enter\n4. a < b"
    ) == steps_to_text(WRITTEN).text


@pytest.mark.parametrize(
    "text",
    [
        "1. Open it\n   Expected: It opens\n2. Close it",
        "1. First line\n   second line\n   Expected: this\n             and that",
        "1. Use <b> & co.\n2. Shared steps: work item 77",
    ],
)
def test_what_is_written_is_read_again(text: str):
    assert text == steps_to_text(text_to_steps(text)).text


def test_lines_without_numbers_are_steps():
    assert "1. Open\n2. Close" == steps_to_text(text_to_steps("Open\n\nClose\n")).text


def test_xml_of_steps_is_written_as_it_is():
    assert WRITTEN == text_to_steps(WRITTEN)


@pytest.mark.parametrize("value", ["", "<p>No steps</p>", "<steps", "<steps><step>"])
def test_what_is_no_xml_of_steps_is_read_all_the_same(value: str):
    assert "<" not in steps_to_text(value).text.replace("<steps", "")


def test_very_many_open_steps_are_read_in_time():
    begun = time.process_time()

    steps_to_text("<steps>" + "<step>" * 100_000)

    assert time.process_time() - begun < 5
