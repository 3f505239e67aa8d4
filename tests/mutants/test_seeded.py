import pytest

from tests.mutants.seeded import MISTAKES, ROOT, Mistake


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_the_code_has_the_line_that_a_mistake_changes(mistake: Mistake) -> None:
    text = (ROOT / "shared" / mistake.path).read_text()

    assert 1 == text.count(mistake.right)
    compile(text.replace(mistake.right, mistake.wrong), mistake.path, "exec")
