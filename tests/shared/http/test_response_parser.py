"""ResponseParser over whatever a connection may carry."""

from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.response_parser import LIMIT_HEAD_BYTES, ResponseParser

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKED = CHUNKED_HEAD + b"3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrailer: t\r\n\r\n"
UNTIL_THE_END = b"HTTP/1.1 200 OK\r\nX: y\r\n\r\nhello"


def parsed(*received: bytes, ends: bool = False) -> ResponseParser:
    parser = ResponseParser()
    for data in received:
        parser.feed(data)
    if ends:
        parser.feed_eof()
    return parser


def body(parser: ResponseParser) -> bytes:
    found = b""
    while part := parser.take():
        found += part
    return found


@pytest.mark.parametrize(
    ("received", "ends", "keeps_alive"),
    [(PLAIN, False, True), (CHUNKED, False, True), (UNTIL_THE_END, True, False)],
    ids=["a length", "chunks", "the end of the connection"],
)
def test_a_body_ends_as_the_head_says(received: bytes, ends: bool, keeps_alive: bool) -> None:
    parser = parsed(received, ends=ends)

    assert (200, True, keeps_alive) == (parser.status, parser.is_complete, parser.keeps_alive)
    assert b"hello" == body(parser)
    assert 0 == parser.buffered


def test_a_body_without_a_length_is_not_complete_before_the_end() -> None:
    assert not parsed(UNTIL_THE_END).is_complete


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_some_statuses_have_no_body(status: bytes) -> None:
    parser = parsed(b"HTTP/1.1 " + status + b"\r\n\r\n")

    assert (True, True) == (parser.is_complete, parser.keeps_alive)


def test_an_offer_of_another_protocol_changes_nothing() -> None:
    parser = parsed(PLAIN.replace(b"\r\n\r\n", b"\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"))

    assert (200, True, b"hello") == (parser.status, parser.keeps_alive, body(parser))


def test_trailers_are_no_header_fields() -> None:
    assert [(b"Transfer-Encoding", b"chunked")] == parsed(CHUNKED).headers


def test_interim_responses_are_skipped() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    parser = parsed(b"HTTP/1.1 100 Continue\r\n\r\n", hints + PLAIN)

    assert (200, b"hello") == (parser.status, body(parser))
    assert [(b"Content-Type", b"text/plain"), (b"Content-Length", b"5")] == parser.headers
    assert parser.keeps_alive


def test_an_interim_response_alone_is_no_response() -> None:
    parser = parsed(b"HTTP/1.1 100 Continue\r\n\r\n")

    assert (0, False) == (parser.status, parser.is_complete)


@pytest.mark.parametrize(
    "received",
    [
        [PLAIN + b"x"],
        [PLAIN + PLAIN],
        [PLAIN, PLAIN],
        [PLAIN, b"x"],
        [PLAIN.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")],
        [b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"],
    ],
    ids=["a byte more", "another one", "another one later", "a byte later", "it says so", "HTTP/1.0"],
)
def test_a_connection_is_done_where_something_follows_or_the_server_says_so(received: list[bytes]) -> None:
    parser = parsed(*received)

    assert (True, False) == (parser.is_complete, parser.keeps_alive)
    assert body(parser) in (b"hello", b"")


@pytest.mark.parametrize(
    ("received", "says"),
    [
        (b"", "without sending"),
        (PLAIN[:20], "without sending"),
        (PLAIN[:-1], "in the middle"),
        (CHUNKED[:-2], "in the middle"),
    ],
)
def test_a_response_cut_short_is_none(received: bytes, says: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match=says):
        parsed(received, ends=True)


@pytest.mark.parametrize(
    "received",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n\x81",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    ],
    ids=[
        "another protocol",
        "two lengths",
        "a length and chunks",
        "a length below 0",
        "a chunk without size",
        "a name with a space",
        "a folded line",
        "a change of protocol",
        "bare line ends",
    ],
)
def test_what_is_no_plain_http_is_refused(received: bytes) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        parsed(received)


@pytest.mark.parametrize("size", [1000, LIMIT_HEAD_BYTES + 1000])
@pytest.mark.parametrize("step", [997, 1_000_000])
def test_a_head_has_a_limit_however_it_arrives(size: int, step: int) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + b"X: y\r\n" * (size // 6)
    pieces = [head[start : start + step] for start in range(0, len(head), step)]
    if size <= LIMIT_HEAD_BYTES:
        assert parsed(*pieces, b"\r\n").is_complete
        return
    with pytest.raises(httpx.RemoteProtocolError, match="too long"):
        parsed(*pieces)


@pytest.mark.parametrize("endless", [b"0\r\n" + b"X: y\r\n" * 30_000, b"5;" + b"x" * 200_000])
def test_trailers_and_extensions_have_a_limit(endless: bytes) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="too long"):
        parsed(CHUNKED_HEAD, endless)


def test_a_long_body_is_no_long_head() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"

    assert parsed(head, *[b"x" * 10_000] * 100).is_complete


WORD = st.text("abcXYZ019-", min_size=1, max_size=12).map(str.encode)
FIELDS = st.lists(st.tuples(WORD.map(b"X-".__add__), WORD), max_size=4)


@given(
    status=st.sampled_from([200, 201, 206, 302, 404, 429, 500, 503]),
    fields=FIELDS,
    chunks=st.lists(st.binary(min_size=1, max_size=50), max_size=5),
    is_chunked=st.booleans(),
    cuts=st.lists(st.integers(0, 400), max_size=6),
)
def test_a_response_is_the_same_however_its_bytes_arrive(
    status: int, fields: list[tuple[bytes, bytes]], chunks: list[bytes], is_chunked: bool, cuts: list[int]
) -> None:
    body_sent = b"".join(chunks)
    if is_chunked:
        framing = (b"Transfer-Encoding", b"chunked")
        sent = b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in chunks) + b"0\r\n\r\n"
    else:
        framing = (b"Content-Length", b"%d" % len(body_sent))
        sent = body_sent
    lines = [b"HTTP/1.1 %d Reason" % status, *(b"%s: %s" % each for each in [*fields, framing])]
    sent = b"\r\n".join([*lines, b"", sent])
    edges = [0, *sorted(min(cut, len(sent)) for cut in cuts), len(sent)]

    parser = parsed(*(sent[start:end] for start, end in pairwise(edges) if start < end))

    assert (status, body_sent) == (parser.status, body(parser))
    assert [*fields, framing] == parser.headers
    assert parser.keeps_alive
