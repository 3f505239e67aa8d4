import pytest

from tests.infra.bicep.samples import sources


def test_declarations_are_read_with_all_that_belongs_to_them(tmp_path):
    bicep = """targetScope = 'subscription'
extension microsoftGraphV1 // only here
@description('A name.')
@minLength(3)
param name string
var upper = toUpper(name)
resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = if (true) {
  name: upper
  resource blobs 'blobServices' = { name: 'default' }
}
module more 'more.bicep' = [for each in [1]: { name: upper }]
output all string[] = [upper]
"""
    source = sources(tmp_path, {"main.bicep": bicep})["main.bicep"]

    assert [
        ("param", "name", 5, "string", ["description", "minLength"], False, None),
        ("var", "upper", 6, "", [], False, None),
        ("resource", "storage", 7, "Microsoft.Storage/storageAccounts@2025-06-01", [], True, None),
        ("resource", "blobs", 9, "blobServices", [], False, "storage"),
        ("module", "more", 11, "more.bicep", [], False, None),
        ("output", "all", 12, "string[]", [], False, None),
    ] == [
        (each.kind, each.name, each.line, each.type, [*each.decorators], each.existing, each.parent)
        for each in source.declarations
    ]
    assert ("subscription", ["microsoftGraphV1"], []) == (
        source.target_scope,
        source.extensions,
        source.problems,
    )


@pytest.mark.parametrize(
    ("bicep", "problem"),
    [
        ("var a = {\n", "main.bicep:1: is not Bicep"),
        ("var a = { ...b }\n", "main.bicep:1: is not Bicep"),
        ("var a = b\n  ? 1\n  : 2\n", "main.bicep:2: a ternary whose line begins with its `?`"),
        ("param a 'x' | 'y'\n", "main.bicep:1: an inline union type"),
        ("resource a 'T@1' = [for b in c: if (b) { name: b }]\n", "main.bicep:1: a loop with a condition"),
        ("var a = reduce(b, 0, (x, y) => x)\n", "main.bicep:1: a lambda with two arguments"),
    ],
)
def test_what_some_parser_does_not_take_is_a_problem(bicep, problem, tmp_path):
    source = sources(tmp_path, {"main.bicep": bicep})["main.bicep"]

    assert any(each.startswith(problem) for each in source.problems), source.problems
