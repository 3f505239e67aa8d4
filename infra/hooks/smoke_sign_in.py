"""Defines the checks of a deployed sign-in proxy. Each passes, or raises what is wrong and what mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

from endpoint import Answer
from smoke_checks import Deployed, WrongError

_SERVER_METADATA = "/.well-known/oauth-authorization-server"
_DEPLOY_AGAIN = (
    "azd up; if it stays so, read the log: az webapp log tail --name <app> --resource-group <group>"
)
_EXCLUDED = (
    "azd provision, which sets excludedPaths of App Service Authentication as infra/modules/app.bicep says"
)


def authorization_server(server: Deployed) -> None:
    """Checks the metadata of the authorization server (RFC 8414) that the resource's metadata name."""
    answer = server.endpoint.get(_SERVER_METADATA)
    _is_open(_SERVER_METADATA, answer)
    if answer.status != 200:
        raise WrongError(f"{_SERVER_METADATA} answers with status {answer.status}, not 200", _DEPLOY_AGAIN)
    for problem in _wrong_metadata(server, answer.document()):
        raise WrongError(f"{_SERVER_METADATA} {problem}: clients refuse it", _DEPLOY_AGAIN)


def sign_in_endpoints(server: Deployed) -> None:
    """Checks that the endpoints are reached without a token, and refuse a request that says nothing."""
    asked: tuple[tuple[str, Callable[[str], Answer]], ...] = (
        ("/oauth/authorize", server.endpoint.get),
        ("/oauth/callback", server.endpoint.get),
        ("/oauth/token", server.endpoint.post_form),
        ("/oauth/consent", server.endpoint.post_form),
    )
    for path, ask in asked:
        answer = ask(path)
        _is_open(path, answer)
        if not 400 <= answer.status < 500 or answer.status == 404:
            raise WrongError(
                f"{path} answers a request that says nothing with status {answer.status}, not with a refusal",
                _DEPLOY_AGAIN,
            )
    if not server.endpoint.post_form("/oauth/token").document().get("error"):
        raise WrongError("/oauth/token refuses without saying why (RFC 6749, 5.2)", _DEPLOY_AGAIN)


def _is_open(path: str, answer: Answer) -> None:
    # The proxy answers a client that cannot be authenticated with 401 too, but not with a Bearer challenge.
    if answer.status == 401 and answer.headers.get("www-authenticate", "").startswith("Bearer"):
        raise WrongError(f"{path} asks for a token, which nobody can have yet", _EXCLUDED)


def _wrong_metadata(server: Deployed, document: Mapping[str, object]) -> Iterator[str]:
    if document.get("issuer") != server.issuer:
        yield f"names the issuer {document.get('issuer')}, not {server.issuer}"
    if document.get("code_challenge_methods_supported") != ["S256"]:
        yield f"offers {document.get('code_challenge_methods_supported')} for PKCE, not S256 alone"
    for name in ("authorization", "token"):
        url = str(document.get(f"{name}_endpoint"))
        parts = urlsplit(url)
        if server.signs_in:
            expected, right = f"below {server.issuer}", url.startswith(f"{server.issuer}/oauth/")
        else:
            expected = "of Entra, in this tenant"
            right = parts.scheme == "https" and parts.path == f"/{server.tenant}/oauth2/v2.0/" + (
                "authorize" if name == "authorization" else "token"
            )
        if not right:
            yield f"names the {name} endpoint {url}, which is not {expected}"
    if server.registers != ("registration_endpoint" in document):
        yield "offers registration" if "registration_endpoint" in document else "offers no registration"


METADATA_CHECKS: Mapping[str, Callable[[Deployed], None]] = {"authorization server": authorization_server}
"""What anybody can check where the metadata name another authorization server than Entra."""

SIGN_IN_CHECKS: Mapping[str, Callable[[Deployed], None]] = {
    **METADATA_CHECKS,
    "sign-in endpoints": sign_in_endpoints,
}
"""The same where the proxy signs people in itself."""
