"""Access tokens that must be refused, and why: each wrong in one way, the rest of it good."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from shared.entra.access_token import Reason
from tests.shared.issuer import OTHER_CLIENT, OTHER_TENANT, SERVER, TENANT, USER, Issuer, compact, encoded

FOREIGN = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
STS = f"https://sts.windows.net/{TENANT}/"
DEEP = b"[" * 20_000
"""More than Python's JSON reader follows, in a token of allowed size."""


@dataclass(frozen=True)
class BadToken:
    """A request whose token is refused.

    Attributes:
        name: What is wrong, in a few words.
        reason: What the log says.
        headers: The request's headers.
    """

    name: str
    reason: Reason
    headers: Callable[[Issuer], Mapping[str, Any]]


def _token(name: str, reason: Reason, make: Callable[[Issuer], str]) -> BadToken:
    return BadToken(name, reason, lambda issuer: {"Authorization": f"Bearer {make(issuer)}"})


def _claims(name: str, reason: Reason, *, without: str = "", **changed: Any) -> BadToken:
    return _token(name, reason, lambda issuer: issuer.token(without=without, **changed))


def _since(name: str, reason: Reason, **seconds: float) -> BadToken:
    """Times relative to now."""

    def make(issuer: Issuer) -> str:
        now = int(time.time())
        return issuer.token(**{claim: now + offset for claim, offset in seconds.items()})

    return _token(name, reason, make)


def _payload(name: str, reason: Reason, claim: str, literal: str) -> BadToken:
    """A claim whose JSON is written as it stands, after the good ones."""

    def make(issuer: Issuer) -> str:
        claims = json.dumps(issuer.claims())
        return issuer.sign(issuer.header, f'{claims[:-1]}, "{claim}": {literal}}}'.encode())

    return _token(name, reason, make)


def _header(name: str, reason: Reason, *, without: str = "", **changed: Any) -> BadToken:
    def make(issuer: Issuer) -> str:
        header = {**issuer.header, **changed}
        header.pop(without, None)
        return issuer.sign(header, issuer.claims())

    return _token(name, reason, make)


def _signed(name: str, reason: Reason, algorithm: str, key: Any = None, **changed: Any) -> BadToken:
    """Under another algorithm or key; without `key`, the issuer's own."""

    def make(issuer: Issuer) -> str:
        header = {**issuer.header, "alg": algorithm, **changed}
        return compact(header, issuer.claims(), key=key or issuer.key, algorithm=algorithm)

    return _token(name, reason, make)


def _public_pem(issuer: Issuer) -> bytes:
    return issuer.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _hs256_with_public_key(issuer: Issuer) -> str:
    return compact(
        {**issuer.header, "alg": "HS256"}, issuer.claims(), key=_public_pem(issuer), algorithm="HS256"
    )


def _own_key_in_header(issuer: Issuer) -> str:
    attacker = Issuer()
    header = {**issuer.header, "jwk": attacker.public_jwk(kid=issuer.kid)}
    return compact(header, issuer.claims(), key=attacker.key, algorithm="RS256")


def _changed_after_signing(issuer: Issuer) -> str:
    header, _, signature = issuer.token().split(".")
    return f"{header}.{encoded(issuer.claims(oid='dddddddd-0000-4000-8000-000000000666'))}.{signature}"


def _in_encoding(part: str, encoding: str, issuer: Issuer) -> str:
    header, payload = (json.dumps(each).encode() for each in (issuer.header, issuer.claims()))
    if part == "header":
        header = header.decode().encode(encoding)
    else:
        payload = payload.decode().encode(encoding)
    return issuer.sign(header, payload)


def _headers(name: str, reason: Reason, headers: Callable[[str], Mapping[str, Any]]) -> BadToken:
    """Headers made of a good token."""
    return BadToken(name, reason, lambda issuer: headers(issuer.token()))


_SIGNATURES = (
    _signed("alg none", "algorithm", "none"),
    _signed("alg None in another case", "algorithm", "none", alg="nOnE"),
    _token("alg RS256 without a signature", "signature", lambda i: i.token().rpartition(".")[0] + "."),
    _token("HS256 with the public key as secret", "algorithm", _hs256_with_public_key),
    _signed("RS384", "algorithm", "RS384"),
    _signed("RS512", "algorithm", "RS512"),
    _signed("PS256", "algorithm", "PS256"),
    _signed("ES256", "algorithm", "ES256", CURVE),
    _signed("PS256 signature that says RS256", "signature", "PS256", alg="RS256"),
    _header("no alg", "algorithm", without="alg"),
    _header("alg is a list", "algorithm", alg=["RS256"]),
    _signed("foreign key under the kid", "signature", "RS256", FOREIGN),
    _token("changed after signing", "signature", _changed_after_signing),
    _token("key in the jwk header", "signature", _own_key_in_header),
    _signed("key at the jku header", "signature", "RS256", FOREIGN, jku="https://evil.example/keys"),
    _signed("key at the x5u header", "signature", "RS256", FOREIGN, x5u="https://evil.example/cert"),
    _header("unknown kid", "unknown_key", kid="key-of-nobody"),
    _header("kid that is a path", "unknown_key", kid="../../../../dev/null"),
    _header("missing kid", "no_kid", without="kid"),
    _header("empty kid", "no_kid", kid=""),
    _header("kid is a number", "malformed", kid=1),
    _header("typ of a logout token", "token_type", typ="logout+jwt"),
    _header("typ of a proof of possession", "token_type", typ="dpop+jwt"),
    _header("typ pop", "token_type", typ="pop"),
    _header("typ is a list", "token_type", typ=["JWT"]),
    _header("typ is null", "token_type", typ=None),
    _header("crit names what nobody knows", "malformed", crit=["exotic"], exotic=True),
    _header("unencoded payload", "malformed", b64=False, crit=["b64"]),
)

_ORIGINS = (
    _claims("iss of version 1", "version_1", iss=STS, ver="1.0"),
    _claims("iss of version 1 in a version 2 token", "issuer", iss=STS),
    _claims("iss of another tenant", "issuer", iss=f"https://login.microsoftonline.com/{OTHER_TENANT}/v2.0"),
    _claims("iss over http", "issuer", iss=f"http://login.microsoftonline.com/{TENANT}/v2.0"),
    _claims("iss with a slash at its end", "issuer", iss=f"https://login.microsoftonline.com/{TENANT}/v2.0/"),
    _claims("iss is a list", "issuer", iss=[f"https://login.microsoftonline.com/{TENANT}/v2.0"]),
    _claims("missing iss", "missing_claim", without="iss"),
    _claims("aud Graph", "audience", aud="https://graph.microsoft.com"),
    _claims("aud as API URI", "audience", aud=f"api://{SERVER}"),
    _claims("aud as API URI in a version 1 token", "version_1", aud=f"api://{SERVER}", ver="1.0"),
    _claims("aud a list with ours", "audience", aud=[SERVER, "https://graph.microsoft.com"]),
    _claims("aud in upper case", "audience", aud=SERVER.upper()),
    _claims("missing aud", "missing_claim", without="aud"),
    _payload("aud twice, the last foreign", "audience", "aud", '"https://graph.microsoft.com"'),
    _claims("tid of another tenant", "foreign_tenant", tid=OTHER_TENANT),
    _claims("tid in upper case", "foreign_tenant", tid=TENANT.upper()),
    _claims("tid is a list", "foreign_tenant", tid=[TENANT]),
    _claims("missing tid", "foreign_tenant", without="tid"),
    _claims("azp not allowed", "client_not_allowed", azp=OTHER_CLIENT),
    _claims("missing azp", "client_not_allowed", without="azp"),
    _claims("appid in place of azp", "client_not_allowed", without="azp", appid=OTHER_CLIENT),
)

_TIMES = (
    _since("expired beyond the skew", "expired", exp=-330),
    _since("not valid yet", "not_yet_valid", nbf=330),
    _since("issued in the future", "not_yet_valid", iat=330),
    _since("too old, though not expired", "too_old", iat=-24 * 3600 - 330, nbf=-24 * 3600 - 330),
    _claims("missing exp", "missing_claim", without="exp"),
    _claims("missing nbf", "missing_claim", without="nbf"),
    _claims("missing iat", "missing_claim", without="iat"),
    _claims("exp is null", "missing_claim", exp=None),
    _claims("exp is a word", "malformed", exp="never"),
    _claims("exp is a numeral in a string", "malformed", exp="32503680000"),
    _claims("exp is a fraction", "malformed", exp=32503680000.5),
    _claims("exp is a list", "malformed", exp=[32503680000]),
    _payload("exp is infinite", "malformed", "exp", "1e999"),
    _payload("exp is no number", "malformed", "exp", "NaN"),
    _claims("exp is negative", "expired", exp=-1),
    _claims("iat is negative", "too_old", iat=-1),
    _claims("exp is a bool", "expired", exp=True),
    _claims("iat is a bool", "malformed", iat=True),
    _claims("nbf is a bool", "malformed", nbf=True),
)

_CLAIMS = (
    _claims("ver 1.0", "version_1", ver="1.0"),
    _claims("ver 3.0", "version", ver="3.0"),
    _claims("ver is a number", "version", ver=2.0),
    _claims("missing ver", "version", without="ver"),
    _claims("app only: no scp, but roles", "app_only", without="scp", roles=["access_as_user"]),
    _claims("app only: idtyp", "app_only", idtyp="app"),
    _claims("scp without the scope", "missing_scope", scp="something_else"),
    _claims("scp with the scope inside another", "missing_scope", scp="not_access_as_user access_as_user2"),
    _claims("scp in upper case", "missing_scope", scp="ACCESS_AS_USER"),
    _claims("scp is empty", "missing_scope", scp=""),
    _claims("scp is a list without the scope", "missing_scope", scp=["something_else"]),
    _claims("scp is a list with more than texts", "missing_scope", scp=["access_as_user", 1]),
    _claims("scp is a list of lists", "missing_scope", scp=[["access_as_user"]]),
    _claims("scp is a list whose text holds two", "missing_scope", scp=["access_as_user other"]),
    _claims("scp is an object", "missing_scope", scp={"access_as_user": True}),
    _claims("bound to a key", "key_bound", cnf={"kid": "device-key"}),
    _claims("bound to a certificate", "key_bound", cnf={"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESs"}),
    _claims("bound to null", "key_bound", cnf=None),
    _claims("missing oid", "missing_claim", without="oid"),
    _claims("oid is no GUID", "malformed", oid="ana@example.com"),
    _claims("oid with a line end", "malformed", oid=f"{USER}\n"),
    _claims("oid is a number", "malformed", oid=1),
    _claims("missing sub", "missing_claim", without="sub"),
    _claims("sub is null", "missing_claim", sub=None),
    _claims("sub is a number", "malformed", sub=1),
)

FORMS = (
    _token("oversized", "oversized", lambda i: i.token(padding="x" * 32 * 1024)),
    _token("two parts", "malformed", lambda i: i.token().rpartition(".")[0]),
    _token("four parts", "malformed", lambda i: f"{i.token()}.{encoded(b'more')}"),
    _token("encrypted, five parts", "malformed", lambda i: f"{i.token()}.{encoded(b'iv')}.{encoded(b'tag')}"),
    _token("one word", "malformed", lambda _: "correct-horse-battery-staple"),
    _token("only dots", "malformed", lambda _: ".."),
    _token("junk before the token", "malformed", lambda i: f"junk {i.token()}"),
    _token("junk after the token", "malformed", lambda i: f"{i.token()} junk"),
    _token("signs no base64url has", "malformed", lambda i: f"{i.token()}!!!!"),
    _token("padding", "malformed", lambda i: f"{i.token()}=="),
    _token("a lone surrogate", "malformed", lambda i: f"{i.token()}\ud800"),
    _token("full-width letters", "malformed", lambda i: f"\uff45{i.token()[1:]}"),
    _token("header is not JSON", "malformed", lambda i: i.sign(b"alg=RS256", i.claims())),
    _token("header is a list", "malformed", lambda i: i.sign(b'["RS256"]', i.claims())),
    _token("payload is not JSON", "malformed", lambda i: i.sign(i.header, b"tid=1")),
    _token("payload is not an object", "malformed", lambda i: i.sign(i.header, b'["tid"]')),
    _token("payload is not UTF-8", "malformed", lambda i: i.sign(i.header, b'{"tid": "\xff"}')),
    *(
        _token(f"{part} in {encoding}", "malformed", partial(_in_encoding, part, encoding))
        for part in ("header", "payload")
        for encoding in ("UTF-16", "UTF-16-LE", "UTF-32-BE", "UTF-8-sig")
    ),
    _token("payload is empty", "malformed", lambda i: i.sign(i.header, b"")),
    _token("header nested too deep", "malformed", lambda i: i.sign(DEEP, i.claims())),
    _token("payload nested too deep", "malformed", lambda i: i.sign(i.header, DEEP)),
)

_HEADERS = (
    _headers("no header at all", "missing", lambda _: {}),
    _headers("empty header", "missing", lambda _: {"Authorization": "Bearer "}),
    _headers("only the scheme", "missing", lambda _: {"Authorization": "Bearer"}),
    _headers("only the header of Easy Auth", "missing", lambda t: {"X-MS-TOKEN-AAD-ACCESS-TOKEN": t}),
    _headers("only the principal of Easy Auth", "missing", lambda _: {"X-MS-CLIENT-PRINCIPAL-ID": USER}),
    _headers("not Bearer", "not_bearer", lambda t: {"Authorization": f"Basic {t}"}),
    _headers("no scheme", "not_bearer", lambda t: {"Authorization": t}),
    _headers("leading junk", "not_bearer", lambda t: {"Authorization": f"x Bearer {t}"}),
    _headers(
        "two spellings of the header",
        "several_tokens",
        lambda t: {"Authorization": f"Bearer {t}", "authorization": f"Bearer {t}"},
    ),
    _headers(
        "two values joined by a comma",
        "several_tokens",
        lambda t: {"Authorization": f"Bearer {t}, Bearer {t}"},
    ),
    _headers("value is a list", "missing", lambda t: {"Authorization": [f"Bearer {t}"]}),
)

BAD_TOKENS = (*_SIGNATURES, *_ORIGINS, *_TIMES, *_CLAIMS, *FORMS, *_HEADERS)
