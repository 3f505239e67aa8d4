"""Pictures of workbook and alerts follow the files that deploy them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.infra.infrastructure import FOLDER
from tests.infra.test_kusto import workbook_queries
from tests.pictures import alerts, workbook
from tests.pictures.alerts import Seen


def changed(folder: Path, path: str, before: str, after: str) -> Path:
    """A copy of the infrastructure with one text changed, once."""
    copy = Path(shutil.copytree(FOLDER, folder / "infra"))
    text = (copy / path).read_text()
    assert before in text
    (copy / path).write_text(text.replace(before, after, 1))
    return copy


def written(picture: alerts.Picture) -> str:
    return "\n".join(text.words for text in picture.texts)


def test_an_alert_has_the_threshold_severity_and_window_of_the_bicep_file(tmp_path: Path) -> None:
    rule = {each.name: each for each in alerts.rules()}["sign-in-refused"]
    copy = changed(
        tmp_path, "modules/alerts.bicep", "threshold: 10\n    severity: 2", "threshold: 11\n    severity: 3"
    )
    other = {each.name: each for each in alerts.rules(copy)}["sign-in-refused"]

    assert (10, 2, "PT15M") == (rule.threshold, rule.severity, rule.window)
    assert (11, 3, "PT15M") == (other.threshold, other.severity, other.window)


def test_every_rule_is_drawn_with_its_threshold() -> None:
    text = written(alerts.draw())

    for rule in alerts.rules():
        assert f"\n{rule.name}\n" in text
        assert re.search(rf"more than {rule.threshold:,}\b", text), rule.name


def test_rules_that_have_to_be_asked_for_say_so() -> None:
    assert ["http401", "http403"] == [rule.name for rule in alerts.rules() if rule.optional]
    assert 2 == written(alerts.draw()).count("alertOnPlatformRefusals")


def test_the_sample_exceeds_a_rule_where_its_query_finds_more_than_the_threshold() -> None:
    seen = {rule.name: alerts.seen_in_sample(rule) for rule in alerts.rules()}

    assert Seen(39, 1) == seen["upstream-failing"]
    assert Seen(0, 0) == seen["bug"]
    assert seen["http5xx"] is None


@pytest.mark.parametrize("name", workbook.sections())
def test_every_tile_is_drawn_with_its_title(name: str) -> None:
    text = written(workbook.draw(name))

    for item in workbook.sections()[name].items:
        assert f"\n{item.title}\n" in text


def test_every_query_of_the_workbook_is_drawn() -> None:
    items = [item for section in workbook.sections().values() for item in section.items]
    parameters = [each for each in workbook_queries() if each in workbook.CHOSEN]

    assert len(workbook_queries()) == len(items) + len(parameters)


def test_a_kind_of_item_that_is_not_drawn_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "workbook.json"
    path.write_text(json.dumps({"items": [{"type": 12, "name": "group", "content": {}}]}))

    with pytest.raises(ValueError, match="group is of the kind 12"):
        workbook.sections(path)


@pytest.mark.parametrize("name", workbook.sections())
def test_what_is_sample_data_says_so(name: str) -> None:
    assert "SAMPLE DATA" in written(workbook.draw(name))
    assert "sample" in workbook.draw(name).description
