"""Entra, Graph, Azure DevOps and the managed identity in one small process, for figures without a host.

    python -m tests.bench.world FOLDER

The local tenant answers as the services do, and takes more processor time for it than the app: beside it the
app could not be measured alone. Here each answer is the same bytes after the fixed latency. The folder gets
the authority to trust (`ca.pem`), users' access tokens (`tokens.json`) and the app settings
(`settings.json`); a line on standard output says that it listens.
"""

import asyncio
import json
import ssl
import sys
import time
import uuid
from pathlib import Path

import jwt
import trustme
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.bench.latencies import LATENCIES

TENANT = "aaaaaaaa-0000-4000-8000-000000000001"
SERVER = "bbbbbbbb-0000-4000-8000-000000000001"
USERS = 50
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ACCOUNTS = {"count": 1, "value": [{"accountId": str(uuid.uuid4()), "accountName": "fabrikam"}]}
PERSON = {
    "id": str(uuid.uuid4()),
    "displayName": "Ana Example",
    "mail": "ana@example.com",
    "userPrincipalName": "ana@example.com",
    "jobTitle": "Engineer",
    "department": "R&D",
    "officeLocation": "1/1",
}


class World:
    """Holds the answers, and counts the exchanges.

    Args:
        origin: The address of all of it but the managed identity.
    """

    def __init__(self, origin: str) -> None:
        self.exchanges = 0
        issuer = f"{origin}/{TENANT}/v2.0"
        key = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        metadata = {
            "issuer": issuer,
            "jwks_uri": f"{origin}/keys",
            "token_endpoint": f"{origin}/{TENANT}/oauth2/v2.0/token",
            "authorization_endpoint": f"{origin}/{TENANT}/oauth2/v2.0/authorize",
        }
        profile = {"id": str(uuid.uuid4()), "displayName": "Ana", "emailAddress": "ana@example.com"}
        self._answers = {
            f"/{TENANT}/v2.0/.well-known/openid-configuration": (0.0, _json(metadata)),
            "/keys": (0.0, _json({"keys": [{**key, "kid": "bench", "use": "sig"}]})),
            "/msi/token": (LATENCIES["identity"], _json(_identity_token())),
            "/v1.0/me": (LATENCIES["graph"], _json(PERSON)),
            "/_apis/profile/profiles/me": (LATENCIES["devops"], _json(profile)),
            "/_apis/accounts": (LATENCIES["devops"], _json(ACCOUNTS)),
        }

    def answer(self, path: str, body: bytes) -> tuple[float, bytes]:
        """Returns the seconds until the answer to a request, and the answer."""
        if path == f"/{TENANT}/oauth2/v2.0/token":
            self.exchanges += 1
            scope = (
                "User.Read" if b"User.Read" in body else "499b84ac-1321-427f-aa17-267ca6975798/vso.profile"
            )
            token = {"token_type": "Bearer", "expires_in": 3600, "access_token": "b" * 1800, "scope": scope}
            return LATENCIES["entra"], _json(token)
        if path == "/exchanges":
            return 0.0, _json({"exchanges": self.exchanges})
        return self._answers.get(path) or (0.0, _json({}, "404 Not Found"))


class Connection(asyncio.Protocol):
    """Answers one request after another of a keep-alive connection; its client sends no two at once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answers once a request is whole."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        self._received = b""
        path = head.split(b" ", 2)[1].decode().partition("?")[0]
        seconds, answer = self._world.answer(path, body)
        asyncio.get_running_loop().call_later(seconds, self._write, answer)

    def _write(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


def _length(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    return next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)


def _json(document: object, status: str = "200 OK") -> bytes:
    body = json.dumps(document).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _identity_token() -> dict[str, object]:
    expires = int(time.time()) + 24 * 3600
    return {"access_token": "i" * 1200, "expires_on": str(expires), "resource": "r", "token_type": "Bearer"}


def access_token(number: int, issuer: str) -> str:
    """Returns Token A of a user."""
    now = int(time.time())
    claims = {
        "aud": SERVER,
        "iss": issuer,
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + 4000,
        "azp": "cccccccc-0000-4000-8000-000000000001",
        "name": f"User {number}",
        "oid": f"dddddddd-0000-4000-8000-{number:012}",
        "preferred_username": f"user{number}@example.com",
        "scp": "access_as_user",
        "sub": f"{number:043}",
        "tid": TENANT,
        "uti": f"{number:022}",
        "ver": "2.0",
    }
    return jwt.encode(claims, KEY, "RS256", {"kid": "bench"})


def settings(origin: str, identity: str, ca_file: Path) -> dict[str, str]:
    """Returns the settings of an app that belongs to this world."""
    devops = ("", "PROFILE_", "SEARCH_", "IDENTITIES_", "RELEASES_", "SECURITY_")
    return {
        "AZURE_TENANT_ID": TENANT,
        "AZURE_CLIENT_ID": SERVER,
        "AZURE_MI_CLIENT_ID": "eeeeeeee-0000-4000-8000-000000000001",
        "AZURE_AUTHORITY_HOST": origin,
        "GRAPH_ENDPOINT": origin,
        **{f"DEVOPS_{name}ENDPOINT": origin for name in devops},
        "IDENTITY_ENDPOINT": f"{identity}/msi/token",
        "IDENTITY_HEADER": "header",
        "SSL_CERT_FILE": str(ca_file),
        "REQUESTS_CA_BUNDLE": str(ca_file),
        # With it the sign-in metadata of the platform is expected to be right, as in a deployment.
        "WEBSITE_HOSTNAME": "localhost:7071",
        "WEBSITE_AUTH_ENABLED": "True",
        "WEBSITE_AUTH_CLIENT_ID": SERVER,
        "RATE_LIMIT": "none",
        "FUNCTIONS_WORKER_RUNTIME": "python",
    }


async def serve(folder: Path) -> None:
    """Writes the folder's files, says so, and answers until it is stopped."""
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    loop = asyncio.get_running_loop()
    worlds: list[World] = []
    secure = await loop.create_server(lambda: Connection(worlds[0]), "127.0.0.1", 0, ssl=tls)
    plain = await loop.create_server(lambda: Connection(worlds[0]), "127.0.0.1", 0)
    origin, identity = (
        f"{scheme}://localhost:{server.sockets[0].getsockname()[1]}"
        for scheme, server in (("https", secure), ("http", plain))
    )
    worlds.append(World(origin))
    issuer = f"{origin}/{TENANT}/v2.0"
    (folder / "tokens.json").write_text(json.dumps([access_token(each, issuer) for each in range(USERS)]))
    (folder / "settings.json").write_text(json.dumps(settings(origin, identity, folder / "ca.pem")))
    print("listening", flush=True)
    await asyncio.gather(secure.serve_forever(), plain.serve_forever())


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
