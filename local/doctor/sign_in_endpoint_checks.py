"""Checks the sign-in proxy from outside: its metadata, what strangers reach of it, what it needs to run."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from local.doctor.check_result import CannotCheckError, CheckResult, ok, warning, wrong
from local.doctor.http_responses import Response, UnreadableError
from local.doctor.mcp_endpoint import Challenge
from local.doctor.sign_in_proxy import RESOURCE_METADATA, SERVER_METADATA, SignInProxy
from local.doctor.target import Target

_PROVISION = "azd provision sets them, as infra/modules/app.bicep says."


async def sign_in_settings(target: Target) -> CheckResult:
    """Checks whether the proxy has what it needs: an origin, a table, and the metadata to itself."""
    proxy = target.proxy
    if not proxy.origin:
        return wrong("SIGN_IN_ORIGIN is not set, so the sign-in proxy has no issuer.", "azd provision")
    parts = urlsplit(proxy.origin)
    if parts.path or parts.query or f"{parts.scheme}://{parts.netloc}" != proxy.origin:
        return wrong(
            f"SIGN_IN_ORIGIN is {proxy.origin}, and must be a scheme and a host: clients compare the issuer "
            "letter by letter (RFC 8414, 3.3).",
            "azd provision sets it to the address of the app, or of the gateway.",
        )
    is_local = parts.hostname in ("localhost", "127.0.0.1")
    if proxy.signs_in and not proxy.table_url and not is_local:
        return wrong(
            "SIGN_IN_TABLE_URL is not set, so the sign-in proxy keeps nothing: every sign-in fails.",
            "azd provision sets it to https://<account>.table.core.windows.net/signin; the managed identity "
            "needs the role Storage Table Data Contributor there.",
        )
    if _answers_itself(proxy, target.endpoint.origin) and proxy.advertised_by_platform:
        return wrong(
            "WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES is set, so Easy Auth may answer with metadata before the "
            "sign-in proxy, and name Entra.",
            f"az functionapp config appsettings delete {target.azure_app} --setting-names "
            "WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES, then restart the app. With azd: azd provision.",
        )
    if target.mcp_url and not proxy.is_at(target.endpoint.origin):
        return warning(
            f"Clients of {target.endpoint.origin} are led to Entra: the sign-in proxy is at {proxy.origin}.",
            f"Give clients that Entra does not know {proxy.origin}/runtime/webhooks/mcp.",
        )
    return ok(f"The sign-in proxy ({proxy.mode}) is the issuer {proxy.origin}.")


async def sign_in_address(target: Target) -> CheckResult:
    """Checks whether the lightest form comes with the server's address, without which it lets nobody in."""
    proxy = target.proxy
    if proxy.mode != "metadata":
        return ok("Not needed: the sign-in proxy does not pass the address on to Entra.")
    uris = (await (await target.directory()).application()).get("identifierUris") or []
    wanted = [proxy.origin, f"{proxy.origin}/runtime/webhooks/mcp"]
    missing = [each for each in wanted if each not in {str(uri).casefold() for uri in uris}]
    if not missing:
        return ok("The address of the server is an identifier URI, as clients of its metadata need.")
    return wrong(
        "Clients that find Entra by the metadata send the server's address as `resource`, and get "
        f"AADSTS9010010: {' and '.join(missing)} must be identifier URIs of the registration.",
        "azd env set REGISTER_SERVER_ADDRESS true && azd provision (where the tenant refuses the address: "
        "azd env set SIGN_IN_PROXY app)",
    )


async def sign_in_metadata(target: Target) -> CheckResult:
    """Checks whether both kinds of metadata are answered, and lead from the server to the proxy and on."""
    _require_there(target)
    for path in RESOURCE_METADATA:
        response, document = await _document(target, path)
        if document is None:
            return _unanswered(path, response)
        if document.get("authorization_servers") != [target.proxy.origin]:
            return wrong(
                f"{path} names {document.get('authorization_servers')} as authorization servers, and not "
                f"{target.proxy.origin} alone: clients do not find the sign-in proxy.",
                "Take WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES out of the app settings, or Easy Auth answers: "
                "azd provision.",
            )
    response, document = await _document(target, SERVER_METADATA)
    if document is None:
        return _unanswered(SERVER_METADATA, response)
    authority = (await target.identity()).issuer.removesuffix("/v2.0")
    problems = list(_problems(target.proxy, authority, target.advertised_issuers, document))
    if problems:
        return wrong(
            "\n".join([f"{SERVER_METADATA} is not as clients need it:", *(f"  {each}" for each in problems)]),
            "azd up, which sets SIGN_IN_ORIGIN and deploys the code that answers.",
        )
    return ok(f"The metadata lead from the server to {target.proxy.origin}, with S256.")


async def sign_in_endpoints(target: Target) -> CheckResult:
    """Checks whether strangers reach the endpoints that they need, and are refused when they say nothing."""
    if not target.proxy.signs_in:
        return ok("Not needed: the endpoints are those of Entra.")
    _require_there(target)
    for path in ("/oauth/authorize", "/oauth/callback"):
        response = await target.endpoint.get(f"{target.endpoint.origin}{path}")
        if Challenge.of(response) is not None:
            return wrong(
                f"Easy Auth asks for a token at {path}, which nobody can have yet.", _open_cure(target)
            )
        if not 400 <= response.status < 500 or response.status == 404:
            return wrong(
                f"{path} answered an empty request {response.described()}, and not with a refusal.",
                "azd deploy; if it stays so, look at the app's log stream.",
            )
    return ok("The endpoints are reached without a token, and refuse a request that says nothing.")


async def open_paths(target: Target) -> CheckResult:
    """Checks whether Easy Auth lets strangers through to what they need, and to nothing else."""
    if target.easy_auth is None:
        raise CannotCheckError("How Easy Auth is set up is known to Azure alone.", "az login")
    given = (target.easy_auth.get("globalValidation") or {}).get("excludedPaths") or []
    found = {str(each) for each in given}
    wanted = target.proxy.open_paths(target.endpoint.origin)
    if surplus := sorted(found - wanted):
        return wrong(
            f"Easy Auth lets strangers through to {', '.join(surplus)}: nothing there may be reached without "
            "a token.",
            _open_cure(target),
        )
    if missing := sorted(wanted - found):
        return wrong(f"Easy Auth asks strangers for a token at {', '.join(missing)}.", _open_cure(target))
    return ok(f"Strangers reach {len(found)} paths, each spelled out, and none of them leads to the tools.")


def _answers_itself(proxy: SignInProxy, origin: str) -> bool:
    return proxy.mode == "app" or (proxy.mode == "metadata" and proxy.is_at(origin))


def _require_there(target: Target) -> None:
    if not target.proxy.is_at(target.endpoint.origin):
        raise CannotCheckError(
            f"The sign-in proxy is at {target.proxy.origin or 'no address'}, not at the one examined.",
            f"python -m local doctor --url {target.proxy.origin or '<its address>'}",
        )


async def _document(target: Target, path: str) -> tuple[Response, dict[str, object] | None]:
    response = await target.endpoint.get(f"{target.endpoint.origin}{path}")
    try:
        return response, response.document() if response.status == 200 else None
    except UnreadableError:
        return response, None


def _unanswered(path: str, response: Response) -> CheckResult:
    said = f"{path} was answered {response.described()}, and not with metadata"
    if Challenge.of(response) is not None:
        return wrong(
            f"{said}: Easy Auth asks for a token there.", f"excludedPaths must have it: {_PROVISION}"
        )
    return wrong(f"{said}.", "azd deploy; if it stays so, look at the app's log stream.")


def _problems(
    proxy: SignInProxy, authority: str, advertised: tuple[str, ...], document: dict[str, object]
) -> Iterator[str]:
    if document.get("issuer") != proxy.origin:
        yield f"its issuer is {document.get('issuer')}, and must be {proxy.origin}"
    if document.get("code_challenge_methods_supported") != ["S256"]:
        said = document.get("code_challenge_methods_supported")
        yield f"it offers {said} for PKCE, and must offer S256 alone, or clients refuse it"
    places = [proxy.origin]
    if not proxy.signs_in:
        places = [authority, *(each.removesuffix("/v2.0") for each in advertised)]
    below = [f"{place}/oauth/" if proxy.signs_in else f"{place}/oauth2/v2.0/" for place in places]
    for name in ("authorization_endpoint", "token_endpoint"):
        url = str(document.get(name))
        if not url.startswith(tuple(below)):
            yield f"its {name} is {url}, and must be below {below[0]}"
    offers = "registration_endpoint" in document
    if offers != (proxy.signs_in and proxy.registers):
        yield "it offers registration" if offers else "it offers no registration"


def _open_cure(target: Target) -> str:
    paths = " ".join(sorted(target.proxy.open_paths(target.endpoint.origin)))
    return f"excludedPaths of authsettingsV2 must be exactly: {paths}. {_PROVISION}"
