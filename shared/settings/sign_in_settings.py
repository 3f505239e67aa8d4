"""Declares the settings of the sign-in proxy, which are read only where `SIGN_IN_PROXY` switches it on."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from shared.errors import SettingsError
from shared.settings.app_settings import Settings
from shared.settings.problems import explain
from shared.settings.values import LOOPBACK, BaseUrl, Guid, Names, TableUrl, folded

SWITCH = "SIGN_IN_PROXY"

_HOST = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_REDIRECT = re.compile(r"([a-z][a-z0-9+.-]*):[A-Za-z0-9._~:/?\[\]@!$&'()+,;=%-]{1,500}")
_UNSAFE_SCHEMES = frozenset(
    {"http", "javascript", "data", "file", "vbscript", "about", "blob", "view-source"}
)
_SCOPE = re.compile(r"(api|https)://[A-Za-z0-9./_~-]{1,200}/[A-Za-z0-9._-]{1,120}")


def _origin(value: str) -> str:
    value = value.casefold()
    if value != "{0.scheme}://{0.netloc}".format(urlsplit(value)):
        raise ValueError("must be an origin without a path such as https://example.com")
    return value


def _hosts(value: frozenset[str]) -> frozenset[str]:
    hosts = frozenset(host.casefold() for host in value)
    if not all(_HOST.fullmatch(host) for host in hosts):
        raise ValueError("must be host names such as claude.ai, separated by commas, without https://")
    return hosts


def _redirects(value: frozenset[str]) -> frozenset[str]:
    forms = [_REDIRECT.fullmatch(address) for address in value]
    if not all(form is not None and form[1] not in _UNSAFE_SCHEMES for form in forms):
        raise ValueError(
            "must be whole redirect addresses such as cursor://anysphere.cursor-mcp/oauth/callback, "
            "separated by spaces; http addresses of this machine need no entry, others are refused"
        )
    return value


def _full_scope(value: str) -> str:
    if not _SCOPE.fullmatch(value):
        raise ValueError("must be a scope's full name such as api://<client id>/access_as_user")
    return value


class SignInSettings(BaseModel):
    """Holds the settings of the sign-in proxy. A field's description says what it is for."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    form: Annotated[Literal["metadata", "app", "gateway"], BeforeValidator(folded)] = Field(
        validation_alias=SWITCH,
        description="How clients that Entra does not know sign in: empty for not at all, metadata for the "
        "metadata documents alone, app or gateway for the sign-in proxy at that address.",
    )
    origin: Annotated[BaseUrl, AfterValidator(_origin)] = Field(
        validation_alias="SIGN_IN_ORIGIN",
        description="The origin that clients know the server by, which is the issuer of the metadata: of the "
        "app, or of the gateway.",
    )
    client_id: Guid | None = Field(
        None,
        validation_alias="SIGN_IN_CLIENT_ID",
        description="The application (client) id of the sign-in proxy's own app registration. Entra admin "
        "center, App registrations, Overview; the deployment sets it.",
    )
    table_url: TableUrl | None = Field(
        None,
        validation_alias="SIGN_IN_TABLE_URL",
        description="The table in Azure Storage that keeps sign-ins, read and written as the managed "
        "identity; the deployment sets it. On loopback they may last as long as the process instead.",
    )
    clients: Annotated[Names, AfterValidator(_hosts)] = Field(
        frozenset(),
        validation_alias="SIGN_IN_CLIENTS",
        description="Hosts whose client id metadata documents are accepted, separated by commas; empty "
        "accepts those of any public host.",
    )
    redirects: Annotated[Names, AfterValidator(_redirects)] = Field(
        frozenset(),
        validation_alias="SIGN_IN_REDIRECTS",
        description="Redirect addresses accepted besides https and loopback ones, each in full.",
    )
    registration: bool = Field(
        False,
        validation_alias="SIGN_IN_REGISTRATION",
        description="true lets clients register themselves (RFC 7591), false only those with a client id "
        "metadata document.",
    )
    scope: Annotated[str, AfterValidator(_full_scope)] | None = Field(
        None,
        validation_alias="SIGN_IN_SCOPE",
        description="The full name of the scope clients ask for, where the server's app registration has not "
        "the usual identifier URI api://<AZURE_CLIENT_ID>.",
    )

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], settings: Settings | None) -> Self:
        """Parses environment variables; an empty value counts as not set.

        Args:
            environ: The environment.
            settings: The app's other settings, with which these must agree; None where those are wrong.

        Raises:
            SettingsError: Some are missing, wrong or contradictory. Its text has a line for each.
        """
        try:
            parsed = cls.model_validate({name: value for name, value in environ.items() if value.strip()})
        except ValidationError as error:
            raise SettingsError(explain(error, cls)) from None
        if settings is not None and (lines := parsed._contradictions(settings)):
            raise SettingsError("\n".join(lines))
        if settings is not None and parsed.scope is None:
            usual = f"api://{settings.client_id}/{settings.required_scope}"
            return parsed.model_copy(update={"scope": usual})
        return parsed

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.form == "metadata":
            return self
        given = {
            "SIGN_IN_CLIENT_ID": self.client_id is not None,
            "SIGN_IN_TABLE_URL": self.table_url is not None or self.is_loopback,
        }
        if not all(given.values()):
            raise ValueError(
                "\n".join(_missing(name, self) for name, is_there in given.items() if not is_there)
            )
        return self

    @property
    def is_loopback(self) -> bool:
        """Tells whether clients reach the server on loopback, where there need not be TLS nor a table."""
        return urlsplit(self.origin).hostname in LOOPBACK

    @property
    def is_proxy(self) -> bool:
        """Tells whether the proxy itself is switched on, not only its metadata."""
        return self.form != "metadata"

    @property
    def mcp_url(self) -> str:
        """Returns the address of the MCP endpoint, which is the resource of the metadata (RFC 9728)."""
        return f"{self.origin}/runtime/webhooks/mcp"

    @property
    def scope_name(self) -> str:
        """Returns the full name of the scope that clients ask for."""
        assert self.scope is not None  # noqa: S101 - `from_environ` sets it
        return self.scope

    @property
    def proxy_client_id(self) -> str:
        """Returns the client id of the proxy's own app registration."""
        assert self.client_id is not None  # noqa: S101 - `_complete` has checked it
        return self.client_id

    def _contradictions(self, settings: Settings) -> list[str]:
        lines = []
        if settings.tenants != {settings.tenant_id}:
            lines.append(
                "ALLOWED_TENANT_IDS names other tenants than AZURE_TENANT_ID: with SIGN_IN_PROXY there is "
                "one tenant, so leave either out."
            )
        if self.is_loopback and settings.hostname and not settings.is_local:
            lines.append(
                "SIGN_IN_ORIGIN is an address of this machine, and WEBSITE_HOSTNAME is not: clients would be "
                "sent to themselves."
            )
        if self.is_proxy and self.client_id == settings.client_id:
            lines.append(
                "SIGN_IN_CLIENT_ID and AZURE_CLIENT_ID are the same: the sign-in proxy has an app "
                "registration of its own."
            )
        allowed = settings.allowed_client_ids
        if self.is_proxy and allowed and self.client_id not in allowed:
            lines.append(
                "ALLOWED_CLIENT_IDS lacks the id in SIGN_IN_CLIENT_ID: tokens of the sign-in proxy would be "
                "refused."
            )
        return lines


def _missing(name: str, settings: SignInSettings) -> str:
    field = next(each for each in type(settings).model_fields.values() if each.validation_alias == name)
    return f"{name} is missing. {field.description}"


def read(environ: Mapping[str, str]) -> tuple[Settings, SignInSettings]:
    """Reads the app's settings and the proxy's.

    Raises:
        SettingsError: Some are missing, wrong or contradictory, of either; a line for each.
    """
    settings, problems = None, []
    try:
        settings = Settings.from_environ(environ)
    except SettingsError as error:
        problems.append(str(error))
    try:
        sign_in = SignInSettings.from_environ(environ, settings)
    except SettingsError as error:
        problems.append(str(error))
    if settings is None or problems:
        raise SettingsError("\n".join(problems))
    return settings, sign_in
