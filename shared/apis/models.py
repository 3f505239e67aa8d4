"""Defines base classes of models of Graph and Azure DevOps. Importing it costs no HTTP client."""

from typing import Any

from pydantic import (
    AliasChoices,
    AliasGenerator,
    AliasPath,
    BaseModel,
    ConfigDict,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

_FROM_CAMEL_CASE = ConfigDict(
    frozen=True, extra="ignore", alias_generator=AliasGenerator(validation_alias=to_camel)
)


class GraphModel(BaseModel):
    """A resource of Graph. Fields are read from their camelCase names and also make up its `$select`.

    Graph writes null for what it has no value of: a field with a default takes that.
    """

    model_config = _FROM_CAMEL_CASE

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, document: Any) -> Any:
        if not isinstance(document, dict):
            return document
        return {name: value for name, value in document.items() if value is not None}

    @classmethod
    def select(cls) -> str:
        """Returns the properties to request."""
        aliases = (field.validation_alias for field in cls.model_fields.values())
        names = dict.fromkeys(name for alias in aliases for name in _properties(alias))
        # Annotations such as @odata.etag come by themselves.
        return ",".join(name for name in names if not name.startswith("@"))


class DevOpsModel(BaseModel):
    """A resource of Azure DevOps, whose fields are read from their camelCase names.

    The service writes null for what it has no value of: a field with a default takes that.
    """

    model_config = _FROM_CAMEL_CASE

    @field_validator("*", mode="wrap")
    @classmethod
    def _null_is_absent(cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        field = cls.model_fields[info.field_name or ""]
        if value is None and not field.is_required():
            return field.get_default(call_default_factory=True, validated_data=info.data)
        return handler(value)


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
