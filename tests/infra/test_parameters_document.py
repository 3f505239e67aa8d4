"""The parameters in `infra/README.md` are those there are, with their azd variables and defaults."""

import json
import re

from tests.infra.infrastructure import FOLDER

_ROW = re.compile(r"^\| `(\w+)` \| `(\w+)` \| (?:`([^`]*)`)?[^|]*\|", re.MULTILINE)
_VALUE = re.compile(r"\$\{(\w+)(?:=(.*))?\}")


def documented() -> dict[str, tuple[str, str]]:
    """The azd variable and the default of each parameter, as the table has them."""
    table = (FOLDER / "README.md").read_text()
    return {name: (variable, default) for name, variable, default in _ROW.findall(table)}


def filled() -> dict[str, tuple[str, str]]:
    """The same as `main.parameters.json` has them."""
    parameters = json.loads((FOLDER / "main.parameters.json").read_text())["parameters"]
    found = {name: _VALUE.fullmatch(each["value"]) for name, each in parameters.items()}
    return {name: (value[1], value[2] or "") for name, value in found.items() if value}


def test_every_parameter_is_documented_with_the_variable_that_fills_it() -> None:
    assert filled().keys() == documented().keys()
    assert {name: variable for name, (variable, _) in filled().items()} == {
        name: variable for name, (variable, _) in documented().items()
    }


def test_defaults_are_the_ones_that_apply() -> None:
    differing = {
        name: (default, documented()[name][1])
        for name, (_, default) in filled().items()
        if default and default != documented()[name][1]
    }

    assert {} == differing


def test_every_parameter_of_the_template_is_filled() -> None:
    declared = re.findall(r"^param (\w+) ", (FOLDER / "main.bicep").read_text(), re.MULTILINE)

    assert sorted(declared) == sorted(filled())


def test_defaults_for_azd_are_those_of_the_template() -> None:
    """azd fills a variable that is there but empty, as in a pipeline, with the former."""
    main = (FOLDER / "main.bicep").read_text()
    declared = {
        name: default.strip("'")
        for name, default in re.findall(r"^param (\w+) \S+ = (.+)$", main, re.MULTILINE)
    }

    for name, (_, default) in filled().items():
        assert not default or (name, default) == (name, declared[name])
