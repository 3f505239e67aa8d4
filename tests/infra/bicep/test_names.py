from tests.infra.bicep import modules, names
from tests.infra.bicep.samples import sources


def _names(tmp_path, bicep):
    return [*names.findings(sources(tmp_path, {"main.bicep": bicep})["main.bicep"])]


def test_names_that_are_declared_and_used_are_no_finding(tmp_path):
    bicep = """
param tools array
@description('for ${tools}')
var chosen = filter(tools, tool => tool.on && empty([for (each, i) in tools: each[i]]))
resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = { name: chosen[0].name }
output id string = storage.id
output other string = az.resourceGroup().id
"""

    assert [] == _names(tmp_path, bicep)


def test_names_that_are_unknown_unused_twice_or_hide_a_function_are_findings(tmp_path):
    bicep = """
param unused string
param twice string
var twice = missing.name
var map = twice
output local array = [for each in [1]: each]
output gone string = each
resource seen 'Microsoft.Storage/storageAccounts@2025-06-01' existing = { name: map }
"""

    assert [
        "main.bicep:4: twice is declared twice",
        "main.bicep:5: map hides the function of that name",
        "main.bicep:4: missing is not declared",
        "main.bicep:7: each is not declared",
        "main.bicep:2: unused is declared and not used",
        "main.bicep:8: seen is declared and not used",
    ] == _names(tmp_path, bicep)


def test_parameters_and_outputs_that_one_side_knows_alone_are_findings(tmp_path):
    main = """
module storage 'storage.bicep' = { params: { nmae: 'x', sku: 'y' } }
module gone 'gone.bicep' = {}
output id string = storage.outputs.ID
output name string = storage.outputs.name
"""
    storage = "param name string\nparam sku string\nparam size int = 1\noutput name string = name\n"
    files = {"main.bicep": main, "storage.bicep": storage, "forgotten.bicep": "param a int\n"}

    assert [
        "main.bicep:2: storage.bicep has no parameter nmae",
        "main.bicep:2: the parameter name of storage.bicep is missing",
        "main.bicep:4: storage.bicep has no output ID",
        "main.bicep:3: the module gone.bicep is not there",
        "forgotten.bicep: no file deploys it",
    ] == [*modules.findings(sources(tmp_path, files))]
