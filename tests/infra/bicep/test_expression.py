import pytest

from tests.infra.bicep.samples import GROUP, deployed

PARAMETERS = """
param names string[] = ['b', 'a']
param settings object = { size: 2, inner: { on: true } }
param writes bool = false
param size int = 3
"""


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'it\\'s \\${size} of ${size}\\n'", "it's ${size} of 3\n"),
        ("'''\nraw ${size}'''", "raw ${size}"),
        ("'${writes}'", "False"),
        ("[1, 'two', null]", [1, "two", None]),
        ("{ a: 1, 'b-c': size, '${names[0]}': 0 }", {"a": 1, "b-c": 3, "b": 0}),
        ("settings.inner.on ? 'on' : 'off'", "on"),
        ("writes ? settings : settings.inner.on", True),
        ("size == settings.size + 1 && !writes", True),
        ("writes || size > 2 && settings.inner.on", True),
        ("size - 1 * 2", 1),
        ("-size", -3),
        ("'A' =~ 'a'", True),
        ("settings.?missing ?? 'none'", "none"),
        ("settings.?inner.?on", True),
        ("names[?0]", "b"),
        ("names[?2]", None),
        ("map(names, name => '${name}!')", ["b!", "a!"]),
        ("filter(names, name => name == 'a' || writes)", ["a"]),
        ("filter(names, name => writes || settings.inner.on && contains(['a'], name))", ["a"]),
        ("[for (name, i) in names: '${i}${name}']", ["0b", "1a"]),
        ("items({ b: 1, a: 2 })", [{"key": "a", "value": 2}, {"key": "b", "value": 1}]),
        ("union({ a: { b: 1 } }, { a: { c: 2 } })", {"a": {"b": 1, "c": 2}}),
        ("union(['a', 'b'], ['b', 'c'])", ["a", "b", "c"]),
        ("flatten(map(names, name => [name, name]))", ["b", "b", "a", "a"]),
        ("toObject(names, name => name, name => length(name))", {"b": 1, "a": 1}),
        ("reduce([1, 2, 3], 0, (sum, next) => sum + next)", 6),
        ("sort(names, (a, b) => a == 'a')", ["a", "b"]),
        ("join(skip(split('a,b,c', ','), 1), '+')", "b+c"),
        ("replace(toUpper(trim(' ab ')), 'B', string(size))", "A3"),
        ("string({ a: [1] })", '{"a":[1]}'),
        ("json('{\"a\": 0.5}').a", 0.5),
        ("empty(names) ? 1 : length('four')", 4),
        ("format('{0}-{1}', 'a', 1)", "a-1"),
        ("resourceGroup().id", GROUP),
        ("endsWith(environment().authentication.loginEndpoint, '/')", True),
        ("guid('a', 'b') == guid('a', 'b') && guid('a') != guid('b')", True),
        ("length(uniqueString(subscription().id))", 13),
    ],
)
def test_an_expression_gives_its_value(expression, value, tmp_path):
    deployment = deployed(tmp_path, f"{PARAMETERS}var found = {expression}\n")

    assert value == deployment.value_of("found")
    assert [] == deployment.problems


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("missing", "missing is not declared"),
        ("settings.missing", "there is no missing"),
        ("names[2]", "list index out of range"),
        ("size ? 1 : 2", "3 stands where a bool is expected"),
        ("'a' > 1", "> takes no 'a', 1"),
        ("'${settings}'", "stands in a string"),
        ("{ a: 1, a: 2 }", "a is set twice"),
        ("toLower(size)", "cannot be evaluated"),
        ("unheardOf(size)", "unheardOf is not a function that belongs here"),
        ("loadTextContent('missing.txt')", "missing.txt is not there"),
    ],
)
def test_an_expression_that_cannot_be_right_says_where(expression, problem, tmp_path):
    deployment = deployed(tmp_path, f"{PARAMETERS}output found object = {expression}\n")

    assert deployment.problems[0].startswith("main.bicep")
    assert problem in deployment.problems[0]
