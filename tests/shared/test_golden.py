"""What is made from the catalogue is what the catalogue says."""

import pytest

from tests.shared import golden


@pytest.mark.parametrize(
    ("path", "made"),
    [(golden.LISTING, golden.listing), (golden.TABLE, golden.table)],
    ids=["tools/list", "docs/tools.md"],
)
def test_files_made_from_the_catalogue_are_up_to_date(path, made):
    assert path.read_text() == made(), "run `make golden` and look at what changed"
