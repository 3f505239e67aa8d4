from tests.infra.bicep.deployment import SUBSCRIPTION
from tests.infra.bicep.samples import GROUP, deployed
from tests.infra.bicep.values import Runtime

STORAGE = """
param name string
param isPrivate bool = false

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  properties: { publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled' }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: storage
  name: 'default'
}

resource log 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'changes'
  scope: blobs
  dependsOn: [storage]
}

output id string = storage.id
output blob string = storage.properties.primaryEndpoints.blob
output access string = storage.properties.publicNetworkAccess
"""
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/work"


def test_resources_have_the_ids_that_azure_gives_them(tmp_path):
    deployment = deployed(tmp_path, STORAGE, name="work")

    ids = [(each.symbol, each.id, each.waits_for) for each in deployment.resources]
    assert [
        ("storage", ACCOUNT, frozenset()),
        ("blobs", f"{ACCOUNT}/blobServices/default", frozenset()),
        (
            "log",
            f"{ACCOUNT}/blobServices/default/providers/Microsoft.Insights/diagnosticSettings/changes",
            frozenset({"storage"}),
        ),
    ] == ids


def test_what_is_written_is_known_and_the_rest_is_azures(tmp_path):
    deployment = deployed(tmp_path, STORAGE, name="work")

    assert {
        "id": ACCOUNT,
        "blob": Runtime(f"{ACCOUNT} properties.primaryEndpoints.blob"),
        "access": "Enabled",
    } == deployment.outputs


def test_a_module_gets_arguments_a_scope_and_gives_outputs(tmp_path):
    main = """
targetScope = 'subscription'
resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = { name: 'work' }
module storage 'modules/storage.bicep' = {
  scope: group
  params: { name: 'work', isPrivate: true }
}
output access string = storage.outputs.access
output id string = storage.outputs.id
"""
    files = {"main.bicep": main, "modules/storage.bicep": STORAGE}
    deployment = deployed(tmp_path, files)

    assert [] == deployment.problems
    assert {"access": "Disabled", "id": ACCOUNT.replace(GROUP, f"{GROUP}/resourceGroups/work")} == {
        **deployment.outputs
    }
    assert ["main.bicep", "modules/storage.bicep"] == [each.path for each in deployment.modules]


def test_a_loop_makes_a_resource_a_turn(tmp_path):
    bicep = """
resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for service in ['blob', 'queue']: { name: '${service}.example' }
]
output second string = zones[1].name
"""
    deployment = deployed(tmp_path, bicep)

    assert ["blob.example", "queue.example"] == [each.name for each in deployment.resources]
    assert {"second": "queue.example"} == deployment.outputs


def test_reading_what_is_not_deployed_is_a_problem_of_what_is_deployed_alone(tmp_path):
    main = """
param networked bool
module storage 'storage.bicep' = if (networked) { params: { name: 'work' } }
module other 'storage.bicep' = if (networked) { params: { name: storage!.outputs.access } }
output right string = networked ? storage!.outputs.id : ''
output wrong string = storage!.outputs.id
"""
    files = {"main.bicep": main, "storage.bicep": STORAGE}

    assert [] == deployed(tmp_path, files, networked=True).problems
    assert "'storage!.outputs' is read, but storage.bicep is not deployed" in " ".join(
        deployed(tmp_path, files, networked=False).problems
    )
    assert [False] * 6 == [each.deployed for each in deployed(tmp_path, files, networked=False).resources]


def test_arguments_are_held_against_their_types_and_limits(tmp_path):
    bicep = """
@allowed(['a', 'b'])
param letter string
@minValue(1)
@maxValue(9)
param digit int
@minLength(2)
param ids string[]
param on bool = 'yes'
param needed string
output all array = [letter, digit, ids, on, needed]
"""
    deployment = deployed(tmp_path, bicep, letter="c", digit=10, ids=["x"])

    assert [
        "main.bicep:3: letter is 'c', against its @allowed(['a', 'b'])",
        "main.bicep:6: digit is 10, against its @maxValue(9)",
        "main.bicep:8: ids is ['x'], against its @minLength(2)",
        "main.bicep:9: on is 'yes', which is no bool",
        "main.bicep:10: needed is given nothing",
    ] == deployment.problems[:5]


def test_a_grant_keeps_its_scope_which_is_a_text(tmp_path):
    bicep = """
resource grant 'Microsoft.Graph/oauth2PermissionGrants@v1.0' = {
  clientId: 'a'
  scope: 'User.Read Mail.Read'
}
"""
    grant = deployed(tmp_path, bicep).resources[0]

    assert ("User.Read Mail.Read", GROUP) == (grant.property("scope"), grant.scope)


def test_the_subscription_is_the_scope_of_its_own_files(tmp_path):
    bicep = "output role string = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'x')\n"

    assert {"role": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/x"} == deployed(
        tmp_path, bicep
    ).outputs
