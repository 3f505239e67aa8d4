"""Addresses as copied from a browser."""

import pytest

from shared.apis.devops.devops_links import DevOpsLink, parse_link

BASE = "https://dev.azure.com"


@pytest.mark.parametrize(
    "address",
    [
        "https://dev.azure.com/larkspur/Harbour%20Ops/_wiki/wikis/Notes/7/On-call?pagePath=%2FA%20b",
        " https://dev.azure.com/larkspur/Harbour Ops/_wiki/wikis/Notes/7/On-call?pagePath=/A+b#part ",
        "https://larkspur.visualstudio.com/Harbour%20Ops/_wiki/wikis/Notes/7/On-call?pagePath=%2FA%20b",
        "https://larkspur.visualstudio.com/DefaultCollection/Harbour%20Ops/_wiki/wikis/Notes/7/On-call"
        "?pagePath=%2FA%20b",
    ],
)
def test_both_forms_of_address_name_the_same(address: str):
    expected = DevOpsLink(
        "larkspur", "Harbour Ops", "_wiki", ["wikis", "Notes", "7", "On-call"], {"pagePath": "/A b"}
    )

    assert expected == parse_link(address, BASE)


def test_the_public_address_is_known_to_a_server_that_asks_elsewhere():
    address = "https://dev.azure.com/larkspur/Booking/_build/results?buildId=4711"
    local = address.replace("https://dev.azure.com", "https://localhost:7073")

    assert parse_link(address, "https://localhost:7073") == parse_link(local, "https://localhost:7073")
    assert parse_link(local, BASE) is None


def test_an_encoded_slash_stays_inside_its_segment():
    link = parse_link("https://dev.azure.com/o/p/_git/a%2Fb/pullrequest/1", BASE)

    assert link is not None
    assert ["a/b", "pullrequest", "1"] == link.segments


@pytest.mark.parametrize(
    "address",
    [
        "",
        "4711",
        "https://dev.azure.com/larkspur/Booking",
        "https://dev.azure.com/larkspur/Booking/Platform/Web/_boards",
        "https://dev.azure.com/_git/booking-api",
        "https://app.vssps.visualstudio.com/Booking/_build",
        "https://.visualstudio.com/Booking/_build",
        "http://dev.azure.com/larkspur/Booking/_build",
        "https://dev.azure.com.evil.example/larkspur/Booking/_build",
        "https://dev.azure.com@evil.example/larkspur/Booking/_build",
        "https://evil.example/larkspur/Booking/_build",
        "https://visualstudio.com/Booking/_build",
        "https://[::1/larkspur/Booking/_build",
    ],
)
def test_what_is_no_address_of_a_project_is_none(address: str):
    assert parse_link(address, BASE) is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://dev.azure.com/larkspur/_git/Booking", ("larkspur", "Booking", "_git", ["Booking"])),
        ("https://larkspur.visualstudio.com/_git/Booking", ("larkspur", "Booking", "_git", ["Booking"])),
        (
            "https://LARKSPUR.visualstudio.com/defaultcollection/_git/Booking",
            ("larkspur", "Booking", "_git", ["Booking"]),
        ),
        (
            "https://dev.azure.com/larkspur/Booking/_git/_full/api",
            ("larkspur", "Booking", "_git", ["api"]),
        ),
        (
            "https://ana@dev.azure.com/larkspur/Booking/_git/api",
            ("larkspur", "Booking", "_git", ["api"]),
        ),
        ("https://dev.azure.com:443/larkspur/Booking/_build", ("larkspur", "Booking", "_build", [])),
        ("larkspur.visualstudio.com/Booking/_build", ("larkspur", "Booking", "_build", [])),
        (
            "https://larkspur.visualstudio.com/Booking/Platform/_backlogs/board",
            ("larkspur", "Booking", "_backlogs", ["board"]),
        ),
        (
            "https://dev.azure.com/larkspur/_workitems/edit/7",
            ("larkspur", "", "_workitems", ["edit", "7"]),
        ),
        (
            "https://dev.azure.com/larkspur/_apis/wit/workItems/7",
            ("larkspur", "", "_apis", ["wit", "workItems", "7"]),
        ),
    ],
)
def test_every_form_of_address_names_its_parts(address: str, expected: tuple[object, ...]):
    link = parse_link(address, BASE)

    assert link is not None
    assert expected == (link.organization, link.project, link.area, link.segments)
