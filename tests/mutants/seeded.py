"""Seeds security-relevant mistakes into a copy of the code, one at a time, and says which no test catches.

mutmut changes what is inside functions, by rules. Here are mistakes that people make, constants and
defaults of classes among them: `python -m tests.mutants.seeded [WORD]` runs those whose file or name holds
the word.
"""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COPIED = ("shared", "local", "tests", "infra", "docs", "function_app.py", "host.json", "pyproject.toml")
TESTS = {
    "entra": ("tests/shared/entra", "tests/shared/http/test_redirects.py"),
    "policy": ("tests/shared/policy",),
    "http": ("tests/shared/http",),
    "mcp": ("tests/shared/mcp", "tests/shared/policy", "tests/shared/http/test_deadline.py"),
}
TIMEOUT = 120
NOT_RUN = (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED)
PYTEST = ("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-n0")


@dataclass(frozen=True)
class Mistake:
    name: str
    path: str
    right: str
    wrong: str

    @property
    def room(self) -> str:
        return self.path.partition("/")[0]


MISTAKES = [
    Mistake(
        "MSAL repeats a refusal for a minute",
        "entra/confidential_client.py",
        "http_cache=NoHttpCache()",
        "http_cache={}",
    ),
    Mistake(
        "MSAL stores every token",
        "entra/confidential_client.py",
        "token_cache=_NoTokenCache()",
        "token_cache=msal.TokenCache()",
    ),
    Mistake(
        "A claims challenge is dropped",
        "entra/exchange.py",
        "claims_challenge=claims",
        "claims_challenge=None",
    ),
    Mistake(
        "The app does not say that it handles challenges",
        "entra/exchange.py",
        'capabilities=["cp1"]',
        "client_capabilities=None",
    ),
    Mistake(
        "The managed identity's client follows redirects",
        "entra/identity_http.py",
        "follow_redirects=False",
        "follow_redirects=True",
    ),
    Mistake(
        "Bytes that nobody asked for are the next response",
        "http/connection.py",
        "if self._parser is None:\n            self.cut()",
        "if self._parser is None:\n            self._parser = ResponseParser()",
    ),
    Mistake(
        "A connection checked for one name serves another",
        "http/connection_client.py",
        "place == self._place",
        "place[:3] == (self._place or ())[:3]",
    ),
    Mistake(
        "A header holds another",
        "http/connection_client.py",
        r"[\t\x20-\x7e\x80-\xff]*",
        "(?s:.*)",
    ),
    Mistake(
        "Entra's client follows redirects",
        "entra/msal_http.py",
        "follow_redirects=False",
        "follow_redirects=True",
    ),
    Mistake(
        "One audience of several is enough",
        "entra/access_token.py",
        '"strict_aud": True',
        '"strict_aud": False',
    ),
    Mistake(
        "An expired token lives for a day", "entra/access_token.py", "CLOCK_SKEW = 300", "CLOCK_SKEW = 86400"
    ),
    Mistake("A token needs no nbf", "entra/access_token.py", '"nbf", "oid"', '"oid"'),
    Mistake(
        "An app's token with scp is a user's",
        "entra/access_token.py",
        'claims.get("idtyp") == "app" or ',
        "",
    ),
    Mistake("A token bound to a key is a bearer's", "entra/access_token.py", '"cnf" in claims', "False"),
    Mistake(
        "A cached token outlives the largest age",
        "entra/access_token.py",
        'min(principal.expires_at, principal.claim("iat") + self._max_age)',
        "principal.expires_at",
    ),
    Mistake(
        "A cached token's signature is not looked at",
        "entra/access_token.py",
        "hashlib.sha256(token.encode())",
        'hashlib.sha256(token.rpartition(".")[0].encode())',
    ),
    Mistake(
        "A token without azp passes the list of clients",
        "entra/access_token.py",
        "if allowed and str(",
        'if allowed and claims.get("azp") and str(',
    ),
    Mistake(
        "A token may be of any size",
        "entra/access_token.py",
        "LIMIT_CHARACTERS = 32",
        "LIMIT_CHARACTERS = 32768",
    ),
    Mistake(
        "Any token's metadata is believed",
        "entra/signing_keys.py",
        'metadata.get("issuer") != self._issuer',
        'not metadata.get("issuer")',
    ),
    Mistake("Keys come over plain HTTP", "entra/signing_keys.py", '"https://"', '"http"'),
    Mistake("Keys of 1024 bits sign", "entra/signing_keys.py", "range(2048,", "range(1024,"),
    Mistake("Every unknown kid fetches keys", "entra/signing_keys.py", "COOLDOWN = 30.0", "COOLDOWN = 0.0"),
    Mistake(
        "Any issuer's key signs",
        "entra/signing_keys.py",
        'owner.replace("{tenantid}", _tenant_id(issuer)) != issuer',
        "not owner",
    ),
    Mistake(
        "Tenants share cached tokens",
        "entra/on_behalf_of.py",
        "(assertion.tenant_id, resource, assertion.token)",
        "(resource, assertion.token)",
    ),
    Mistake(
        "Resources share cached tokens",
        "entra/on_behalf_of.py",
        "(assertion.tenant_id, resource, assertion.token)",
        "(assertion.tenant_id, assertion.token)",
    ),
    Mistake(
        "Users share cached tokens",
        "entra/on_behalf_of.py",
        "(assertion.tenant_id, resource, assertion.token)",
        "(assertion.tenant_id, resource)",
    ),
    Mistake(
        "A token is used until its last second",
        "entra/on_behalf_of.py",
        "EXPIRY_MARGIN = 300",
        "EXPIRY_MARGIN = 0",
    ),
    Mistake(
        "A caller who leaves cancels the others' exchange",
        "entra/on_behalf_of.py",
        "await asyncio.shield((same or self._start(request)).task)",
        "await (same or self._start(request)).task",
    ),
    Mistake(
        "The repr of Token A's holder shows it",
        "entra/on_behalf_of.py",
        "token: str = field(repr=False)",
        "token: str",
    ),
    Mistake(
        "The repr of Token B's holder shows it",
        "entra/exchange.py",
        "access_token: str = field(repr=False)",
        "access_token: str",
    ),
    Mistake(
        "A token without the tool's scope is sent",
        "entra/delegated_access.py",
        "if missing:",
        "if not token:",
    ),
    Mistake(
        "A request that changes something is repeated",
        "http/messages.py",
        'self.reads or self.method == "GET"',
        "True",
    ),
    Mistake(
        "The repr of a request shows its headers",
        "http/messages.py",
        "field(default_factory=dict, repr=False)",
        "field(default_factory=dict)",
    ),
    Mistake(
        "A body may be four times as large as allowed",
        "http/http_client.py",
        "len(body) > self._limit_bytes",
        "len(body) > 4 * self._limit_bytes",
    ),
    Mistake(
        "Cookies of one caller go to the next",
        "http/http_client.py",
        "built = httpx.Request(",
        "built = client.build_request(",
    ),
    Mistake(
        "A circuit counts failures that are not consecutive",
        "http/circuit_breaker.py",
        "self._failures.clear()",
        "pass",
    ),
    Mistake(
        "Users of two tenants share a bucket",
        "policy/rate_limit.py",
        "self._full_at.put((tenant_id, object_id)",
        'self._full_at.put(("", object_id)',
    ),
    Mistake(
        "Users of two tenants share a bucket in Redis",
        "policy/rate_limit.py",
        "calls:{tenant_id}:{object_id}",
        "calls:{object_id}",
    ),
    Mistake(
        "Users of two tenants share groups",
        "policy/groups.py",
        "cached = self._cache.get((principal.tenant_id, principal.object_id))",
        "cached = next((each.value for each in self._cache._entries.values()), None)",
    ),
    Mistake(
        "One of several requirements is enough",
        "policy/authorization.py",
        "        if unmet:\n            raise _forbidden(tool.name",
        "        if len(unmet) > 1:\n            raise _forbidden(tool.name",
    ),
    Mistake(
        "The requirement on writing tools is dropped",
        "policy/authorization.py",
        "[WRITING_TOOLS] if tool.writes else []",
        "[]",
    ),
    Mistake(
        "Nobody is authorized",
        "mcp/dispatch.py",
        "await self.access.authorize(self.principal, self.token, guarded)",
        "pass",
    ),
    Mistake(
        "A header's name has one spelling", "mcp/invocation.py", "key.casefold() == wanted", "key == name"
    ),
    Mistake(
        "The repr of an invocation shows its headers",
        "mcp/invocation.py",
        "headers: Mapping[str, str] = field(repr=False)",
        "headers: Mapping[str, str]",
    ),
    Mistake(
        "A write that took too long may be repeated",
        "mcp/dispatch.py",
        "if not writes:",
        "if seconds:",
    ),
]


def survives(mistake: Mistake, copy: Path, tests: tuple[str, ...]) -> bool:
    """Tells whether the tests pass on the copy with the mistake in it."""
    path = copy / "shared" / mistake.path
    text = path.read_text()
    path.write_text(text.replace(mistake.right, mistake.wrong))
    try:
        done = subprocess.run(
            [sys.executable, *PYTEST, *tests],
            cwd=copy,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        return False
    finally:
        path.write_text(text)
    if done.returncode in NOT_RUN:
        raise RuntimeError(f"{mistake.name}: the tests did not run\n{done.stdout[-2000:]}")
    return done.returncode == 0


def main(word: str) -> int:
    """Runs the mistakes, a line for each; returns 1 if one survives."""
    chosen = [each for each in MISTAKES if word in f"{each.path} {each.name}"]
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, copy / name)
        for mistake in chosen:
            survived = survives(mistake, copy, TESTS[mistake.room])
            survivors += survived
            print(f"{'SURVIVED' if survived else 'killed':9} {mistake.path}: {mistake.name}", flush=True)
    print(f"{len(chosen)} mistakes, {survivors} survived")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
