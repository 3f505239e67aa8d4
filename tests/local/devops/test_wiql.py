from __future__ import annotations

import pytest

from local.devops.errors import RefusalError
from local.devops.wiql import Condition, Group, Macro, Negation, parse


def where(conditions):
    return parse(f"SELECT [System.Id] FROM WorkItems WHERE {conditions}").where


def shape(expression):
    """An expression as nested tuples, fields by their short names."""
    match expression:
        case Condition(field, operator, values):
            return (field.ref.rpartition(".")[2], operator, *values)
        case Negation(of):
            return ("not", shape(of))
        case Group(all_of, members):
            return ("and" if all_of else "or", *map(shape, members))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[System.State] = 'Active'", ("State", "=", "Active")),
        ("[State] <> \"Active\"", ("State", "<>", "Active")),
        ("System.Title CONTAINS 'O''Brien'", ("Title", "contains", "O'Brien")),
        ("[Title] NOT CONTAINS WORDS 'cache'", ("not", ("Title", "contains words", "cache"))),
        ("[System.State] IN ('New', 'Active')", ("State", "in", "New", "Active")),
        ("[System.State] NOT IN ('Closed')", ("not", ("State", "in", "Closed"))),
        ("[System.AreaPath] UNDER 'Booking'", ("AreaPath", "under", "Booking")),
        ("[System.AssignedTo] EVER @Me", ("AssignedTo", "ever", Macro("@me"))),
        ("[System.State] WAS EVER 'New'", ("State", "ever", "New")),
        ("[System.Tags] IS NOT EMPTY", ("not", ("Tags", "is empty"))),
        ("[System.ChangedDate] >= @Today - 7", ("ChangedDate", ">=", Macro("@today", -7))),
        ("[System.ChangedDate] < @today+1", ("ChangedDate", "<", Macro("@today", 1))),
        ("[Iteration Path] = @CurrentIteration('[Booking]\\Platform') - 1",
         ("IterationPath", "=", Macro("@currentiteration", -1, "[Booking]\\Platform"))),
        ("[Story Points] > 2.5 AND [Priority] < -1",
         ("and", ("StoryPoints", ">", 2.5), ("Priority", "<", -1))),
        ("[State] = 'A' OR [State] = 'B' AND NOT ([State] = 'C')",
         ("or", ("State", "=", "A"), ("and", ("State", "=", "B"), ("not", ("State", "=", "C"))))),
        ("([State] = 'A' OR [State] = 'B') AND [Id] = 1",
         ("and", ("or", ("State", "=", "A"), ("State", "=", "B")), ("Id", "=", 1))),
    ],
)  # fmt: skip
def test_conditions_mean_what_they_say(text, expected):
    assert expected == shape(where(text))


def test_columns_order_and_mode_are_read():
    query = parse(
        "select [System.Id], Title from WorkItemLinks"
        " order by [Source].[System.Id], [Priority] desc mode (MayContain)"
    )

    assert ["System.Id", "System.Title"] == [field.ref for field in query.columns]
    assert [("System.Id", False), ("Microsoft.VSTS.Common.Priority", True)] == [
        (field.ref, down) for field, down in query.order
    ]
    assert "maycontain" == query.mode


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SELECT [System.Colour] FROM WorkItems", "TF51005"),
        ("SELECT [System.Id] FROM WorkItems WHERE [Mood] = 'good'", "TF51005"),
        ("SELECT [System.Id] FROM Tickets", "TF51006"),
        ("SELECT [System.Id]", "TF51006"),
        ("SELECT FROM WorkItems", "TF51005"),
        ("DELETE FROM WorkItems", "TF51006"),
        ("SELECT [System.Id] FROM WorkItems WHERE", "TF51006"),
        ("SELECT [System.Id] FROM WorkItems WHERE [State] = 'it's'", "TF51006"),
        ("SELECT [System.Id] FROM WorkItems WHERE ([State] = 'New'", "TF51006"),
        ("SELECT [System.Id] FROM WorkItems WHERE [State] LIKE 'N%'", "TF51006"),
        ("SELECT [System.Id] FROM WorkItems WHERE [Id] = @Today - x", "TF51006"),
        ("SELECT [System.Id] FROM WorkItems ORDER [Id]", "TF51006"),
        ("SELECT [System.Id] FROM WorkItems; DROP", "TF51006"),
        ("SELECT [System.Id] FROM WorkItemLinks MODE (Sideways)", "TF51006"),
        ("SELECT [System.Id] FROM WorkItems ASOF", "TF51006"),
        ("SELECT [System.Id] FROM WorkItems WHERE [Title] = '" + "x" * 32_000 + "'", "TF51000"),
    ],
)
def test_what_is_not_wiql_is_refused(text, code):
    with pytest.raises(RefusalError) as refused:
        parse(text)

    assert (400, code) == (refused.value.status, refused.value.body["message"].partition(":")[0])
