"""Defines the parameters that tools of mail share."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

from shared.apis.graph.mail_messages import PERSON
from shared.tools.params import Id


def one_sentence(said: str) -> WrapValidator:
    """Returns a validator that says in one sentence what is allowed."""

    def validate(value: object, parse: ValidatorFunctionWrapHandler) -> object:
        try:
            return parse(value)
        except ValidationError as error:
            raise PydanticCustomError("form", "Must be {said}", {"said": said}) from error

    return WrapValidator(validate)


Person = Annotated[
    str,
    Field(max_length=400, pattern=PERSON),
    one_sentence("an email address: ana@contoso.com or Ana <ana@contoso.com>"),
]
"""An email address, bare or with the name in front of it."""
FolderName = Annotated[str, Field(min_length=1, max_length=1_000)]
MessageId = Annotated[Id, Field(description="id of the message, from a list, a search or a draft.")]
To = Annotated[
    Sequence[Person],
    Field(max_length=100, description="Whom it is for: ana@contoso.com or Ana <ana@contoso.com>."),
]
Cc = Annotated[Sequence[Person], Field(max_length=100, description="Who gets a copy, seen by all.")]
Bcc = Annotated[Sequence[Person], Field(max_length=100, description="Who gets a copy, unseen by others.")]
Subject = Annotated[
    str,
    Field(min_length=1, max_length=255, pattern=r"^[^\r\n]+$"),
    one_sentence("one line of at most 255 characters"),
]
Body = Annotated[str, Field(max_length=200_000, description="The text, in format.")]
BodyFormat = Annotated[
    Literal["text", "markdown", "html"],
    Field(description="What body is written in; HTML loses pictures and styles."),
]
Importance = Annotated[
    Literal["low", "normal", "high"], Field(description="What the recipients see it marked as.")
]
