"""Which reads some words find."""

from collections.abc import Sequence

import pytest

from shared.reads.offer import Offer
from shared.reads.ranking import rank, words_of
from shared.reads.read_index import Api, Read, read_index
from shared.settings.read_more import NAMED_ONLY, ORDINARY, ReadMore
from tests.journeys.public_questions import QUESTIONS, READ_MORE, Question

EVERYTHING = ";".join(f"{api}:{','.join(ORDINARY[api] | NAMED_ONLY[api])}" for api in ORDINARY)


def offered(api: Api) -> Sequence[Read]:
    """Every read of the areas in which people asked."""
    scopes = frozenset(scope for read in read_index(api).reads for scope in read.scopes)
    return Offer(ReadMore.parse(READ_MORE), scopes).reads(api)


@pytest.mark.parametrize(
    ("api", "words", "path"),
    [
        ("graph", "my mail folders", "/me/mailFolders"),
        ("graph", "categories of outlook", "/me/outlook/masterCategories"),
        ("graph", "attachments of an event", "/me/events/{event-id}/attachments"),
        ("graph", "sign-in logs", "/auditLogs/signIns"),
        ("graph", "licence details", "/me/licenseDetails"),
        ("graph", "owners of a group", "/groups/{group-id}/owners"),
        ("devops", "variable groups", "/{organization}/{project}/_apis/distributedtask/variablegroups"),
        ("devops", "agent pools", "/{organization}/_apis/distributedtask/pools"),
        ("devops", "branch policies", "/{organization}/{project}/_apis/policy/configurations"),
        ("devops", "tags of work items", "/{organization}/{project}/_apis/wit/tags"),
    ],
)
def test_what_people_ask_for_is_among_the_first(api: Api, words: str, path: str) -> None:
    assert path in [read.template for read in rank(api, words, read_index(api).reads)[:8]]


def test_words_of_a_question_that_say_nothing_find_nothing() -> None:
    assert [] == rank("graph", "show me all of the", read_index("graph").reads)
    assert [] == rank("graph", "zxcvbn", read_index("graph").reads)


def test_names_in_camel_case_and_plurals_are_words() -> None:
    assert ["message", "folder"] == words_of("mailFolders")
    assert ["policy", "team", "xml"] == words_of("policies Teams XML")


def test_words_written_as_one_are_those_they_are_made_of() -> None:
    known = frozenset({"work", "item", "test", "plan", "template"})

    assert ["work", "item"] == words_of("workitems", known)
    assert ["test", "plan"] == words_of("testplan", known)
    # Neither part of a word that is one itself, nor two letters at its end.
    assert ["template", "worked"] == words_of("templates worked", known)


@pytest.mark.parametrize(
    ("api", "words", "first", "later"),
    [
        ("graph", "shifts of a team", "/schedule/shifts", "/schedule/openShifts"),
        ("devops", "packages of a feed", "/packages/{packageId}", "/RecycleBin/Packages/{packageId}"),
        ("graph", "excel range by its address", "/range(address='{address}')", "/lastCell()"),
        ("graph", "sections of a notebook", "/notebooks/{notebook-id}/sections", "/sectionGroups"),
    ],
)
def test_a_path_that_says_and_ends_in_no_more_than_what_is_asked_for_comes_first(
    api: Api, words: str, first: str, later: str
) -> None:
    found = [read.template for read in rank(api, words, read_index(api).reads)]

    assert found[0].endswith(first)
    assert not found[0].endswith(later)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: each.thread)
def test_what_people_asked_in_public_is_among_the_first(question: Question) -> None:
    api: Api = "graph" if question.api == "graph" else "devops"
    found = [
        read.template.removeprefix("/{organization}") for read in rank(api, question.about, offered(api))
    ]

    assert question.template in found[:8]


def test_a_list_that_is_asked_for_counts_and_one_that_asks_does_not() -> None:
    columns = rank("graph", "columns of a list", read_index("graph").reads)[:8]

    assert "/sites/{site-id}/lists/{list-id}/columns" in [read.template for read in columns]
    assert [] == rank("graph", "list all", read_index("graph").reads)


def test_only_what_is_offered_is_ranked() -> None:
    offer = Offer(ReadMore.parse("graph:mail"), frozenset({"Mail.Read"}))

    found = rank("graph", "calendar events messages", offer.reads("graph"))

    assert found
    assert {"mail"} == {read.area for read in found}
