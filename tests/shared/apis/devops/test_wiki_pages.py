"""How paths of wiki pages are written."""

import pytest

from shared.apis.devops.wiki_pages import page_path, path_of_file


@pytest.mark.parametrize("written", ["/A b/C", "A b/C", " /A b/C/ "])
def test_a_path_has_a_slash_in_front_and_none_at_the_end(written: str):
    assert "/A b/C" == page_path(written)


@pytest.mark.parametrize(
    ("file", "mapped_path", "path"),
    [
        ("/Runbooks/On-call.md", "/", "/Runbooks/On call"),
        ("/FAQ%2Dand%2Dtips.md", "/", "/FAQ-and-tips"),
        ("/docs/Set-up.md", "/docs", "/Set up"),
        ("/docs/Set-up.md", "/docs/", "/Set up"),
    ],
)
def test_a_file_is_turned_into_the_path_of_its_page(file: str, mapped_path: str, path: str):
    assert path == path_of_file(file, mapped_path)
