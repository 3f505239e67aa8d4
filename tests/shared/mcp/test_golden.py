"""What is made from the catalogue is what the catalogue says."""

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
