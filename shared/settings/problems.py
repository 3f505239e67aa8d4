"""Words what is wrong with settings: a line for each, with its name and purpose, never with a value."""

from typing import Any

from pydantic import AliasChoices, BaseModel, ValidationError


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """Renders the errors of a model of settings, a line for each."""
    return "\n".join(_line(each, model) for each in error.errors())


def _line(error: Any, model: type[BaseModel]) -> str:
    """Renders one of pydantic's errors: the setting's name, the problem, what it is for."""
    if not error["loc"]:
        return str(error["ctx"]["error"])
    name = str(error["loc"][0])
    field = next(field for field in model.model_fields.values() if name in _names(field.validation_alias))
    problem = "is missing" if error["type"] == "missing" else _problem(error)
    return f"{name} {problem}. {field.description}"


def _problem(error: Any) -> str:
    message = str(error["ctx"]["error"]) if error["type"] == "value_error" else str(error["msg"])
    return message if message.startswith(("must ", "names ")) else f"is wrong: {message}"


def _names(alias: object) -> list[str]:
    return [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else [str(alias)]
