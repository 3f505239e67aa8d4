"""Documents are read in processes of their own, which really end."""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from local.graph.office import workbook
from local.graph.pdf import portable_document
from shared.errors import ToolError
from shared.text.documents import document_text, read_document, reader_process
from shared.text.documents.turns import Turns
from shared.text.documents.worker import MEMORY_BYTES
from tests.shared.text.documents.building import FONT, pdf, pdf_file, pdf_stream

ON_LINUX = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux bounds the memory of a process and tells of it"
)
FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]"


def bomb(megabytes: int) -> bytes:
    """A PDF whose page unpacks to so much."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 1_000_000) for _ in range(megabytes)) + packer.flush()
    return pdf(b"<</Filter/FlateDecode/Length %d>>stream\n" % len(packed) + packed + b"\nendstream")


def laughs(width: int = 10, depth: int = 12) -> bytes:
    """A PDF whose page draws a form that draws the next one ten times, and so on."""
    forms = [
        pdf_stream(b"/X Do " * width, FORM + b"/Resources<</XObject<</X %d 0 R>>>>" % (7 + number))
        for number in range(depth)
    ]
    last = pdf_stream(b"BT /F1 12 Tf (x) Tj ET", FORM + b"/Resources<</Font<</F1 5 0 R>>>>")
    return pdf(pdf_stream(b"/X Do"), *forms, last, resources=b"/XObject<</X 6 0 R>>")


@ON_LINUX
@pytest.mark.parametrize(
    "content", [bomb(1_000), laughs()], ids=["a page that unpacks to 1 GB", "forms within forms"]
)
def test_a_hostile_pdf_ends_within_bounds(content: bytes):
    began = time.monotonic()

    done = subprocess.run(
        [sys.executable, "-m", "tests.shared.text.documents.read_alone"],
        input=content,
        capture_output=True,
        check=True,
        timeout=60,
    )

    told = json.loads(done.stdout)
    code, message = told["refused"]
    assert ("invalid_argument", True) == (code, "more memory" in message)
    assert told["peak"] < MEMORY_BYTES + 50_000_000
    assert time.monotonic() - began < reader_process.KILL_AFTER + 4


def test_what_was_read_before_the_end_is_kept_and_the_rest_said(monkeypatch: pytest.MonkeyPatch):
    text = [b'["begin"]', b'["text", "page one"]', b'["note", "Left out: a."]', b'["tex']

    assert (
        "page one\n[Left out: a.]\n[Left out: everything after this, which could not be read "
        "within 15 seconds.]" == reader_process._text(b"\n".join(text), timed_out=True)
    )
    assert "memory" in reader_process._text(b"\n".join(text), timed_out=False)


def test_a_process_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reader_process, "KILL_AFTER", 0.3)
    monkeypatch.setattr(reader_process, "_COMMAND", ("-S", "-c", "import time; time.sleep(60)"))
    began = time.monotonic()

    with pytest.raises(ToolError) as caught:
        document_text(portable_document(["x"]), "a.pdf", "")

    assert "timeout" == caught.value.code
    assert time.monotonic() - began < 10


def test_a_process_that_does_not_start_is_a_mistake_of_the_app_and_not_of_the_document(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(reader_process, "_COMMAND", ("-S", "-c", "raise SystemExit(1)"))

    with pytest.raises(RuntimeError):
        document_text(portable_document(["x"]), "a.pdf", "")


def test_the_process_gets_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "SECRET")
    shows = (
        "import os, json; print(json.dumps(['begin'])); print(json.dumps(['text', ' "
        "'.join(os.environ)])); print('[\"end\"]')"
    )
    monkeypatch.setattr(reader_process, "_COMMAND", ("-S", "-c", shows))

    names = document_text(portable_document(["x"]), "a.pdf", "").split()

    assert "PYTHONPATH" in names
    assert {"PYTHONPATH", "LC_CTYPE", *reader_process._KEPT} >= set(names)


def test_a_refusal_and_notes_come_back_whole():
    with pytest.raises(ToolError) as caught:
        document_text(b"no archive", "a.docx", "")

    assert "good copy" in caught.value.remedy
    assert "[Page 1]\nText" == document_text(portable_document(["Text"]), "a.pdf", "")


@ON_LINUX
async def test_a_call_that_is_cancelled_ends_its_process(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reader_process, "_COMMAND", ("-S", "-c", "import time; time.sleep(60)"))
    before = children()
    reading = asyncio.create_task(read_document(b"", "a.pdf", "", caller="ana"))
    await until(lambda: bool(children() - before))
    reading.cancel()

    with pytest.raises(asyncio.CancelledError):
        await reading

    await until(lambda: not children() - before)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, for a few seconds at most."""
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - processes tell nobody that they begin or end
            await asyncio.sleep(0.01)


def children() -> set[str]:
    """The processes that this one started."""
    found: set[str] = set()
    for thread in Path("/proc/self/task").iterdir():
        # A thread may end between the listing and the look at it.
        with contextlib.suppress(FileNotFoundError):
            found |= set(thread.joinpath("children").read_text().split())
    return found


@ON_LINUX
async def test_another_callers_document_does_not_wait_behind_eight_hostile_ones():
    hostile = [asyncio.create_task(read_document(laughs(), "a.pdf", "", caller="ana")) for _ in range(8)]
    await asyncio.sleep(0)
    began = time.monotonic()

    text = await read_document(portable_document(["Text"]), "a.pdf", "", caller="ben")
    waited = time.monotonic() - began
    for each in hostile:
        each.cancel()
    await asyncio.gather(*hostile, return_exceptions=True)

    assert "[Page 1]\nText" == text
    assert waited < 8


async def test_reading_leaves_the_event_loop_free():
    long = workbook({"Long": [[number, "x" * 50] for number in range(4000)]})
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count())
    text = await read_document(long, "a.xlsx", "")
    counting.cancel()

    assert text.startswith("[Sheet Long]\n0\t")
    assert turns > 10


async def test_nobody_has_all_turns_and_each_comes_in_order():
    turns, order = Turns(3, 2), []
    gates: dict[str, asyncio.Event] = {}

    async def work(name: str) -> None:
        async with turns.turn(name[0], 60):
            order.append(name)
            await gates.setdefault(name, asyncio.Event()).wait()

    names = ["a1", "a2", "a3", "b1", "b2", "c1"]
    tasks = [asyncio.create_task(work(name)) for name in names]
    for _ in range(5):
        await asyncio.sleep(0)

    assert ["a1", "a2", "b1"] == order

    for name in ("a1", "b1", "a2", "a3", "b2", "c1"):
        gates.setdefault(name, asyncio.Event()).set()
        for _ in range(5):
            await asyncio.sleep(0)
    await asyncio.gather(*tasks)

    assert ["a1", "a2", "b1", "a3", "b2", "c1"] == order


async def test_a_turn_that_does_not_come_is_a_timeout_and_takes_none_from_others():
    turns = Turns(1, 1)

    async with turns.turn("a", 60):
        with pytest.raises(TimeoutError):
            async with turns.turn("b", 0.01):
                pass

    async with turns.turn("b", 0.01):
        pass


def test_pages_of_many_kids_end_within_bounds():
    kids = pdf_file(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[" + b"3 0 R " * 50_000 + b"]/Count 50000>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        pdf_stream(b"BT /F1 12 Tf (x) Tj ET"),
        FONT,
    )

    assert document_text(kids, "a.pdf", "").endswith("[Left out: the pages after the first 300.]")
