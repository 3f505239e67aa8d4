"""What is made from the catalogue is what the catalogue says."""

import json
from dataclasses import astuple

import pytest

from shared.tools import KEPT
from tests.shared import golden


@pytest.mark.parametrize(
    ("path", "made"),
    [
        (golden.LISTING, golden.listing),
        (golden.TABLE, golden.table),
        (golden.PERMISSIONS, golden.permissions),
        (KEPT, golden.kept),
    ],
    ids=["tools/list", "docs/tools.md", "infra/permissions.json", "shared/tools/catalogue.json"],
)
def test_files_made_from_the_catalogue_are_up_to_date(path, made):
    assert path.read_text() == made(), "run `make golden` and look at what changed"


def test_the_schemas_that_are_kept_are_those_the_code_makes() -> None:
    kept = {
        each["name"]: (each["arguments"], each["result"], each["properties"])
        for each in json.loads(KEPT.read_text(encoding="utf-8"))["tools"]
    }
    made = {tool.name: astuple(tool.operation.schemas()) for tool in golden.CATALOGUE}

    assert kept == made
