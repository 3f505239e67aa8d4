"""Checks the variables that become parameters of `main.bicep`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from choices import declared_tools, permissions
from report import Finding
from sign_in import wrong_choices

_GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ADDRESS = r"[^@\s,]+@[^@\s,]+\.[^@\s,]+"
_ROLE = r"[^\s,]{1,120}"
# A client is known by its host, and taken back by an address that is compared letter by letter.
_HOST = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+"
_UNSAFE = "http|javascript|data|file|vbscript|about|blob|view-source"
_REDIRECT = rf"(?!({_UNSAFE}):)[a-z][a-z0-9+.-]*:[^\s,*#@\\]+"
_ORIGIN = rf"https://{_HOST}(:\d{{1,5}})?|http://(localhost|127\.0\.0\.1)(:\d{{1,5}})?"
_SCOPE = r"[A-Za-z0-9._-]{1,120}"

Rule = Callable[[str], str]
"""What is wrong with a value, as words that go on from "must be"; nothing if it is right."""


def wrong_parameters(environ: Mapping[str, str]) -> list[Finding]:
    """Returns the variables with an unusable value, and those that are missing beside others."""
    found = [
        Finding(f"{name} must be {problem}", f"azd env set {name} '{_EXAMPLES.get(name, '<value>')}'")
        for name, rule in RULES.items()
        if environ.get(name, "").strip() and (problem := rule(environ[name].strip()))
    ]
    return found + _empty(environ) + _missing(environ) + wrong_choices(environ)


def _empty(environ: Mapping[str, str]) -> list[Finding]:
    """Finds variables that are set to nothing, which azd hands on, and which is no JSON."""
    return [
        Finding(f"{name} is set, but empty", f"azd env set {name} '{_EXAMPLES[name]}'")
        for name in ("ENTRA_CLIENT_IDS", "TOOL_POLICY")
        if name in environ and not environ[name].strip()
    ]


def _missing(environ: Mapping[str, str]) -> list[Finding]:
    """Finds variables that another choice requires."""

    def value(name: str) -> str:
        return environ.get(name, "").strip()

    wanted = [
        (value("ENTRA_MODE") == "existing", "ENTRA_CLIENT_ID", "ENTRA_MODE is existing"),
        (value("BUDGET_AMOUNT") not in {"", "0"}, "BUDGET_START_DATE", "BUDGET_AMOUNT is set"),
        (value("BUDGET_AMOUNT") not in {"", "0"}, "ALERT_EMAILS", "BUDGET_AMOUNT is set"),
        (value("ENABLE_GATEWAY").casefold() == "true", "GATEWAY_PUBLISHER_EMAIL", "ENABLE_GATEWAY is true"),
    ]
    return [
        Finding(f"{name} is missing, as {because}", f"azd env set {name} '{_EXAMPLES.get(name, '<value>')}'")
        for asked, name, because in wanted
        if asked and value(name) in {"", "[]"}
    ]


def _one_of(*values: str) -> Rule:
    return lambda value: "" if value in values else f"one of {', '.join(values)}"


def _text(pattern: str, what: str) -> Rule:
    return lambda value: "" if re.fullmatch(pattern, value, re.IGNORECASE) else what


def _number(least: int, most: int) -> Rule:
    def check(value: str) -> str:
        right = re.fullmatch(r"\d{1,9}", value) and least <= int(value) <= most
        return "" if right else f"a whole number from {least} to {most}"

    return check


def _array(pattern: str, what: str, most: int = 100) -> Rule:
    def check(value: str) -> str:
        items = _json(value)
        if not isinstance(items, list):
            return f"a JSON array of {what}"
        if len(items) > most:
            return f"a JSON array of at most {most} {what}"
        right = all(isinstance(item, str) and re.fullmatch(pattern, item, re.IGNORECASE) for item in items)
        return "" if right else f"a JSON array of {what}, and one of its items is none"

    return check


def _date(value: str) -> str:
    return "" if _day(value) else "a date such as 2027-01-31"


def _first_of_month(value: str) -> str:
    day = _day(value)
    return "" if day and day.day == 1 else "the first day of a month, such as 2027-01-01"


def _day(value: str) -> date | None:
    # Only this form: newer versions of Python take others too, which Azure does not.
    try:
        return date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else None
    except ValueError:
        return None


def _tools(value: str) -> str:
    names = _json(value)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return "a JSON array of tools, families or presets"
    unknown = sorted(set(names) - _known_tools() - _presets())
    return (
        f"names of tools, families or presets (docs/tools.md), and {', '.join(unknown)} is none"
        if unknown
        else ""
    )


def _read_more(value: str) -> str:
    areas = permissions()["readAreas"]
    form = "areas by API, such as graph:mail,calendar;devops:*"
    seen = set()
    for entry in filter(None, (each.strip() for each in value.split(";"))):
        api, _, names = entry.partition(":")
        api = api.strip().casefold()
        named = {name.strip().casefold() for name in names.split(",") if name.strip()}
        if api not in areas or api in seen or not named:
            return form
        seen.add(api)
        unknown = sorted(named - {"*", *(area.casefold() for area in areas[api])})
        if unknown:
            return f"{form}, and {', '.join(unknown)} is no area of {api} (docs/settings.md)"
    return "" if seen else form


def _read_scopes(value: str) -> str:
    names = _json(value)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return "a JSON array of delegated permissions"
    listed = permissions()
    unknown = sorted(set(names) - {each["name"] for each in listed["scopes"] + listed["furtherScopes"]})
    return f"names of infra/permissions.json, and {', '.join(unknown)} is none" if unknown else ""


def _policy(value: str) -> str:
    policy = _json(value)
    if not isinstance(policy, dict):
        return "a JSON object that names nothing twice"
    # Templates of reads begin with a slash; whether there is one is for the app to say.
    named = {name for name in policy if not name.startswith("/")}
    unknown = sorted(named - _known_tools() - {"writes", "*"})
    if unknown:
        return f"by tool, family (docs/tools.md), writes or *, and {', '.join(unknown)} is none of these"
    for name, entry in policy.items():
        if not _is_requirement(entry):
            return (
                f'of entries such as {{"roles": ["Tools.Write"], "groups": ["<id>"], "scopes": ["Mail"]}}, '
                f"and {name} has another"
            )
    return ""


def _is_requirement(entry: Any) -> bool:
    if not isinstance(entry, dict) or not entry.keys() <= {"roles", "groups", "scopes"}:
        return False
    roles, groups, scopes = (entry.get(name, []) for name in ("roles", "groups", "scopes"))
    return (
        isinstance(roles, list)
        and isinstance(groups, list)
        and isinstance(scopes, list)
        and bool(roles or groups or scopes)
        and all(isinstance(scope, str) and re.fullmatch(_SCOPE, scope) for scope in scopes)
        and all(isinstance(role, str) and re.fullmatch(_ROLE, role) for role in roles)
        and all(
            isinstance(group, str) and re.fullmatch(_GUID, group.strip(), re.IGNORECASE) for group in groups
        )
    )


def _known_tools() -> set[str]:
    return {name for tool in declared_tools() for name in (tool["name"], tool["family"])}


def _presets() -> set[str]:
    return {name for tool in declared_tools() for name in tool["presets"]}


def _json(value: str) -> Any:
    try:
        return json.loads(value, object_pairs_hook=_without_repetition)
    except (ValueError, RecursionError):
        return None


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("named twice")
    return document


_BOOLEAN = _one_of("true", "false")
_PROXY = _one_of("metadata", "app", "gateway")

RULES: Mapping[str, Rule] = {
    "AZURE_ENV_NAME": _text(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", "letters, digits and hyphens, at most 40"),
    "AZURE_PRINCIPAL_TYPE": _one_of("User", "ServicePrincipal"),
    "ENTRA_MODE": _one_of("create", "existing"),
    "ENTRA_CLIENT_ID": _text(_GUID, "the GUID of an app registration"),
    "ENTRA_IDENTIFIER_URI": _text(r"(api|https)://\S+", "a URI such as api://<client id>"),
    "REGISTER_SERVER_ADDRESS": _BOOLEAN,
    "ENTRA_EXTRA_IDENTIFIER_URIS": _array(r"(api|https)://\S+", "URIs"),
    "SIGN_IN_PROXY": lambda value: _PROXY(value) if value else "",
    "SIGN_IN_CLIENT_ID": _text(_GUID, "the GUID of an app registration"),
    "SIGN_IN_CLIENTS": _array(_HOST, "host names"),
    "SIGN_IN_REDIRECTS": _array(_REDIRECT, "addresses such as cursor://anysphere.cursor-mcp/oauth/callback"),
    "SIGN_IN_REGISTRATION": _BOOLEAN,
    "CORS_ORIGINS": _array(_ORIGIN, "origins such as https://inspector.contoso.com, without a wildcard"),
    "ENTRA_CLIENT_IDS": _array(_GUID, "GUIDs of client apps"),
    "ENTRA_APP_ROLES": _array(_ROLE, "names of app roles"),
    "ENTRA_CREATE_GROUP": _BOOLEAN,
    "ENTRA_GRANT_CONSENT": _BOOLEAN,
    "INCLUDE_DEVOPS": _BOOLEAN,
    "ENABLE_WRITE_TOOLS": _BOOLEAN,
    "CONFIRM_WRITES": _one_of("none", "others", "all"),
    "TOOLS": _tools,
    "READ_MORE": _read_more,
    "READ_MORE_SCOPES": _read_scopes,
    "TOOL_POLICY": _policy,
    "RATE_LIMIT": _text(
        r"none|[1-9]\d{0,8}\s*/\s*(second|minute|hour)", "a number per second, minute or hour, or none"
    ),
    "RATE_LIMIT_REDIS_SECRET_URI": _text(r"https://\S+/secrets/\S+", "the URI of a Key Vault secret"),
    "ALLOWED_TENANT_IDS": _array(_GUID, "GUIDs of tenants", most=10),
    "MAX_TOKEN_AGE_HOURS": _number(1, 720),
    "TOOL_TIMEOUT_SECONDS": _number(1, 220),
    "MAX_RESULT_CHARACTERS": _number(4_000, 1_000_000),
    # "Flex Consumption plan hosting": sizes, and limits of instances and of their concurrency.
    "INSTANCE_MEMORY_MB": _one_of("512", "2048", "4096"),
    "MAXIMUM_INSTANCE_COUNT": _number(40, 1000),
    "PER_INSTANCE_CONCURRENCY": _number(1, 1000),
    "ALWAYS_READY_INSTANCES": _number(0, 1000),
    "STORAGE_SKU": _one_of("Standard_LRS", "Standard_ZRS", "Standard_GRS", "Standard_GZRS"),
    "LOG_RETENTION_DAYS": _number(30, 730),
    "DAILY_LOG_QUOTA_GB": _text(r"-1|\d{1,6}", "a whole number, or -1 for no limit"),
    "TELEMETRY": _one_of("applicationInsights", "openTelemetry"),
    "ENABLE_NETWORK": _BOOLEAN,
    "ENABLE_GATEWAY": _BOOLEAN,
    "GATEWAY_SKU": _one_of("Developer", "BasicV2", "StandardV2"),
    "GATEWAY_CALLS_PER_MINUTE": _number(1, 1_000_000),
    "GATEWAY_PUBLISHER_EMAIL": _text(_ADDRESS, "a mail address"),
    "ALERT_EMAILS": _array(_ADDRESS, "mail addresses"),
    "ENABLE_ALERTS": _BOOLEAN,
    "ALERT_ON_PLATFORM_REFUSALS": _BOOLEAN,
    "BUDGET_AMOUNT": _number(0, 1_000_000),
    # "Consumption budgets", startDate: the first of a month, and it cannot be changed later.
    "BUDGET_START_DATE": _first_of_month,
    "SECURITY_REVIEW_DATE": _date,
}
"""What may be in each variable that `main.parameters.json` names, but for those that take any text."""

FREE_TEXT = {"AZURE_LOCATION", "AZURE_PRINCIPAL_ID", "AZURE_RESOURCE_GROUP_NAME", "OWNER"}

_EXAMPLES = {
    "AZURE_ENV_NAME": "dev",
    "ENTRA_CLIENT_ID": "00000000-0000-0000-0000-000000000000",
    "ENTRA_EXTRA_IDENTIFIER_URIS": "[]",
    "SIGN_IN_CLIENT_ID": "00000000-0000-0000-0000-000000000000",
    "SIGN_IN_CLIENTS": '["claude.ai"]',
    "SIGN_IN_REDIRECTS": '["cursor://anysphere.cursor-mcp/oauth/callback"]',
    "CORS_ORIGINS": '["https://inspector.contoso.com"]',
    "ENTRA_CLIENT_IDS": '["aebc6443-996d-45c2-90f0-388ff96faa56"]',
    "TOOLS": '["mail", "calendar"]',
    "READ_MORE": "graph:mail,calendar;devops:*",
    "READ_MORE_SCOPES": '["Group.Read.All"]',
    "TOOL_POLICY": '{"writes": {"roles": ["Tools.Write"]}}',
    "RATE_LIMIT": "120/minute",
    "ALLOWED_TENANT_IDS": "[]",
    "ALERT_EMAILS": '["ops@contoso.com"]',
    "GATEWAY_PUBLISHER_EMAIL": "ops@contoso.com",
    "BUDGET_START_DATE": "2027-01-01",
    "SECURITY_REVIEW_DATE": "2027-01-31",
}
