"""The gateway's policies, as the deployment would send them."""

import re
from xml.etree.ElementTree import Element, fromstring

import pytest

from tests.infra.bicep.values import Resource
from tests.infra.infrastructure import FOLDER, SCENARIOS, Infrastructure

METADATA = "/.well-known/oauth-protected-resource"
ENDPOINT = "/runtime/webhooks/mcp"


@pytest.fixture(scope="module")
def gateway() -> list[Resource]:
    deployment = Infrastructure(FOLDER).deploy(SCENARIOS["everything"])
    return [each for each in deployment.resources if each.place.startswith("modules/gateway.bicep")]


@pytest.fixture(scope="module")
def mcp(gateway: list[Resource]) -> Element:
    return policy(gateway, "mcpPolicies")


def policy(gateway: list[Resource], symbol: str) -> Element:
    """A policy document; the comments in it are not kept."""
    (found,) = [each for each in gateway if each.symbol == symbol]

    assert found.property("properties.format") == "xml"
    # Of our own file, so nothing in it is hostile.
    return fromstring(found.property("properties.value"))


def section(document: Element, name: str) -> Element:
    found = document.find(name)

    assert found is not None
    return found


def test_every_name_a_policy_uses_has_a_value(gateway: list[Resource]) -> None:
    named = {each.name for each in gateway if each.type.endswith("/namedValues")}
    texts = [each.property("properties.value") for each in gateway if each.type.endswith("/policies")]
    used = {name for text in texts for name in re.findall(r"\{\{([\w-]+)\}\}", text)}

    assert named == used


def test_policies_wait_for_the_values_they_use(gateway: list[Resource]) -> None:
    policies = [each for each in gateway if each.type.endswith("/policies")]

    assert [{"namedValues", "gatewayUrl"}, {"namedValues", "gatewayUrl", "issuer"}] == [
        set(each.waits_for) for each in policies
    ]


def test_users_are_known_before_their_calls_are_counted(mcp: Element) -> None:
    steps = [step.tag for step in section(mcp, "inbound")]

    assert steps == [
        "base",
        "cors",
        "validate-azure-ad-token",
        "rate-limit-by-key",
        "set-header",
        "set-header",
    ]


def test_calls_are_counted_by_the_object_id_of_the_token_that_was_checked(mcp: Element) -> None:
    check = section(mcp, "inbound/validate-azure-ad-token")
    limit = section(mcp, "inbound/rate-limit-by-key")

    assert check.get("output-token-variable-name") == "token"
    assert 'context.Variables["token"]).Claims.GetValueOrDefault("oid"' in limit.get("counter-key", "")


def test_the_clients_let_in_are_those_of_the_app(gateway: list[Resource], mcp: Element) -> None:
    deployment = Infrastructure(FOLDER).deploy(SCENARIOS["everything"])
    (settings,) = [each for each in deployment.resources if each.place == "modules/app.bicep settings"]
    let_in = mcp.findall("inbound/validate-azure-ad-token/client-application-ids/application-id")

    assert settings.property("properties.ALLOWED_CLIENT_IDS").split(",") == [each.text for each in let_in]


def test_results_are_not_held_back(mcp: Element) -> None:
    forward = section(mcp, "backend/forward-request")
    text = (FOLDER / "modules" / "gateway-mcp.xml").read_text()

    assert forward.get("buffer-response") == "false"
    assert [step.tag for step in section(mcp, "backend")] == ["forward-request"]
    assert "Response.Body" not in text


def test_both_refusals_carry_the_challenge_of_the_gateway(mcp: Element) -> None:
    path = "set-header[@name='WWW-Authenticate']/value"
    of_app = section(mcp, f"outbound/choose/when/{path}").text
    of_gateway = section(mcp, f"on-error/choose/when/return-response/{path}").text

    assert of_app == of_gateway
    assert f'resource_metadata="{{{{gateway-url}}}}{METADATA}{ENDPOINT}"' in str(of_gateway)
    assert 'scope="{{scope}}"' in str(of_gateway)


def test_the_metadata_is_there_for_the_endpoint_and_for_the_host(gateway: list[Resource]) -> None:
    paths = {
        each.property("properties.urlTemplate") for each in gateway if each.symbol == "metadataOperations"
    }
    (api,) = [each for each in gateway if each.symbol == "metadata"]
    document = policy(gateway, "metadataPolicies")
    body = section(document, "inbound/choose/otherwise/return-response/set-body").text or ""

    assert {METADATA, METADATA + ENDPOINT} == paths
    assert api.property("properties.path") == ""
    # What is left of the path asked for is the resource.
    assert f'context.Request.OriginalUrl.Path.Replace("{METADATA}", "")' in body
    assert set(re.findall(r'JProperty\("(\w+)"', body)) == {
        "resource",
        "authorization_servers",
        "scopes_supported",
    }


def test_the_metadata_of_the_authorization_server_are_the_apps(gateway: list[Resource]) -> None:
    passed_on = section(policy(gateway, "metadataPolicies"), "inbound/choose/when")

    assert 'OriginalUrl.Path == "/.well-known/oauth-authorization-server")' in passed_on.get("condition", "")
    assert [("set-backend-service", "https://{{app-host}}")] == [
        (step.tag, step.get("base-url")) for step in passed_on
    ]


def test_pages_that_may_call_are_answered_before_a_token_is_asked_for(mcp: Element) -> None:
    """The question of a browser (CORS) never carries one; and a page sees the challenge."""
    cors = section(mcp, "inbound/cors")
    exposed = [each.text for each in cors.iterfind("expose-headers/header")]

    assert ["https://inspector.larkspur.example"] == [
        each.text for each in cors.iterfind("allowed-origins/origin")
    ]
    assert "false" == cors.get("allow-credentials")
    assert ["WWW-Authenticate", "Mcp-Session-Id"] == exposed


def test_without_origins_there_is_no_answer_to_pages() -> None:
    deployment = Infrastructure(FOLDER).deploy({**SCENARIOS["everything"], "corsOrigins": []})
    texts = [
        str(each.property("properties.value"))
        for each in deployment.resources
        if each.type.endswith("/apis/policies") and each.deployed
    ]

    assert 3 == len(texts)
    assert [] == [text for text in texts if "<cors" in text]


def test_neither_api_asks_for_a_subscription_key(gateway: list[Resource]) -> None:
    apis = [each for each in gateway if each.type.endswith("/apis")]

    assert [False, False] == [each.property("properties.subscriptionRequired") for each in apis]


def test_the_endpoint_of_the_gateway_has_the_path_of_the_app(gateway: list[Resource]) -> None:
    (api,) = [each for each in gateway if each.symbol == "mcp"]
    operations = [each for each in gateway if each.symbol == "mcpOperations"]

    assert {"POST", "GET", "DELETE"} == {each.property("properties.method") for each in operations}
    for operation in operations:
        assert f"/{api.property('properties.path')}{operation.property('properties.urlTemplate')}" == ENDPOINT
    assert api.property("properties.serviceUrl").endswith(f"/{api.property('properties.path')}")


def test_the_app_knows_that_it_stands_behind_the_gateway() -> None:
    infrastructure = Infrastructure(FOLDER)
    place = "properties.httpSettings.forwardProxy.convention"
    found = {
        enabled: [
            each.property(place)
            for each in infrastructure.deploy(
                {"enableGateway": enabled, "gatewayPublisherEmail": "ana@larkspur.example"}
            ).resources
            if each.place == "modules/app.bicep authentication"
        ]
        for enabled in (False, True)
    }

    assert {False: ["NoProxy"], True: ["Standard"]} == found
