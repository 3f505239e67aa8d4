"""Whatever comes in: parsers of what strangers send end in a value or in the refusal they promise."""

import base64
import io
import json
import math
import zipfile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shared.apis.claims import claims_challenge
from shared.apis.requests import expand_path, quotable
from shared.entra.access_token import ALGORITHM, bearer_token, check_form, preview, verify
from shared.errors import ToolError
from shared.http.messages import retry_after
from shared.mcp.invocation import failure, parse_invocation
from shared.results.paging import Cursors
from shared.text.content import clean
from shared.text.documents.parsing import parsed_text
from shared.text.html import html_to_text
from tests.shared.issuer import ISSUER, SERVER, Issuer, encoded

steady = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
ANY_TEXT = st.text(st.characters(), max_size=200)
TOKEN_PARTS = st.one_of(
    st.text(max_size=30),
    ANY_JSON.map(lambda value: encoded(json.dumps(value).encode())),
    st.fixed_dictionaries(
        {},
        optional={"alg": st.sampled_from([ALGORITHM, "none", "HS256", 1]), "kid": ANY_JSON, "typ": ANY_JSON},
    ).map(lambda header: encoded(json.dumps(header).encode())),
    st.binary(max_size=30).map(encoded),
)


@steady
@given(values=st.lists(ANY_TEXT | ANY_TEXT.map("Bearer {}".format), max_size=3))
def test_fuzz_the_authorization_header(values: list[str]):
    try:
        token = bearer_token(values)
    except ToolError as refused:
        assert "sign_in_required" == refused.code
    else:
        assert token in values[0]
        assert token == token.strip() != ""


@steady
@given(parts=st.lists(TOKEN_PARTS, min_size=1, max_size=4))
@example(parts=["e30", "e30", ""])
def test_fuzz_tokens_before_their_signature(parts: list[str]):
    token = ".".join(parts)
    try:
        check_form(token)
        kid, tenant_id = preview(token)
    except ToolError as refused:
        assert "sign_in_required" == refused.code
    else:
        assert kid
        assert isinstance(tenant_id, str)


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    """A tenant that signs anything at all."""
    return Issuer()


@steady
@given(
    changed=st.dictionaries(
        st.sampled_from(["aud", "iss", "iat", "nbf", "exp", "oid", "tid", "scp", "ver", "azp", "roles"]),
        ANY_JSON,
        min_size=1,
        max_size=3,
    )
)
def test_fuzz_claims_under_a_good_signature(changed: dict[str, object], issuer: Issuer):
    import jwt  # noqa: PLC0415

    token = issuer.sign(issuer.header, json.dumps({**issuer.claims(), **changed}).encode())
    try:
        claims = verify(token, jwt.PyJWK(issuer.public_jwk()), issuer=ISSUER, audience=SERVER)
    except ToolError as refused:
        assert "sign_in_required" == refused.code
    else:
        assert (ISSUER, SERVER) == (claims["iss"], claims["aud"])
        assert all(type(claims[name]) is int for name in ("exp", "iat", "nbf"))


@steady
@given(
    context=ANY_TEXT
    | ANY_JSON.map(json.dumps)
    | st.builds(
        lambda arguments, headers: json.dumps(
            {
                "arguments": arguments,
                "transport": {"name": "http-streamable", "properties": {"headers": headers}},
            }
        ),
        ANY_JSON,
        ANY_JSON,
    )
)
def test_fuzz_the_context_of_a_call(context: str):
    try:
        invocation = parse_invocation(context)
    except ToolError as refused:
        assert refused.code in ("invalid_argument", "internal_error", "forbidden")
        assert failure(refused).isascii()
    else:
        assert isinstance(invocation.arguments, dict)
        assert all(isinstance(value, str) for value in invocation.headers.values())


CURSORS = Cursors.of(bytes(32), tenant_id="tenant", object_id="ana")


@steady
@given(cursor=ANY_TEXT | st.binary(max_size=80).map(lambda octets: base64.urlsafe_b64encode(octets).decode()))
def test_fuzz_cursors_that_were_not_made_here(cursor: str):
    with pytest.raises(ToolError) as refused:
        CURSORS.open("query", cursor)

    assert "invalid_argument" == refused.value.code


@steady
@given(
    position=st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=20), max_size=3),
    query=ANY_TEXT,
    other=ANY_TEXT,
)
def test_fuzz_cursors_that_were(position: dict[str, object], query: str, other: str):
    cursor = CURSORS.seal(query, position)

    assert position == CURSORS.open(query, cursor)
    stranger = Cursors.of(bytes(32), tenant_id="tenant", object_id="ben")
    for cursors, asked in ((stranger, query), *([(CURSORS, other)] if other != query else [])):
        with pytest.raises(ToolError):
            cursors.open(asked, cursor)


@steady
@given(
    header=ANY_TEXT
    | ANY_JSON.map(
        lambda claims: (
            'Bearer error="insufficient_claims", claims="'
            + base64.b64encode(json.dumps(claims).encode()).decode()
            + '"'
        )
    )
    | ANY_TEXT.map(lambda claims: f'Bearer error="insufficient_claims", claims="{claims}"')
)
@example(header='Bearer error="insufficient_claims", claims="' + base64.b64encode(b"[" * 9000).decode() + '"')
@example(header='Bearer error="insufficient_claims", claims="ÄÖ"')
def test_fuzz_claims_challenges(header: str):
    claims = claims_challenge({"www-authenticate": header})

    assert claims is None or isinstance(json.loads(claims), dict)


@steady
@given(value=ANY_TEXT | st.floats().map(str) | st.integers().map(str) | st.datetimes().map(str))
@example(value="Fri, 31 Dec 9999 23:59:59 GMT")
@example(value="Mon, 01 Jan 0001 00:00:00 -2359")
@example(value="Mon, 1 Jan 99999999999 00:00:00 GMT")
@example(value="1e400")
@example(value="9" * 5_000)
def test_fuzz_retry_after(value: str):
    seconds = retry_after({"retry-after": value})

    assert seconds is None or (seconds >= 0 and math.isfinite(seconds))


@steady
@given(
    html=ANY_TEXT
    | st.lists(
        st.sampled_from(
            ["<", ">", "</", "<!--", "-->", "<![CDATA[", "]]>", "<script>", "<p hidden>", "<a href='", "&#",
             "&#xD800;", "<td>", "</p>", "<!DOCTYPE", "<?", "\0", "text", "'", '"', "=", "/>", "\u202e"]
        ),
        max_size=40,
    ).map("".join)
)  # fmt: skip
def test_fuzz_html(html: str):
    text = html_to_text(html).text

    assert isinstance(text, str)
    assert text == text.strip("\n")


def document(parts: dict[str, bytes]) -> bytes:
    """An archive of these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


XML = st.lists(
    st.sampled_from(
        ["<a>", "</a>", "<w:p>", "</w:p>", "<w:t>x</w:t>", '<c t="s"><v>9</v></c>', '<c s="-1"><v>x</v></c>',
         "<row>", "</row>", "&x;", "<sheet name='a' r:id='b'/>", "<!DOCTYPE a>", "\0", "<xf numFmtId='x'/>"]
    ),
    max_size=12,
).map(lambda pieces: ("<r xmlns:w='w' xmlns:r='r'>" + "".join(pieces) + "</r>").encode())  # fmt: skip


@steady
@given(
    content=st.binary(max_size=300)
    | st.binary(max_size=200).map(b"%PDF-1.4\n".__add__)
    | st.dictionaries(
        st.sampled_from(
            ["word/document.xml", "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml",
             "ppt/presentation.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml",
             "word/comments.xml"]
        ),
        XML,
        max_size=4,
    ).map(document),
    name=st.sampled_from(
        ["a.docx", "a.xlsx", "a.pptx", "a.pdf", "a.html", "a.txt", "a.DOCX", "../a.pdf", "a.eml", "a.ics"]
    ),
    content_type=st.sampled_from(["", "text/html", "application/pdf", "x", "text/plain; charset=\0"]),
)  # fmt: skip
def test_fuzz_documents(content: bytes, name: str, content_type: str):
    try:
        text = parsed_text(content, name, content_type)
    except ToolError as refused:
        assert refused.code in ("invalid_argument", "timeout")
    else:
        assert isinstance(text, str)


@steady
@given(segment=ANY_TEXT)
def test_fuzz_segments_of_a_path(segment: str):
    try:
        path = expand_path("/me/messages/{}/attachments", [segment])
    except ToolError as refused:
        assert "invalid_argument" == refused.code
    else:
        assert 4 == path.count("/")
        assert not set("?#\\@ \r\n\0") & set(path)
        assert path.isascii()


@steady
@given(text=ANY_TEXT)
def test_fuzz_what_is_quoted(text: str):
    assert clean(clean(text)) == clean(text)
    assert quotable(text).isprintable()
    assert len(quotable(text)) <= 301
