"""`python -m local call TOOL --trace`: the spans of a call, as a person sees them."""

import re
import subprocess
import sys
from pathlib import Path

from local.organisation import organisation

ROOT = Path(__file__).parents[2]


def test_a_traced_call_shows_its_check_exchanges_and_requests_as_a_tree(tmp_path: Path):
    command = [sys.executable, "-m", "local", "call", "devops_list_builds"]
    argument = '{"organization": "larkspur", "project": "Booking"}'
    done = subprocess.run(
        [*command, argument, "--trace", "--folder", str(tmp_path), "--port", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    shown = [line for line in done.stdout.splitlines() if re.match(r" +\d+\.\d ms  ", line)]
    tree = [re.sub(r"^ +\d+\.\d ms  ", "", line) for line in shown]
    names = [re.split(r"  (?=\S+=)", line)[0] for line in tree]
    (request,) = [line for line in tree if "/_apis/build/builds" in line]
    people = [user.object_id for user in organisation().users]

    assert 0 == done.returncode, done.stderr
    assert "tools/call devops_list_builds" == names[0]
    assert all(name.startswith("  ") for name in names[1:])
    assert ["  validate token", "  exchange token"] == [
        name for name in names if name.strip() in ("validate token", "exchange token")
    ]
    assert any(name.startswith("    POST") for name in names)
    assert "  exchange token  cache=miss" in tree
    assert request.startswith("  GET /{}/{}/_apis/build/builds  ")
    assert "http.response.status_code=200" in request
    assert "url.template=/{}/{}/_apis/build/builds" in request
    assert not re.search("larkspur|Booking|eyJ", "\n".join(tree))
    assert not any(each in line for each in people for line in tree)
