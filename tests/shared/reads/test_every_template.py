"""Every read there is: its path fits, one right request goes out, and what comes back is a valid result."""

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.apis.requests import expand_path
from shared.errors import ToolError
from shared.reads.paths import fit
from shared.reads.read_index import Api, Read, read_index
from shared.reads.typed_tools import BY_TEMPLATE
from shared.settings.read_more import NAMED_ONLY, ORDINARY
from shared.tools import CATALOGUE
from shared.tools.devops_reads import devops_read
from shared.tools.graph_reads import graph_read
from tests.shared.reads.all_reads import APIS, AllReads, path_of

SCHEMA = next(tool.output_schema for tool in CATALOGUE if tool.name == "graph_read")
EVERY = [read for api in APIS for read in read_index(api).reads]
BYTES = [read for read in EVERY if read.form == "bytes"]
SECRETS = ("recoveryKeys", "vppTokens", "getOmaSettingPlainTextValue", "testlogstoreendpoint")
READABLE = [
    read
    for read in EVERY
    if read.form != "bytes" and read.scopes and not any(each in read.template for each in SECRETS)
]


@pytest.fixture(scope="module")
def all_reads() -> AllReads:
    return AllReads()


def number_of_ids(read: Read) -> int:
    return read.template.count("{")


def plain_ids(read: Read) -> list[str]:
    return [f"id{number}" for number in range(number_of_ids(read))]


async def read_one(all_reads: AllReads, read: Read, path: str) -> None:
    """One read, held against what it promises."""
    needed = {each.name: each.values[0] if each.values else "1" for each in read.parameters if each.required}
    if read.api == "graph":
        result = await all_reads.call(graph_read, path=path, parameters=needed)
    else:
        result = await all_reads.call(
            devops_read, path=path.removeprefix("/id0"), organization="id0", project="id1", parameters=needed
        )
    jsonschema.validate(result.model_dump(mode="json"), SCHEMA)
    (request,) = all_reads.requests
    assert "GET" == request.method
    assert result.items
    assert not {name for item in result.items for name in item if name.startswith("@odata")}
    scopes = request.headers["authorization"].removeprefix("Bearer ").split()
    assert set(scopes) & set(read.scopes)


def test_there_are_as_many_as_are_published() -> None:
    assert (2148, 459) == tuple(len(read_index(api).reads) for api in APIS)
    assert {api: {read.area for read in EVERY if read.api == api} for api in APIS} == {
        api: ORDINARY[api] | NAMED_ONLY[api] for api in APIS
    }


@pytest.mark.parametrize("api", APIS)
async def test_each_is_read_by_one_right_request(api: Api, all_reads: AllReads) -> None:
    wrong = {}
    for read in READABLE:
        if read.api != api:
            continue
        try:
            await read_one(all_reads, read, path_of("graph", read.template, plain_ids(read)))
        except (AssertionError, ToolError, ValueError) as error:
            wrong[read.template] = f"{type(error).__name__}: {error}"[:300]

    assert {} == wrong


NO_ID = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"], exclude_characters="/\\?#{}'%()")
IDS = st.text(NO_ID, min_size=1, max_size=60)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_ids_arrive_as_they_are_and_nothing_else_does(data: st.DataObject) -> None:
    read = data.draw(st.sampled_from([each for each in EVERY if "=" not in each.template]))
    # A name of the API may stand where an id may, and then means that.
    ids = [data.draw(IDS.map(lambda text: f"x{text}x")) for _ in range(number_of_ids(read))]

    fitted = fit(read.api, path_of("graph", read.template, ids))
    sent = expand_path(fitted.path, fitted.ids)

    assert number_of_ids(fitted.read) == len(fitted.ids) == len(ids)
    assert tuple(ids) == fitted.ids
    assert len(sent.split("/")) == len(read.template.split("/"))
    assert not set("?#\\ ") & set(sent)


HOSTILE = [
    "https://graph.microsoft.com/v1.0/me", "//evil.example/me", "http:/evil.example", "/me/messages?$top=1",
    "/me#x", "/me/messages/$value", "/me/messages/$count", "/$batch", "/me/photo/$value", "/me/../users",
    "/me/./messages", "/me/messages/..", "/me/messages/%2e%2e", "/me/messages/%2e%2e%2fusers",
    "/me/messages/a%2fb", "/me/messages/a%2Fb", "/me/messages/a%5cb", "/me/messages/a%252fb",
    "/me/messages/a%25%32%66b", "/me/messages/a\\b", "/me\\messages", "/me//messages", "/me/messages/", "/",
    "", " ", "/me/messages/ ", "/me/messages/a\nb", "/me/messages/a\x00b", "/me/messages/%00", "/beta/me",
    "/v2.0/me", "/v1.0/beta/me", "/me/messages/{message-id}", "/me/sendMail", "/me/messages/x/move",
    "/me/messages/a/b/c/d/e", "/users/x/messages/y/attachments/z/$value", "/me/messages/%c3%28",
    "/drives/x/root:/a/b:/content", "/me/drive/items/x/workbook/worksheets/y/range(address='A1')/../..",
    "/me/drive/items/x/workbook/worksheets/y/range(address='A'1')", "/admin/x", "/me/" + "a" * 3_000,
    "/me/messages/" + "a" * 1_500, "/\N{FULLWIDTH SOLIDUS}me",
    "/me/messages/\N{RIGHT-TO-LEFT OVERRIDE}x/y/z/q",
    "file:///etc/passwd", "/metadata", "/$metadata", "/me/messages/x?$expand=attachments",
]  # fmt: skip


@pytest.mark.parametrize("path", HOSTILE)
async def test_a_hostile_path_is_refused_before_anything_is_sent(path: str, all_reads: AllReads) -> None:
    for tool, more in ((graph_read, {}), (devops_read, {"organization": "larkspur", "project": "Booking"})):
        all_reads.requests.clear()
        asked = len(all_reads.exchange.asked)
        with pytest.raises(ToolError) as refused:
            await all_reads.call(tool, path=path, **more)

        assert refused.value.code in ("invalid_argument", "forbidden")
        assert [] == all_reads.requests
        assert asked == len(all_reads.exchange.asked)


@pytest.mark.parametrize(
    "read", [each for each in EVERY if each.form == "bytes"][::12], ids=lambda each: each.template
)
async def test_bytes_are_not_read(read: Read, all_reads: AllReads) -> None:
    tool, more = (graph_read, {}) if read.api == "graph" else (devops_read, {"organization": "id0"})
    path = path_of("graph", read.template, plain_ids(read)).removeprefix("/id0" if more else "")

    with pytest.raises(ToolError, match="bytes"):
        await all_reads.call(tool, path=path, **more)

    assert [] == all_reads.requests


@pytest.mark.parametrize("api", APIS)
def test_a_better_tool_is_one_there_is_for_a_read_there_is(api: Api) -> None:
    templates = {
        "/" + "/".join("{}" if each.startswith("{") else each for each in read.segments).casefold()
        for read in read_index(api).reads
    }

    assert set() == set(BY_TEMPLATE[api]) - templates
    assert set() == set(BY_TEMPLATE[api].values()) - {tool.name for tool in CATALOGUE}
