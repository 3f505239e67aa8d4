"""People, managers and groups of the demo organisation."""

import pytest

from local.organisation import organisation
from shared.errors import ToolError
from shared.tools.microsoft365.people import (
    Colleague,
    graph_get_org,
    graph_list_my_groups,
    graph_search_people,
)
from tests.shared.tools.sandbox import Sandbox


@pytest.mark.parametrize(
    "query", ["ben", "Osei", "ben osei", "BEN.OSEI@larkspur.example", 'ben "osei', "ben\\"]
)
async def test_a_person_is_found_by_name_or_address(read_only: Sandbox, query: str):
    found = await read_only.call(graph_search_people, query=query)

    assert ["ben.osei@larkspur.example"] == [each.mail for each in found.items]
    assert (True, []) == (found.complete, found.gaps)
    ben = found.items[0]
    assert (organisation().user("ben").object_id, "Ben Osei") == (ben.id, ben.display_name)


async def test_titles_are_known_of_those_the_user_works_with(read_only: Sandbox):
    with_people = await read_only.call(graph_search_people, user="chiara", query="hugo")
    await read_only.fail("graph", path="/v1.0/me/people", status=403)
    without = await read_only.call(graph_search_people, user="chiara", query="hugo")

    assert ["Chief operating officer"] == [each.job_title for each in with_people.items]
    assert [None] == [each.job_title for each in without.items]
    assert (True, []) == (without.complete, without.gaps)


async def test_when_people_fail_the_directory_still_answers_and_the_gap_is_named(read_only: Sandbox):
    await read_only.fail("graph", path="/v1.0/me/people", status=503)
    found = await read_only.call(graph_search_people, query="ben")

    assert ["Ben Osei"] == [each.display_name for each in found.items]
    assert [("people you work with", "unavailable")] == [(gap.source, gap.code) for gap in found.gaps]


async def test_nobody_of_that_name_is_a_complete_empty_list(read_only: Sandbox):
    found = await read_only.call(graph_search_people, query="zebedee")

    assert ([], True) == (found.items, found.complete)


@pytest.mark.parametrize(
    "query", ["'", "') or ('a' eq 'a", "../users", "?$filter=x", "a#b&$top=1", "ä", "a:b"]
)
async def test_hostile_words_are_only_searched_for(read_only: Sandbox, query: str):
    found = await read_only.call(graph_search_people, query=query)

    assert [] == found.items


async def test_the_manager_and_the_reports_of_the_user_are_known(read_only: Sandbox):
    org = await read_only.call(graph_get_org, user="ben")

    assert ("Ben Osei", "Hugo Meier") == (org.person.display_name, org.manager.display_name)
    assert {"Ana Duarte", "Dmitri Volkov"} == {each.display_name for each in org.reports.items}
    assert org.reports.complete


async def test_who_reports_to_nobody_has_no_manager(read_only: Sandbox):
    org = await read_only.call(graph_get_org, person="hugo.meier@larkspur.example")

    assert ("Hugo Meier", None) == (org.person.display_name, org.manager)


async def test_anybody_is_found_by_id_too(read_only: Sandbox):
    org = await read_only.call(graph_get_org, person=organisation().user("ana").object_id)

    assert ("Ana Duarte", "Ben Osei", []) == (
        org.person.display_name,
        org.manager.display_name,
        org.reports.items,
    )


async def test_pages_of_reports_joined_are_all_of_them(read_only: Sandbox):
    found: list[Colleague] = []
    cursor = None
    while True:
        org = await read_only.call(
            graph_get_org, person="hugo.meier@larkspur.example", limit=2, cursor=cursor
        )
        found += org.reports.items
        cursor = org.reports.next_cursor
        if org.reports.complete:
            break

    expected = {user.object_id for user in organisation().users if user.manager == "hugo"}
    assert expected == {each.id for each in found}
    assert len(found) == len(expected) > 2


async def test_groups_have_names_where_they_may_be_seen(read_only: Sandbox):
    groups = await read_only.call(graph_list_my_groups)

    assert ({"Engineering", "MCP users"}, 0) == (
        {group.display_name for group in groups.items},
        groups.hidden,
    )


async def test_groups_have_only_ids_where_their_names_may_not_be_seen(read_only: Sandbox):
    groups = await read_only.call(graph_list_my_groups, user="eva")

    assert (["3ebf5071-92a3-4c4d-9e6f-708192031425"], [None], 1) == (
        [group.id for group in groups.items],
        [group.display_name for group in groups.items],
        groups.hidden,
    )


async def test_pages_of_groups_and_people_joined_are_whole(read_only: Sandbox):
    first = await read_only.call(graph_list_my_groups, limit=1)
    second = await read_only.call(graph_list_my_groups, limit=1, cursor=first.next_cursor)
    everybody, cursor = [], None
    while True:
        page = await read_only.call(graph_search_people, query="h", limit=1, cursor=cursor)
        everybody += page.items
        cursor = page.next_cursor
        if page.complete:
            break

    assert (False, True) == (first.complete, second.complete)
    assert 2 == len({first.items[0].id, second.items[0].id})
    assert ["Farid Haddad", "Hugo Meier"] == [each.display_name for each in everybody]


@pytest.mark.parametrize("person", ["nobody@larkspur.example", "a?b", "a#b", "it's", "a/manager"])
async def test_a_person_who_is_none_is_not_found(read_only: Sandbox, person: str):
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_get_org, person=person)

    assert ("not_found", "Request_ResourceNotFound") == (
        refused.value.code,
        refused.value.details["graph_error"],
    )


async def test_a_person_whose_name_climbs_is_refused_before_anything_is_sent(read_only: Sandbox):
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_get_org, person="../me")

    assert "invalid_argument" == refused.value.code


async def test_a_forged_cursor_is_refused(read_only: Sandbox):
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_get_org, cursor="forged")

    assert "invalid_argument" == refused.value.code
    assert refused.value.message.startswith("cursor: ")


@pytest.mark.parametrize("query", ["Tomasz", "wojcik", "cachewell", "TOMASZ@post.example"])
async def test_own_contacts_are_found_by_name_company_and_whole_address(read_only: Sandbox, query: str):
    found = await read_only.call(graph_search_people, query=query, contacts=True)

    (tomasz,) = found.items
    assert ("Tomasz Wojcik", "Cachewell", "+48 600 555 201") == (
        tomasz.display_name,
        tomasz.company_name,
        tomasz.mobile_phone,
    )
    assert ["tomasz.wojcik@cachewell.example", "tomasz@post.example"] == tomasz.addresses
    assert (True, []) == (found.complete, found.gaps)
    assert "Contacts in folders other than the main one are not searched." == found.note


async def test_own_contacts_are_the_users_own_and_no_colleagues(read_only: Sandbox):
    colleague = await read_only.call(graph_search_people, query="ben", contacts=True)
    of_another = await read_only.call(graph_search_people, user="hugo", query="tomasz", contacts=True)
    quoted = await read_only.call(graph_search_people, query="Sinead O'B", contacts=True)

    assert [] == colleague.items == of_another.items
    assert ["Sinead O'Brien"] == [each.display_name for each in quoted.items]


async def test_only_who_searches_contacts_needs_consent_to_read_them(read_only: Sandbox):
    directory = await read_only.call(graph_search_people, user="chiara", query="ben")
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_search_people, user="chiara", query="niamh", contacts=True)

    assert ["Ben Osei"] == [each.display_name for each in directory.items]
    assert "consent_required" == refused.value.code


async def test_addresses_of_contacts_are_said_to_be_compared_as_a_whole(read_only: Sandbox) -> None:
    found = await read_only.call(graph_search_people, query="sinead.obrien@", contacts=True)

    assert ([], True) == (found.items, found.note.endswith("Addresses of contacts are compared as a whole."))
