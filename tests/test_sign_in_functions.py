"""The functions of the sign-in proxy as the host imports them: there when switched on, else nothing."""

import pytest

from tests.shared.sign_in.conftest import SIGN_IN
from tests.test_function_app import Imported

METADATA = {
    "oauth_protected_resource": ".well-known/oauth-protected-resource",
    "oauth_protected_resource_mcp": ".well-known/oauth-protected-resource/runtime/webhooks/mcp",
    "oauth_authorization_server": ".well-known/oauth-authorization-server",
}
PROXY = {
    **METADATA,
    "oauth_authorize": "oauth/authorize",
    "oauth_consent": "oauth/consent",
    "oauth_callback": "oauth/callback",
    "oauth_token": "oauth/token",
    "oauth_revoke": "oauth/revoke",
}
REGISTER = {"oauth_register": "oauth/register"}


def routes(imported: Imported) -> dict[str, str]:
    triggers = imported.told["triggers"]
    return {name: each["route"] for name, each in triggers.items() if each["type"] == "httpTrigger"}


@pytest.mark.parametrize(
    ("changes", "served"),
    [
        ({"SIGN_IN_PROXY": ""}, {}),
        ({"SIGN_IN_PROXY": "metadata"}, METADATA),
        ({"SIGN_IN_PROXY": "app", "SIGN_IN_REGISTRATION": ""}, PROXY),
        ({"SIGN_IN_PROXY": "gateway"}, PROXY | REGISTER),
    ],
    ids=["off", "metadata", "app", "gateway"],
)
def test_each_form_declares_its_functions(changes: dict[str, str], served: dict[str, str]) -> None:
    imported = Imported({**SIGN_IN, **changes})
    loaded = [name for name in imported.told["loaded"]["ours"] if "sign_in" in name]

    assert {"health": "api/health", **served} == routes(imported)
    assert 200 == imported.told["health"][0]
    # What a request needs is loaded by the first one.
    expected = ["shared.settings.sign_in_settings", "shared.sign_in", "shared.sign_in.routes"]
    assert (expected if served else []) == loaded
    assert not {"cryptography", "msal", "httpx", "jwt"} & set(imported.told["loaded"]["others"])


def test_the_functions_are_open_and_take_what_they_need() -> None:
    triggers = Imported(SIGN_IN).told["triggers"]
    methods = {
        name: {str(method).upper().rpartition(".")[2] for method in each["methods"]}
        for name, each in triggers.items()
        if name.startswith("oauth_")
    }

    assert {"anonymous"} == {each["authLevel"].lower() for name, each in triggers.items() if name in methods}
    assert {"GET"} == methods["oauth_authorize"] == methods["oauth_callback"]
    assert {"POST"} == methods["oauth_consent"] == methods["oauth_revoke"]
    assert {"POST", "OPTIONS"} == methods["oauth_token"] == methods["oauth_register"]
    assert {"GET", "OPTIONS"} == methods["oauth_authorization_server"]


@pytest.mark.parametrize("name", ["SIGN_IN_ORIGIN", "SIGN_IN_CLIENT_ID", "SIGN_IN_TABLE_URL"])
def test_with_a_setting_missing_nothing_of_it_is_served_and_health_is_unavailable(name: str) -> None:
    imported = Imported({**SIGN_IN, name: ""})

    assert {"health": "api/health"} == routes(imported)
    assert 503 == imported.told["health"][0]
    assert imported.log.startswith(f"{name} is missing. ")
