"""The cloud, the policy and the rate of calls, as app settings say them."""

import json

import pytest

from shared.errors import SettingsError
from shared.server import rate_limit
from shared.settings import Settings
from shared.settings.rate import Rate
from shared.settings.requirement import Requirement
from shared.tools import offered
from tests.shared.issuer import ENVIRON

GROUP = "11111111-0000-4000-8000-00000000000e"
PLACES = ("authority_host", "graph_endpoint", "graph_resource", "token_exchange_audience")


def settings(**environ: str) -> Settings:
    return Settings.from_environ({**ENVIRON, **environ})


def problem(**environ: str) -> str:
    """The one line that says what is wrong with these settings."""
    with pytest.raises(SettingsError) as raised:
        offered(settings(**environ))
    (line,) = str(raised.value).splitlines()
    return line


@pytest.mark.parametrize(
    ("cloud", "expected"),
    [
        (
            "public",
            (
                "https://login.microsoftonline.com",
                "https://graph.microsoft.com",
                "https://graph.microsoft.com",
                "api://AzureADTokenExchange",
            ),
        ),
        (
            "usgov",
            (
                "https://login.microsoftonline.us",
                "https://graph.microsoft.us",
                "https://graph.microsoft.us",
                "api://AzureADTokenExchangeUSGov",
            ),
        ),
        (
            " China ",
            (
                "https://login.partner.microsoftonline.cn",
                "https://microsoftgraph.chinacloudapi.cn",
                "https://microsoftgraph.chinacloudapi.cn",
                "api://AzureADTokenExchangeChina",
            ),
        ),
    ],
)
def test_one_setting_names_the_places_of_a_cloud(cloud: str, expected: tuple[str, ...]) -> None:
    made = settings(AZURE_CLOUD=cloud)

    assert expected == tuple(getattr(made, place) for place in PLACES)
    assert made.instance_discovery


@pytest.mark.parametrize("cloud", ["public", "usgov", "china"])
def test_azure_devops_is_in_the_public_cloud_whatever_the_cloud(cloud: str) -> None:
    made = settings(AZURE_CLOUD=cloud)

    assert "https://dev.azure.com" == made.devops_endpoint
    assert "https://app.vssps.visualstudio.com" == made.devops_profile_endpoint
    assert "https://almsearch.dev.azure.com" == made.devops_search_endpoint


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("AZURE_AUTHORITY_HOST", "authority_host", "https://login.example.us"),
        ("GRAPH_ENDPOINT", "graph_endpoint", "https://dod-graph.microsoft.us"),
        ("GRAPH_RESOURCE", "graph_resource", "https://dod-graph.microsoft.us"),
        ("TOKEN_EXCHANGE_AUDIENCE", "token_exchange_audience", "api://AzureADTokenExchangeUSNat"),
        ("DEVOPS_ENDPOINT", "devops_endpoint", "https://devops.example.us"),
    ],
)
def test_each_place_can_be_set_by_itself(name: str, field: str, value: str) -> None:
    usual = settings(AZURE_CLOUD="usgov")
    made = settings(AZURE_CLOUD="usgov", **{name: value})

    assert value == getattr(made, field)
    assert usual == made.model_copy(update={field: getattr(usual, field)})


def test_an_unknown_cloud_is_refused_in_one_line() -> None:
    line = problem(AZURE_CLOUD="azure-secret")

    assert line.startswith("AZURE_CLOUD is wrong: Input should be 'public', 'usgov' or 'china'")
    assert "secret" not in line


def test_a_policy_is_read_by_tool_family_writing_and_all() -> None:
    policy = {
        "*": {"roles": ["Tools.Use"]},
        "writes": {"roles": ["Tools.Write"], "groups": [GROUP.upper()]},
        "mail": {"groups": [GROUP]},
        "devops_trigger_build": {"roles": ["Builds"]},
        "wiki": {"scopes": ["Tools.Wiki"]},
    }
    made = settings(TOOL_POLICY=json.dumps(policy))

    assert policy.keys() == made.tool_policy.keys()
    assert Requirement(roles=("Tools.Write",), groups=(GROUP,)) == made.tool_policy["writes"]
    assert {} == settings().tool_policy
    assert offered(made) == offered(settings())


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("secret", "must be a JSON object; it breaks off at character 1"),
        ('{"mail": {"roles": ["secret"]}', "must be a JSON object; it breaks off at character 31"),
        ('["secret"]', "must be a JSON object"),
        ("[" * 100_000, "must be a JSON object"),
        ('{"mail": {"roles": ["a"]}, "mail": {"roles": ["secret"]}}', "must name nothing twice"),
        ('{"mail": {"roles": ["a"], "roles": ["secret"]}}', "must name nothing twice"),
        ('{"mail": {"role": ["secret"]}}', "its entry number 1 is not"),
        ('{"mail": {"roles": ["a"]}, "wiki": {"roles": "secret"}}', "its entry number 2 is not"),
        ('{"mail": {"roles": ["secret role"]}}', "its entry number 1 is not"),
        ('{"mail": {"groups": ["secret"]}}', "its entry number 1 is not"),
        ('{"mail": {"groups": [7]}}', "its entry number 1 is not"),
        ('{"mail": {"roles": []}}', "its entry number 1 is not"),
        ('{"mail": {"scopes": "secret"}}', "its entry number 1 is not"),
        ('{"mail": {"scopes": ["secret scope"]}}', "its entry number 1 is not"),
        ('{"mail": {"scopes": []}}', "its entry number 1 is not"),
        ('{"mail": {}}', "its entry number 1 is not"),
        ('{"mail": ["secret"]}', "its entry number 1 is not"),
        ('{"secret": {"roles": ["a"]}}', "names something that is neither a tool nor a family"),
        ('{"Writes": {"roles": ["a"]}}', "names something that is neither a tool nor a family"),
    ],
)
def test_a_wrong_policy_is_refused_in_one_line_that_repeats_nothing_of_it(policy: str, said: str) -> None:
    line = problem(TOOL_POLICY=policy)

    assert line.startswith("TOOL_POLICY ")
    assert said in line
    assert "secret" not in line


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("60/minute", Rate(60, 60.0)),
        (" 5 / Second ", Rate(5, 1.0)),
        ("1000/hour", Rate(1000, 3600.0)),
        ("none", None),
        ("", Rate(120, 60.0)),
    ],
)
def test_a_rate_is_a_number_of_calls_in_a_time(value: str, expected: Rate | None) -> None:
    assert expected == settings(RATE_LIMIT=value).rate_limit


@pytest.mark.parametrize(
    "value", ["60", "60/m", "0/minute", "-1/minute", "1.5/second", "60/minute!", "off", "٣/minute"]
)
def test_what_is_no_rate_is_refused_in_one_line(value: str) -> None:
    line = problem(RATE_LIMIT=value)

    assert line.startswith(
        "RATE_LIMIT must be a number of calls per second, minute or hour such as 60/minute"
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("https://secret.example", "must be a URL such as rediss://"),
        ("secret", "must be a URL such as rediss://"),
        ("rediss://", "must be a URL such as rediss://"),
        ("rediss://host:port-secret", "must be a URL such as rediss://"),
        ("redis://:secret@redis.example:6379", "must start with rediss://"),
    ],
)
def test_what_is_no_address_of_a_redis_is_refused_and_not_repeated(value: str, said: str) -> None:
    line = problem(RATE_LIMIT_REDIS_URL=value)

    assert line.startswith(f"RATE_LIMIT_REDIS_URL {said}")
    assert "secret" not in line


def test_the_key_in_the_address_of_the_redis_shows_in_no_repr() -> None:
    made = settings(RATE_LIMIT_REDIS_URL="rediss://:hunter2@name.redis.azure.net:10000")

    assert "hunter2" not in f"{made!r} {made} {made.model_dump_json()}"


def test_without_a_rate_nothing_is_counted() -> None:
    assert rate_limit(settings(RATE_LIMIT="none")) is None
    assert rate_limit(settings()) is not None
