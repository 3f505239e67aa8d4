import pytest

from tests.infra import type_check
from tests.infra.bicep.values import Resource, Runtime
from tests.infra.type_table import TypeTable


def _object(**properties):
    return {"$type": "ObjectType", "properties": properties}


def _property(index, flags=0):
    return {"type": {"$ref": f"#/{index}"}, "flags": flags}


ENTRIES = [
    {"$type": "ResourceType", "name": "Work/boxes@2025-01-01", "body": {"$ref": "#/1"}},
    _object(
        name=_property(2, 9),
        id=_property(3, 10),
        color=_property(4),
        mode=_property(7),
        size=_property(8, 1),
        open=_property(9),
        labels=_property(10),
        tags=_property(11),
        lid=_property(12),
    ),
    {"$type": "StringType", "minLength": 3, "maxLength": 5, "pattern": "^[a-z]+$"},
    {"$type": "StringType"},
    {"$type": "UnionType", "elements": [{"$ref": "#/5"}, {"$ref": "#/6"}]},
    {"$type": "StringLiteralType", "value": "red"},
    {"$type": "StringLiteralType", "value": "blue"},
    {"$type": "UnionType", "elements": [{"$ref": "#/5"}, {"$ref": "#/3"}]},
    {"$type": "IntegerType", "minValue": 1, "maxValue": 9},
    {"$type": "BooleanType"},
    {"$type": "ArrayType", "itemType": {"$ref": "#/3"}, "maxLength": 2},
    {"$type": "ObjectType", "properties": {}, "additionalProperties": {"$ref": "#/3"}},
    {
        "$type": "DiscriminatedObjectType",
        "discriminator": "kind",
        "baseProperties": {"kind": _property(3, 1)},
        "elements": {"hinged": {"$ref": "#/13"}, "loose": {"$ref": "#/14"}},
    },
    _object(angle=_property(8, 1)),
    _object(),
]
TABLE = TypeTable(ENTRIES)
RIGHT = {"name": "abc", "color": "red", "mode": "red", "size": 1, "open": True}


def _box(body, *, version="2025-01-01", type_="Work/boxes", existing=False):
    return Resource("main.bicep box", type_, version, existing, True, "", "", body, None)


def _findings(**body):
    given = {key: value for key, value in {**RIGHT, **body}.items() if value != "left out"}
    return [each.removeprefix("main.bicep box: ") for each in type_check.findings(_box(given), TABLE)]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"color": None, "open": None},
        {"labels": ["a", "b"], "tags": {"owner": "ana"}, "lid": {"kind": "loose"}},
        {"name": str(Runtime("somewhere")), "size": Runtime("somewhere")},
    ],
)
def test_what_the_table_allows_is_no_finding(body):
    assert [] == _findings(**body)


@pytest.mark.parametrize(
    ("body", "finding"),
    [
        ({"colour": "red"}, "colour is unknown"),
        ({"size": "left out"}, "size is missing"),
        ({"size": None}, "size is missing"),
        ({"id": "x"}, "id is read-only"),
        ({"size": "1"}, "size is '1', not integer"),
        ({"size": True}, "size is True, not integer"),
        ({"size": 10}, "size has the value 10, not 1..9"),
        ({"open": 1}, "open is 1, not boolean"),
        ({"color": "green"}, "color is 'green', not one of ['red', 'blue']"),
        ({"mode": "green"}, "mode is 'green', not one of ['red']"),
        ({"color": 1}, "color is 1, not a string"),
        ({"labels": "a"}, "labels is 'a', not array"),
        ({"labels": ["a", 1]}, "labels[1] is 1, not string"),
        ({"labels": ["a", "b", "c"]}, "labels has the length 3, not ..2"),
        ({"tags": {"owner": 1}}, "tags.owner is 1, not string"),
        ({"name": "ab"}, "name has the length 2, not 3..5"),
        ({"name": "ABC"}, "name is 'ABC', not as ^[a-z]+$"),
        ({"lid": {"kind": "glued"}}, "lid.kind is 'glued', not one of ['hinged', 'loose']"),
        ({"lid": {"kind": "hinged"}}, "lid.angle is missing"),
        ({"size": Runtime("elsewhere", TABLE.shape("Work/boxes", "2025-01-01"))}, "size is IntegerType, not"),
    ],
)
def test_what_the_table_does_not_allow_is_named(body, finding):
    found = _findings(**body)

    assert found
    assert found[0].startswith(finding)


@pytest.mark.parametrize(
    ("box", "finding"),
    [
        (_box(RIGHT, version="2024-01-01"), "unknown version 2024-01-01 of Work/boxes"),
        (_box(RIGHT, type_="Work/crates"), "unknown type of Work/crates"),
        (_box(RIGHT, type_="work/Boxes"), "the type is spelled Work/boxes@2025-01-01"),
        (_box({"name": "abc", "size": 1}, existing=True), "size is set on what is only referred to"),
    ],
)
def test_the_type_itself_is_checked(box, finding):
    assert [f"main.bicep box: {finding}"] == [*type_check.findings(box, TABLE)]
