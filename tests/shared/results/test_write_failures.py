import pytest

from shared.errors import CODES, ToolError
from shared.results.write_failures import after, report_unknown_outcome


def failing(code):
    return ToolError(code, "It failed.", "Try again.", retry_after=2.0, details={"status": "1"}, reason="why")


@pytest.mark.parametrize("code", ["timeout", "unavailable", "upstream_error"])
def test_a_write_without_a_plain_answer_says_that_it_may_have_happened(code):
    with pytest.raises(ToolError) as refused, report_unknown_outcome("Look first."):
        raise failing(code)

    assert (code, "Look first.", 2.0, "why") == (
        refused.value.code,
        refused.value.remedy,
        refused.value.retry_after,
        refused.value.reason,
    )
    assert {"status": "1", "outcome": "unknown"} == refused.value.details
    assert (
        "It failed. It may have been carried out all the same; it was not repeated." == refused.value.message
    )


@pytest.mark.parametrize("code", sorted(set(CODES) - {"timeout", "unavailable", "upstream_error"}))
def test_a_plain_refusal_passes_unchanged(code):
    error = failing(code)
    with pytest.raises(ToolError) as refused, report_unknown_outcome("Look first."):
        raise error

    assert error is refused.value


def test_a_failure_halfway_says_what_was_done_before():
    with pytest.raises(ToolError) as refused, after("The email was moved."):
        raise failing("throttled")

    assert "The email was moved. What was left failed: It failed." == refused.value.message
    assert ("throttled", "Try again.", 2.0) == (
        refused.value.code,
        refused.value.remedy,
        refused.value.retry_after,
    )
