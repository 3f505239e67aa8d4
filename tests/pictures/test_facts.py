"""What architecture and token path say is what code and infrastructure decide."""

from __future__ import annotations

import pytest

from shared.settings import Settings
from tests.infra.infrastructure import SCENARIOS
from tests.pictures import architecture, token_path
from tests.pictures.descriptions import HERE
from tests.pictures.facts import deployed, facts

DESCRIPTIONS = "".join((HERE / name).read_text() for name in ("architecture.toml", "token_path.toml"))


def types(*, optional: bool) -> set[str]:
    given = architecture.description()
    return {
        type_
        for each in [*given["box"], *given["group"]]
        if each.get("optional", False) == optional
        for type_ in each.get("deploys", [])
    }


def deployed_types(scenario: str) -> set[str]:
    return {each.type for each in deployed(scenario).resources if each.deployed and not each.existing}


def test_every_type_of_resource_has_its_box() -> None:
    assert types(optional=False) == deployed_types("as it comes")


def test_what_can_be_asked_for_is_in_the_box_that_says_so() -> None:
    everything = set[str]().union(*map(deployed_types, SCENARIOS))

    assert types(optional=True) == everything - deployed_types("as it comes")


@pytest.mark.parametrize("name", facts())
def test_every_fact_is_in_a_picture(name: str) -> None:
    assert f"{{{name}}}" in DESCRIPTIONS


def test_a_fact_there_is_not_is_an_error() -> None:
    without = {name: fact for name, fact in facts().items() if name != "assertion_audience"}

    with pytest.raises(KeyError, match="assertion_audience"):
        token_path.read("token_path.toml", without)


def test_the_assertion_has_the_audience_that_the_credential_trusts() -> None:
    (trust,) = (
        each
        for each in deployed().resources
        if each.type == "Microsoft.Graph/applications/federatedIdentityCredentials" and each.deployed
    )

    assert [facts()["assertion_audience"]] == trust.body["audiences"]
    assert Settings.model_fields["token_exchange_audience"].default == facts()["assertion_audience"]


def test_clients_ask_for_the_scope_that_the_app_requires() -> None:
    assert facts()["scope"] == deployed().value_of("scopeName")


@pytest.mark.parametrize("name", ["scope", "assertion_audience", "graph_audience", "devops_audience"])
def test_the_token_path_shows_scope_and_audiences(name: str) -> None:
    written = " ".join(text.words for text in token_path.draw().texts)

    assert facts()[name] in written
