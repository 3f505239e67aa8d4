"""API Management in front: it asks for a token too, counts by user, and lets results stream."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree

from tests.infra.bicep.deployment import TENANT, Deployment
from tests.infra.bicep.values import Resource
from tests.infra.infrastructure import Infrastructure
from tests.infra.rules.authentication import app_settings
from tests.infra.rules.storage import differences

_POLICIES = "Microsoft.ApiManagement/service/apis/policies"
_ENDPOINT = "/runtime/webhooks/mcp"
_NAMED_VALUE = re.compile(r"\{\{([\w-]+)\}\}")


def policies_are_xml_whose_named_values_are_there(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, policy in infrastructure.deployed(_POLICIES):
        named = {
            each.name
            for each in deployment.resources
            if each.type == "Microsoft.ApiManagement/service/namedValues" and each.deployed
        }
        document = policy.property("properties.value")
        for name in set(_NAMED_VALUE.findall(document)) - named:
            yield f"{policy.place}: the named value {name} is not there"
        try:
            ElementTree.fromstring(document)
        except ElementTree.ParseError as error:
            yield f"{policy.place}: is not XML: {error}"


def the_gateway_lets_in_whom_the_app_lets_in(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, document in _mcp_policies(infrastructure):
        clients = {str(each.text) for each in document.iterfind(".//application-id")}
        if clients != set(str(app_settings(deployment)["ALLOWED_CLIENT_IDS"]).split(",")):
            yield f"gateway: lets the clients {clients} in"
        if document.find("inbound/validate-azure-ad-token") is None:
            yield "gateway: does not validate tokens"


def the_gateway_counts_by_user_and_buffers_nothing(infrastructure: Infrastructure) -> Iterator[str]:
    for _, document in _mcp_policies(infrastructure):
        limit = document.find("inbound/rate-limit-by-key")
        if limit is None or '"oid"' not in limit.attrib["counter-key"]:
            yield "gateway: does not count by the user's object id"
        forward = document.find("backend/forward-request")
        if forward is None or forward.attrib.get("buffer-response") != "false":
            yield "gateway: buffers responses"
        if "Response.Body" in ElementTree.tostring(document, encoding="unicode"):
            yield "gateway: reads bodies, which buffers them"


def the_gateway_is_deployed_exactly_when_asked_for(infrastructure: Infrastructure) -> Iterator[str]:
    for name, deployment in infrastructure.deployments.items():
        there = any(
            each.type == "Microsoft.ApiManagement/service" and each.deployed for each in deployment.resources
        )
        if there != deployment.value_of("enableGateway"):
            yield f"with {name}: a gateway is deployed or not, against enableGateway"
        if there and not str(deployment.outputs["GATEWAY_URL"]):
            yield f"with {name}: GATEWAY_URL is empty"


def the_gateway_uses_tls_alone(infrastructure: Infrastructure) -> Iterator[str]:
    for _, api in infrastructure.deployed("Microsoft.ApiManagement/service/apis"):
        if api.type == "Microsoft.ApiManagement/service/apis":
            if api.property("properties.protocols") != ["https"]:
                yield f"{api.place}: protocols are {api.property('properties.protocols')}"
            backend = api.property("properties.serviceUrl")
            if backend is not None and not str(backend).startswith("https://"):
                yield f"{api.place}: serviceUrl is {backend}"


def the_gateway_asks_for_tokens_not_for_keys_of_its_own(infrastructure: Infrastructure) -> Iterator[str]:
    for _, api in infrastructure.deployed("Microsoft.ApiManagement/service/apis"):
        if api.type == "Microsoft.ApiManagement/service/apis":
            yield from differences(api, {"properties.subscriptionRequired": False})


def named_values_hold_something(infrastructure: Infrastructure) -> Iterator[str]:
    for _, value in infrastructure.deployed("Microsoft.ApiManagement/service/namedValues"):
        if not value.property("properties.value"):
            yield f"{value.place}: {value.name} is empty"


def the_gateway_answers_where_clients_ask(infrastructure: Infrastructure) -> Iterator[str]:
    """At the path of the MCP endpoint, and RFC 9728, section 3.1, for its metadata."""
    well_known = "/.well-known/oauth-protected-resource"
    expected = {
        *((method, _ENDPOINT) for method in ("POST", "GET", "DELETE")),
        *(("GET", path) for path in (well_known, f"{well_known}{_ENDPOINT}")),
    }
    for name, deployment in infrastructure.deployments.items():
        apis = {
            str(each.id): str(each.property("properties.path")).strip("/")
            for each in deployment.resources
            if not each.existing
        }
        found = {
            (each.property("properties.method"), _path(apis, each))
            for each in deployment.resources
            if each.type == "Microsoft.ApiManagement/service/apis/operations" and each.deployed
        }
        if found != (expected | _of_the_proxy(deployment) if deployment.value_of("enableGateway") else set()):
            yield f"with {name}: the gateway answers {sorted(found, key=str)}"


def the_gateway_names_itself_where_the_proxy_is_behind_it(infrastructure: Infrastructure) -> Iterator[str]:
    """RFC 9728: `authorization_servers` of its metadata; else Entra, as at the app's own address."""
    for deployment, value in infrastructure.deployed("Microsoft.ApiManagement/service/namedValues"):
        if value.name == "issuer":
            behind = deployment.value_of("signInProxy") in ("metadata", "gateway")
            expected = "properties.gatewayUrl" if behind else f"/{TENANT}/v2.0"
            if expected not in str(value.property("properties.value")):
                yield f"{value.place}: the authorization server is {value.property('properties.value')}"


def the_gateway_counts_who_signs_in_by_address(infrastructure: Infrastructure) -> Iterator[str]:
    """Nobody has a token there yet; without a limit anybody could fill the proxy's table."""
    for _, policy in infrastructure.deployed(_POLICIES):
        if policy.place.startswith("modules/gateway-sign-in.bicep"):
            document = ElementTree.fromstring(policy.property("properties.value"))
            limit = document.find("inbound/rate-limit-by-key")
            if limit is None or "context.Request.IpAddress" not in limit.attrib["counter-key"]:
                yield f"{policy.place}: does not count by address"


def _of_the_proxy(deployment: Deployment) -> set[tuple[str, str]]:
    """The endpoints of the sign-in proxy, and where browsers ask first (CORS)."""
    proxy = deployment.value_of("signInProxy")
    if proxy not in ("metadata", "gateway"):
        return set()
    found = {(method, "/.well-known/oauth-authorization-server") for method in ("GET", "OPTIONS")}
    if proxy == "gateway":
        found |= {("GET", f"/oauth/{name}") for name in ("authorize", "callback")}
        found |= {("POST", f"/oauth/{name}") for name in ("consent", "register", "revoke", "token")}
        found |= {("OPTIONS", f"/oauth/{name}") for name in ("register", "token")}
    return found


def _path(apis: Mapping[str, str], operation: Resource) -> str:
    """The whole path of an operation: that of its API first, which may be none."""
    path = apis[str(operation.id).partition("/operations/")[0]]
    template = str(operation.property("properties.urlTemplate"))
    return f"/{path}{template}" if path else template


def _mcp_policies(infrastructure: Infrastructure) -> Iterator[tuple[Deployment, ElementTree.Element]]:
    """The policy of the API that is the MCP endpoint, as the document it is."""
    for deployment, policy in infrastructure.deployed(_POLICIES):
        if "forward-request" in policy.property("properties.value"):
            yield deployment, ElementTree.fromstring(policy.property("properties.value"))
