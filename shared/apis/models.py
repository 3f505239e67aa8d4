"""Base classes of the models of Graph's and Azure DevOps' resources. Importing it costs no HTTP client."""

from pydantic import AliasChoices, AliasGenerator, AliasPath, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

_FROM_CAMEL_CASE = ConfigDict(
    frozen=True, extra="ignore", alias_generator=AliasGenerator(validation_alias=to_camel)
)


class GraphModel(BaseModel):
    """A resource of Graph. Fields are read from their camelCase names and also make up its `$select`."""

    model_config = _FROM_CAMEL_CASE

    @classmethod
    def select(cls) -> str:
        """Returns the properties to request."""
        aliases = (field.validation_alias for field in cls.model_fields.values())
        names = dict.fromkeys(name for alias in aliases for name in _properties(alias))
        # Annotations such as @odata.etag come by themselves.
        return ",".join(name for name in names if not name.startswith("@"))


class DevOpsModel(BaseModel):
    """A resource of Azure DevOps, whose fields are read from their camelCase names."""

    model_config = _FROM_CAMEL_CASE


class DevOpsList[M](BaseModel):
    """A collection of Azure DevOps: `{"count": n, "value": [...]}`."""

    value: list[M]


def _properties(alias: str | AliasPath | AliasChoices | None) -> list[str]:
    match alias:
        case str():
            return [alias]
        case AliasPath():
            return [str(alias.path[0])]
        case AliasChoices():
            return [name for choice in alias.choices for name in _properties(choice)]
        case None:
            return []
