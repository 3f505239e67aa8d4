"""What the person at the front reads."""

import pytest

from local.easyauth.journal import Console


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({"outcome": "ok", "path": "/x", "client": "an-id"}, "easy_auth  ok  /x  an-id"),
        (
            {"outcome": 401, "path": "/x", "reason": "MissingToken"},
            "easy_auth  401  /x  MissingToken: no access token; the client is told where to get one",
        ),
        ({"outcome": 401, "path": "/x", "reason": "DecodeError"}, "easy_auth  401  /x  DecodeError"),
        ({"outcome": 401, "path": "/\x1b[2J\r\n\u202ex"}, "easy_auth  401  /?[2J???x"),
    ],
)
def test_each_event_is_one_line_that_steers_no_terminal(capsys, facts, line):
    Console().record("easy_auth", **facts)

    time, _, said = capsys.readouterr().out.partition("  ")
    assert (8, f"{line}\n") == (len(time), said)
