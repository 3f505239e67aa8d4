"""Declares every app setting: its name, what it is for, where to get it. They are read once, at start."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from shared.errors import SettingsError
from shared.settings.clouds import CLOUDS, FILE_HOSTS, PUBLIC_AUTHORITIES
from shared.settings.problems import explain
from shared.settings.rate import Rate
from shared.settings.read_more import ReadMore
from shared.settings.requirement import Requirement, parse_policy
from shared.settings.values import (
    LOOPBACK,
    Authority,
    BaseUrl,
    ClientSecret,
    ConfirmWrites,
    ExistingFile,
    Guid,
    Guids,
    HostNames,
    HostUrls,
    Names,
    OptionalRate,
    ReadAreas,
    RedisUrl,
    ScopeName,
    TableUrl,
    folded,
)

CREDENTIAL_SETTINGS = (
    "AZURE_MI_CLIENT_ID",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_SECRET_FILE",
)

type CredentialKind = Literal["managed_identity", "certificate", "client_secret"]


class Settings(BaseModel):
    """Holds the app settings. A field's description says what it is for and where to get it."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    tenant_id: Guid = Field(
        validation_alias="AZURE_TENANT_ID",
        description="The directory (tenant) id users sign in to. Entra admin center, Overview.",
    )
    client_id: Guid = Field(
        validation_alias=AliasChoices("AZURE_CLIENT_ID", "WEBSITE_AUTH_CLIENT_ID"),
        description="The application (client) id of this server's app registration. "
        "Entra admin center, App registrations, Overview; the deployment sets it.",
    )
    managed_identity_client_id: Guid | None = Field(
        None,
        validation_alias=AliasChoices("AZURE_MI_CLIENT_ID", "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID"),
        description="The client id of the user-assigned managed identity that is the app's credential. "
        "Azure portal, Managed Identities, Overview; the deployment sets it.",
    )
    client_certificate_path: ExistingFile | None = Field(
        None,
        validation_alias="AZURE_CLIENT_CERTIFICATE_PATH",
        description="A PEM file with the private key and the certificate registered for the app. "
        "App registration, Certificates & secrets.",
    )
    client_secret: ClientSecret | None = Field(
        None,
        validation_alias="AZURE_CLIENT_SECRET",
        description="A client secret of the app, for a developer's machine only. "
        "App registration, Certificates & secrets.",
    )
    client_secret_path: ExistingFile | None = Field(
        None,
        validation_alias="AZURE_CLIENT_SECRET_FILE",
        description="A file that holds a client secret of the app and nothing else, such as a secret that a "
        "container has mounted.",
    )
    authority_host: Authority = Field(
        "https://login.microsoftonline.com",
        validation_alias="AZURE_AUTHORITY_HOST",
        description="The Entra sign-in host of the cloud.",
    )
    graph_endpoint: BaseUrl = Field(
        "https://graph.microsoft.com",
        validation_alias="GRAPH_ENDPOINT",
        description="Where Microsoft Graph is called, without a version.",
    )
    graph_resource: BaseUrl = Field(
        "https://graph.microsoft.com",
        validation_alias="GRAPH_RESOURCE",
        description="The resource that Graph scopes name, wherever the endpoint points.",
    )
    devops_endpoint: BaseUrl = Field(
        "https://dev.azure.com",
        validation_alias="DEVOPS_ENDPOINT",
        description="Where Azure DevOps organizations are called.",
    )
    devops_profile_endpoint: BaseUrl = Field(
        "https://app.vssps.visualstudio.com",
        validation_alias="DEVOPS_PROFILE_ENDPOINT",
        description="Where Azure DevOps profiles and lists of organizations are called.",
    )
    devops_search_endpoint: BaseUrl = Field(
        "https://almsearch.dev.azure.com",
        validation_alias="DEVOPS_SEARCH_ENDPOINT",
        description="Where Azure DevOps search is called.",
    )
    devops_identities_endpoint: BaseUrl = Field(
        "https://vssps.dev.azure.com",
        validation_alias="DEVOPS_IDENTITIES_ENDPOINT",
        description="Where people of Azure DevOps are looked up.",
    )
    devops_releases_endpoint: BaseUrl = Field(
        "https://vsrm.dev.azure.com",
        validation_alias="DEVOPS_RELEASES_ENDPOINT",
        description="Where classic releases of Azure DevOps are called.",
    )
    devops_security_endpoint: BaseUrl = Field(
        "https://advsec.dev.azure.com",
        validation_alias="DEVOPS_SECURITY_ENDPOINT",
        description="Where security alerts of Azure DevOps are read.",
    )
    cloud: Annotated[Literal["public", "usgov", "china"], BeforeValidator(folded)] = Field(
        "public",
        validation_alias="AZURE_CLOUD",
        description="The cloud the tenant is in: public, usgov or china. It sets the sign-in host, Graph "
        "and the token exchange audience where these are not set themselves.",
    )
    trusted_hosts: HostNames = Field(
        frozenset(),
        validation_alias="TRUSTED_HOSTS",
        description="Hosts besides the cloud's own at which Graph may keep files, separated by commas; each "
        "stands for those below it too. They must have public addresses.",
    )
    required_scope: ScopeName = Field(
        "access_as_user",
        validation_alias="REQUIRED_SCOPE",
        description="The scope of this server an access token must hold. App registration, Expose an API.",
    )
    allowed_client_ids: Guids = Field(
        frozenset(),
        validation_alias="ALLOWED_CLIENT_IDS",
        description="Client apps that may call, by application id, separated by commas; empty allows any.",
    )
    allowed_tenant_ids: Guids = Field(
        frozenset(),
        validation_alias="ALLOWED_TENANT_IDS",
        description="Tenants whose users may call, separated by commas; empty means AZURE_TENANT_ID only.",
    )
    max_token_age_hours: float = Field(
        24,
        gt=0,
        le=24 * 30,
        validation_alias="MAX_TOKEN_AGE_HOURS",
        description="How many hours after its issue an access token is still accepted.",
    )
    token_exchange_audience: str = Field(
        "api://AzureADTokenExchange",
        min_length=1,
        validation_alias="TOKEN_EXCHANGE_AUDIENCE",
        description="The audience of the managed identity's assertion, as in the federated credential.",
    )
    enable_write_tools: bool | None = Field(
        None,
        validation_alias="ENABLE_WRITE_TOOLS",
        description="true offers tools that change things, false leaves them out; "
        "not set means false in Azure and true on a developer's machine.",
    )
    confirm_writes: ConfirmWrites = Field(
        "none",
        validation_alias="CONFIRM_WRITES",
        description="Which writes wait until the user confirms them in an MCP App: others (or true), those "
        "that others can see; all; none (or false). Clients that show no apps cannot make these writes.",
    )
    tools: Names = Field(
        frozenset(),
        validation_alias="TOOLS",
        description="The tools, families or presets (lean, developer, scrum, office, teamwork, all) offered, "
        "separated by commas; empty means lean in Azure and all on a developer's machine.",
    )
    tool_policy: Annotated[Mapping[str, Requirement], BeforeValidator(parse_policy)] = Field(
        {},
        validation_alias="TOOL_POLICY",
        description="App roles, groups and scopes that tools require, as JSON by tool, family, writes "
        "or *. App registration, App roles; Entra admin center, Groups, object ids.",
    )
    read_more: ReadAreas = Field(
        ReadMore(),
        validation_alias="READ_MORE",
        description="The areas of Graph and Azure DevOps that graph_read and devops_read may read, such as "
        "graph:mail,calendar;devops:*; empty offers none. * leaves those of administrators out.",
    )
    read_more_scopes: Names = Field(
        frozenset(),
        validation_alias="READ_MORE_SCOPES",
        description="Delegated permissions to ask for besides those of the tools, separated by commas, so "
        "that graph_read and devops_read reach what only these allow.",
    )
    devops_hosts: HostUrls = Field(
        {},
        validation_alias="DEVOPS_HOSTS",
        description="Where further hosts of Azure DevOps are called, such as "
        "vstmr.dev.azure.com=https://proxy.example.com, separated by commas; otherwise by their own names.",
    )
    rate_limit: OptionalRate = Field(
        Rate(120, 60.0),
        validation_alias="RATE_LIMIT",
        description="How often each user may call, such as 120/minute; none for no limit.",
    )
    rate_limit_redis_url: RedisUrl | None = Field(
        None,
        validation_alias="RATE_LIMIT_REDIS_URL",
        description="The Redis that counts calls for all instances of the app together; it holds the "
        "access key. Not set, each instance counts its own.",
    )
    max_result_characters: int = Field(
        40_000,
        ge=4_000,
        le=1_000_000,
        validation_alias="MAX_RESULT_CHARACTERS",
        description="The size of the largest result, in characters.",
    )
    tool_timeout_seconds: float = Field(
        100,
        ge=1,
        le=220,
        validation_alias="TOOL_TIMEOUT_SECONDS",
        description="How many seconds a tool call may last. The platform cuts requests off after 230.",
    )
    preferences_table_url: TableUrl | None = Field(
        None,
        validation_alias="PREFERENCES_TABLE_URL",
        description="The table in Azure Storage that keeps users' preferences, read and written as the "
        "managed identity; the deployment sets it. Not set, they last as long as the process.",
    )
    ca_file: ExistingFile | None = Field(
        None,
        validation_alias=AliasChoices("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"),
        description="A PEM file of the certificate authorities to trust, instead of the public ones.",
    )
    hostname: str | None = Field(
        None,
        validation_alias="WEBSITE_HOSTNAME",
        description="The host name clients see. The platform sets it.",
    )

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Parses environment variables; an empty value counts as not set.

        Raises:
            SettingsError: Some are missing, wrong or contradictory. Its text has a line for each,
                with its name, never with a value.
        """
        try:
            return cls.model_validate({name: value for name, value in environ.items() if value.strip()})
        except ValidationError as error:
            raise SettingsError(explain(error, cls)) from None

    @model_validator(mode="before")
    @classmethod
    def _of_its_cloud(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {**CLOUDS.get(str(folded(given.get("AZURE_CLOUD"))), {}), **given}

    @model_validator(mode="after")
    def _agree(self) -> Self:
        given = [
            self.managed_identity_client_id,
            self.client_certificate_path,
            self.client_secret,
            self.client_secret_path,
        ]
        names = ", ".join(CREDENTIAL_SETTINGS)
        match sum(credential is not None for credential in given):
            case 0:
                raise ValueError(
                    f"One of {names} is missing: the app must authenticate to Entra. "
                    "In Azure set the first; on a developer's machine a certificate or secret of the app "
                    "registration (Certificates & secrets)."
                )
            case 1:
                pass
            case _:
                raise ValueError(f"More than one of {names} is set: keep the one the app is to use.")
        if self.managed_identity_client_id == self.client_id:
            raise ValueError(
                "AZURE_CLIENT_ID and AZURE_MI_CLIENT_ID are the same: the first is the app registration's, "
                "the second the managed identity's client id."
            )
        return self

    @property
    def credential_kind(self) -> CredentialKind:
        """Returns the kind of the app's credential."""
        if self.managed_identity_client_id:
            return "managed_identity"
        return "certificate" if self.client_certificate_path else "client_secret"

    @property
    def writes(self) -> bool:
        """Tells whether tools that change things are offered."""
        if self.enable_write_tools is not None:
            return self.enable_write_tools
        return self.is_local

    @property
    def is_local(self) -> bool:
        """Tells whether clients reach the server on loopback, as under Core Tools and the local tenant."""
        return urlsplit(f"//{self.hostname or ''}").hostname in LOOPBACK

    @property
    def tenants(self) -> frozenset[str]:
        """Returns the tenants whose users may call."""
        return self.allowed_tenant_ids or frozenset({self.tenant_id})

    @property
    def file_hosts(self) -> frozenset[str]:
        """Returns the domains at which Graph may keep files."""
        return FILE_HOSTS[self.cloud] | self.trusted_hosts

    @property
    def instance_discovery(self) -> bool:
        """Tells whether MSAL may send the authority's name to Microsoft: only where it is Microsoft's."""
        return urlsplit(self.authority_host).hostname in PUBLIC_AUTHORITIES
