from datetime import datetime

import pytest

from local.graph.errors import GraphError
from local.graph.kql import Searchable, contains, parse_kql, plain_words

from .conftest import NOW

ITEM = Searchable(
    {
        "subject": "Build booking-api-ci 4711 failed - main",
        "body": "Error 111 connecting to redis-cache:6379. Connection refused.",
        "from": "Azure DevOps azuredevops@microsoft.com",
        "received": datetime.fromisoformat("2026-11-17T09:23:00+00:00"),
        "hasattachments": True,
        "size": 300,
    },
    ("subject", "body", "from"),
)


@pytest.mark.parametrize(
    "query",
    [
        "build",
        "BUILD 4711",
        "fail",
        '"connection refused"',
        "redis-cache:6379",
        "subject:booking",
        'subject:"failed - main"',
        "from:azuredevops",
        "received>=2026-11-17",
        "received:2026-11-17",
        "received:yesterday",
        "received<today",
        "received:2026-11-16..2026-11-18",
        "hasAttachments:true",
        "size>100",
        "build AND NOT green",
        "green OR red OR refused",
        "(green OR failed) main",
        "-green build",
        "redi*",
        "subject<>green",
    ],
)
def test_a_query_finds_what_it_describes(query: str):
    assert parse_kql(query, NOW)(ITEM)


@pytest.mark.parametrize(
    "query",
    [
        "green",
        "uild",
        '"refused connection"',
        "subject:refused",
        "from:ben",
        "received>2026-11-17",
        "received:today",
        "hasAttachments:false",
        "size<=100",
        "build NOT main",
        "-build",
        "green OR blue",
        "build AND green",
    ],
)
def test_a_query_passes_over_what_it_does_not_describe(query: str):
    assert not parse_kql(query, NOW)(ITEM)


@pytest.mark.parametrize(
    "query", ["", '"open', "(build", "build)", "AND", "build OR", "received:soon", "size:big", "x" * 3000]
)
def test_what_is_no_query_is_refused(query: str):
    with pytest.raises(GraphError) as refusal:
        parse_kql(query, NOW)(ITEM)

    assert 400 == refusal.value.status


def test_only_the_last_word_of_a_phrase_may_be_a_beginning():
    assert contains("the connection is refused", "connection is ref")
    assert not contains("the connection is refused", "conn is refused")


def test_the_plain_words_of_a_query_leave_out_properties_and_operators():
    assert ["budget", "q3", "review"] == plain_words('budget AND filetype:xlsx "Q3 review"')
