"""The setting that says which areas may be read."""

import pytest

from shared.settings.read_more import NAMED_ONLY, ORDINARY, ReadMore


def test_areas_are_named_by_api_in_any_case() -> None:
    read_more = ReadMore.parse(" Graph: Mail,calendar ; devops:* ;")

    assert {"mail", "calendar"} == read_more.areas["graph"]
    assert read_more.offers("devops", "git")
    assert not read_more.offers("graph", "files")


@pytest.mark.parametrize("api", ["graph", "devops"])
def test_what_is_for_administrators_is_offered_only_where_it_is_named(api: str) -> None:
    everything = ReadMore.parse(f"{api}:*")
    named = ReadMore.parse(f"{api}:*,{','.join(NAMED_ONLY[api])}")

    assert all(everything.offers(api, area) for area in ORDINARY[api])
    assert not any(everything.offers(api, area) for area in NAMED_ONLY[api])
    assert all(named.offers(api, area) for area in NAMED_ONLY[api])
    assert not ORDINARY[api] & NAMED_ONLY[api]


def test_nothing_is_offered_where_nothing_is_set() -> None:
    assert not ReadMore()
    assert not ReadMore().offers("graph", "mail")


@pytest.mark.parametrize(
    "text", ["mail", "graph", "graph:", "graph:mail;graph:files", "outlook:*", "graph:male", ":mail", "*"]
)
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must name"):
        ReadMore.parse(text)
