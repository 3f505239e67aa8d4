"""GUIDs: one form, in either case."""

import pytest

from shared.guids import is_guid


@pytest.mark.parametrize(
    "text", ["00000000-0000-0000-0000-000000000000", "499B84AC-1321-427f-aa17-267ca6975798"]
)
def test_a_guid_in_either_case_is_one(text: str) -> None:
    assert is_guid(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "499b84ac1321427faa17267ca6975798",
        "{499b84ac-1321-427f-aa17-267ca6975798}",
        "499b84ac-1321-427f-aa17-267ca6975798\n",
        " 499b84ac-1321-427f-aa17-267ca6975798",
        "499b84ac-1321-427f-aa17-267ca697579g",
        "499b84ac-1321-427f-aa17-267ca697579٣",
        "499b84ac-1321-427f-aa17-267ca6975798-1",
    ],
)
def test_another_text_is_none(text: str) -> None:
    assert not is_guid(text)
