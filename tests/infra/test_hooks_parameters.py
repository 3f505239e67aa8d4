"""What the preflight takes for a right parameter: what Bicep takes, and what the app takes."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from typing import Any

import pytest

from shared.errors import SettingsError
from shared.settings import Settings
from shared.tools import offered
from tests.infra.fake_azure import HOOKS

_INFRA = HOOKS.parent
_GUID = "8e5a2ca1-4d3f-4b6e-8c90-1b2d3f4e5a62"
_PARAMETERS = json.loads((_INFRA / "main.parameters.json").read_text())["parameters"]
_VARIABLES = {
    name: re.fullmatch(r"\$\{(\w+)(?:=(.*))?\}", parameter["value"])
    for name, parameter in _PARAMETERS.items()
}

RIGHT = [
    ("AZURE_ENV_NAME", "prod"),
    ("AZURE_ENV_NAME", "team-7"),
    ("ENTRA_MODE", "existing"),
    ("ENTRA_CLIENT_ID", _GUID.upper()),
    ("ENTRA_EXTRA_IDENTIFIER_URIS", '["https://mcp.contoso.com/runtime/webhooks/mcp"]'),
    ("ENTRA_CLIENT_IDS", f'["{_GUID}"]'),
    ("SIGN_IN_PROXY", ""),
    ("SIGN_IN_PROXY", "app"),
    ("SIGN_IN_CLIENT_ID", _GUID),
    ("SIGN_IN_CLIENTS", '["claude.ai", "xn--bcher-kva.example"]'),
    ("SIGN_IN_REDIRECTS", '["cursor://anysphere.cursor-mcp/oauth/callback", "com.raycast:/oauth"]'),
    ("CORS_ORIGINS", '["https://inspector.contoso.com", "http://localhost:6274", "https://a.example:8443"]'),
    ("TOOLS", '["mail", "graph_get_profile"]'),
    ("TOOLS", "[]"),
    ("READ_MORE", "graph:mail, Calendar ; devops:*"),
    ("READ_MORE_SCOPES", '["Group.Read.All"]'),
    ("TOOL_POLICY", '{"*": {"roles": ["Tools.Use"]}, "mail": {"groups": ["' + _GUID + '"]}}'),
    ("TOOL_POLICY", '{"mail": {"scopes": ["Tools.Mail"]}}'),
    ("CONFIRM_WRITES", "others"),
    ("RATE_LIMIT", "none"),
    ("RATE_LIMIT", "5 / second"),
    ("DAILY_LOG_QUOTA_GB", "-1"),
    ("RATE_LIMIT_REDIS_SECRET_URI", "https://kv.vault.azure.net/secrets/redis"),
    ("ALERT_EMAILS", '["ops@contoso.com", "ana@larkspur.example"]'),
    ("BUDGET_START_DATE", "2028-02-01"),
    ("SECURITY_REVIEW_DATE", "2028-02-29"),
]
WRONG = [
    ("AZURE_ENV_NAME", "my env", "letters, digits and hyphens"),
    ("AZURE_ENV_NAME", "e" * 41, "at most 40"),
    ("ENTRA_MODE", "new", "one of create, existing"),
    ("ENTRA_CLIENT_ID", "my app", "GUID"),
    ("ENTRA_EXTRA_IDENTIFIER_URIS", "https://mcp.contoso.com", "a JSON array of URIs"),
    ("ENTRA_EXTRA_IDENTIFIER_URIS", '["mcp.contoso.com"]', "one of its items is none"),
    ("ENTRA_CLIENT_IDS", f'["{_GUID}", 7]', "one of its items is none"),
    ("ENTRA_CLIENT_IDS", _GUID, "a JSON array of GUIDs"),
    ("ENTRA_CREATE_GROUP", "yes", "one of true, false"),
    ("SIGN_IN_PROXY", "true", "one of metadata, app, gateway"),
    ("SIGN_IN_CLIENT_ID", "proxy", "GUID"),
    ("SIGN_IN_CLIENTS", '["https://claude.ai"]', "one of its items is none"),
    ("SIGN_IN_CLIENTS", '["*.claude.ai"]', "one of its items is none"),
    ("SIGN_IN_CLIENTS", '["localhost"]', "one of its items is none"),
    ("SIGN_IN_CLIENTS", "claude.ai", "a JSON array of host names"),
    *(
        ("SIGN_IN_REDIRECTS", f'["{address}"]', "one of its items is none")
        for address in (
            "http://contoso.com/callback",
            "javascript://contoso.com/%0aalert(1)",
            "data://text/html",
            "FILE://etc/passwd",
            "https://*.contoso.com/callback",
            "https://contoso.com/callback#here",
            "https://user@contoso.com/callback",
            "https://contoso.com/a,b",
            "contoso.com/callback",
            "view-source:https://contoso.com/",
        )
    ),
    ("SIGN_IN_REGISTRATION", "1", "one of true, false"),
    *(
        ("CORS_ORIGINS", f'["{origin}"]', "without a wildcard")
        for origin in (
            "*",
            "https://*.contoso.com",
            "http://contoso.com",
            "https://contoso.com/",
            "https://contoso.com/app",
            "null",
        )
    ),
    ("TOOLS", "mail", "a JSON array of tools, families or presets"),
    ("TOOLS", '["mail", "male"]', "male is none"),
    ("READ_MORE", "mail", "areas by API"),
    ("READ_MORE", "graph:male", "male is no area of graph"),
    ("READ_MORE", "graph:mail;graph:calendar", "areas by API"),
    ("READ_MORE_SCOPES", "Mail.Read", "a JSON array"),
    ("READ_MORE_SCOPES", '["Mail.Everything"]', "Mail.Everything is none"),
    ("TOOL_POLICY", '{"mail": {"scopes": ["Tools Mail"]}}', "mail has another"),
    ("TOOL_POLICY", '{"mail": {"scopes": "Tools.Mail"}}', "mail has another"),
    ("TOOL_POLICY", '{"mail": {"scopes": []}}', "mail has another"),
    ("TOOL_POLICY", "writes", "a JSON object"),
    ("TOOL_POLICY", '{"male": {"roles": ["A"]}}', "male is none of these"),
    ("TOOL_POLICY", '{"mail": {"role": ["A"]}}', "mail has another"),
    ("TOOL_POLICY", '{"mail": {"roles": []}}', "mail has another"),
    ("TOOL_POLICY", '{"mail": {"roles": ["A B"]}}', "mail has another"),
    ("TOOL_POLICY", '{"mail": {"groups": ["Sales"]}}', "mail has another"),
    ("TOOL_POLICY", '{"mail": {"roles": ["A"]}, "mail": {"roles": ["B"]}}', "names nothing twice"),
    ("CONFIRM_WRITES", "some", "one of none, others, all"),
    ("RATE_LIMIT", "60", "a number per second"),
    ("RATE_LIMIT", "0/minute", "a number per second"),
    ("ALLOWED_TENANT_IDS", json.dumps([_GUID] * 11), "at most 10"),
    ("INSTANCE_MEMORY_MB", "1024", "one of 512, 2048, 4096"),
    ("MAXIMUM_INSTANCE_COUNT", "39", "from 40 to 1000"),
    ("STORAGE_SKU", "Premium_LRS", "one of Standard_LRS"),
    ("DAILY_LOG_QUOTA_GB", "0.5", "a whole number"),
    ("ALERT_EMAILS", '["ops"]', "one of its items is none"),
    ("BUDGET_AMOUNT", "20 EUR", "a whole number"),
    ("BUDGET_START_DATE", "2027-01-15", "the first day of a month"),
    ("BUDGET_START_DATE", "20270101", "the first day of a month"),
    ("SECURITY_REVIEW_DATE", "2027-02-29", "a date"),
]


def problems(samples: list[tuple[str, str]]) -> list[str]:
    """What the rules say of values."""
    return list(_ask("[parameters.RULES[name](value) for name, value in given]", samples))


def findings(**environ: str) -> list[list[str]]:
    """What the preflight finds in an environment: each problem with its cure."""
    return list(_ask("[[each.problem, each.cure] for each in parameters.wrong_parameters(given)]", environ))


def _ask(expression: str, given: Any) -> Any:
    """What an expression says in a Python that has only the hooks."""
    program = f"import json, sys, parameters; given = json.load(sys.stdin); print(json.dumps({expression}))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        cwd=HOOKS,
        input=json.dumps(given),
        env={"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def test_right_values_pass() -> None:
    assert dict.fromkeys(RIGHT, "") == dict(zip(RIGHT, problems(RIGHT), strict=True))


def test_wrong_values_are_told_what_they_must_be() -> None:
    said = problems([(name, value) for name, value, _ in WRONG])

    missing = [(wrong, told) for wrong, told in zip(WRONG, said, strict=True) if wrong[2] not in told]
    assert [] == missing


def test_every_variable_of_a_parameter_has_a_rule() -> None:
    names = {found[1] for found in _VARIABLES.values() if found}

    assert len(_PARAMETERS) == len(names)
    assert names == set(_ask("[*parameters.RULES, *parameters.FREE_TEXT]", None))


def test_the_defaults_obey_the_rules() -> None:
    defaults = [(found[1], found[2]) for found in _VARIABLES.values() if found and found[2]]

    assert 20 < len(defaults)
    assert [""] * len(defaults) == problems(defaults)


def test_the_rules_have_the_bounds_of_bicep() -> None:
    bicep = (_INFRA / "main.bicep").read_text()
    bounds = [
        (name, int(least), int(most))
        for least, most, name in re.findall(r"@minValue\((\d+)\)\n@maxValue\((\d+)\)\nparam (\w+)", bicep)
    ]

    assert 7 <= len(bounds)
    inside, outside = [], []
    for name, least, most in bounds:
        found = _VARIABLES[name]
        assert found is not None
        inside += [(found[1], str(least)), (found[1], str(most))]
        outside += [(found[1], str(most + 1)), (found[1], str(least - 1))]
    assert [""] * len(inside) == problems(inside)
    assert all(problems(outside))


def test_the_rules_have_the_choices_of_bicep() -> None:
    bicep = (_INFRA / "main.bicep").read_text()
    allowed = re.findall(r"@allowed\(\[([^\]]*)\]\)\nparam (\w+)", bicep)

    assert 4 <= len(allowed)
    samples = [
        (found[1], choice.strip(" '"))
        for choices, name in allowed
        for choice in choices.split(",")
        if (found := _VARIABLES[name])
    ]
    assert [""] * len(samples) == problems(samples)


_APP = {"AZURE_TENANT_ID": _GUID, "AZURE_CLIENT_ID": _GUID, "AZURE_CLIENT_SECRET": "for this test"}


@pytest.mark.parametrize("name", ["RATE_LIMIT", "TOOL_POLICY"])
def test_the_rules_agree_with_the_app(name: str) -> None:
    values = [value for each, value in RIGHT if each == name] + [
        value for each, value, _ in WRONG if each == name
    ]
    values += {
        "RATE_LIMIT": [
            "120/minute",
            "1/hour",
            "-1/minute",
            "1/day",
            "None",
            "12345678901/hour",
            "1.5/minute",
        ],
        "TOOL_POLICY": ["{}", "[]", "null", '{"mail": {}}', '{"writes": {"roles": "A"}}', "{" * 2000],
    }[name]

    assert [_app_takes(name, value) for value in values] == [
        not told for told in problems([(name, value) for value in values])
    ]


def _app_takes(name: str, value: str) -> bool:
    try:
        offered(Settings.from_environ({**_APP, name: value}))
    except SettingsError:
        return False
    return True


def test_tools_are_those_the_app_knows() -> None:
    names = ["mail", "graph_get_profile", "devops_trigger_build", "male", "writes", "*"]

    assert [_app_takes("TOOLS", name) for name in names] == [
        not told for told in problems([("TOOLS", json.dumps([name])) for name in names])
    ]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"ENTRA_MODE": "existing"}, ["ENTRA_CLIENT_ID is missing, as ENTRA_MODE is existing"]),
        (
            {"BUDGET_AMOUNT": "50", "ALERT_EMAILS": "[]"},
            [
                "BUDGET_START_DATE is missing, as BUDGET_AMOUNT is set",
                "ALERT_EMAILS is missing, as BUDGET_AMOUNT is set",
            ],
        ),
        ({"ENABLE_GATEWAY": "true"}, ["GATEWAY_PUBLISHER_EMAIL is missing, as ENABLE_GATEWAY is true"]),
        ({"TOOL_POLICY": "", "TOOLS": ""}, ["TOOL_POLICY is set, but empty"]),
        ({"BUDGET_AMOUNT": "0", "ENABLE_GATEWAY": "false", "ENTRA_MODE": "create"}, []),
    ],
)
def test_what_another_choice_asks_for_is_missed(environ: dict[str, str], expected: list[str]) -> None:
    assert expected == [problem for problem, _ in findings(**environ)]


def test_every_cure_is_a_value_that_passes() -> None:
    wrong = {name: "!" for name, _, _ in WRONG if name not in {"ENTRA_MODE"}}
    cures = [cure for _, cure in findings(**wrong)]

    shown = [re.fullmatch(r"azd env set (\w+) '(.*)'", cure) for cure in cures]
    assert len(wrong) == len(shown)
    examples = [(found[1], found[2]) for found in shown if found and found[2] != "<value>"]
    assert 8 <= len(examples)
    assert [""] * len(examples) == problems(examples)


def test_the_hooks_are_read_by_the_oldest_python_the_preflight_takes() -> None:
    for path in sorted(HOOKS.glob("*.py")):
        assert ast.parse(path.read_text(), feature_version=(3, 11)).body
