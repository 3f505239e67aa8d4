"""What a caller is told of what they may use."""

import httpx

from local.organisation import organisation
from shared.caller import Caller
from shared.entra.consents import FAILURE_AGE, ConsentFailures, Consents
from shared.entra.on_behalf_of import OnBehalfOf
from shared.errors import ToolError
from shared.result_limit import result_limit
from shared.settings import DEVOPS_RESOURCE, Settings
from shared.storage.preference_store import MemoryPreferences
from shared.tools import CATALOGUE
from shared.tools.access import Access, check_access
from tests.shared.clock import Clock
from tests.shared.counted_exchange import CountedExchange
from tests.shared.entra.test_one_exchange_per_resource import ANA
from tests.shared.tools.sandbox import Sandbox, principal

MISSING = ToolError(
    "misconfigured",
    "Azure DevOps is not available in your tenant.",
    "The administrator checks GRAPH_RESOURCE.",
    details={"entra_error": "AADSTS650052"},
)


class Asking:
    """Checks the access of one caller to some tools, over an exchange that is counted."""

    def __init__(self, exchange: CountedExchange, settings: Settings, clock: Clock, tools: list[str]) -> None:
        self.on_behalf_of = OnBehalfOf(exchange, clock=clock)
        self._tools = [tool for tool in CATALOGUE if tool.name in tools]
        self._consents = Consents(
            self.on_behalf_of,
            ANA,
            resources={"graph": "https://graph.microsoft.com", "devops": DEVOPS_RESOURCE},
            settings=settings,
            failures=ConsentFailures(clock=clock),
        )

    async def check(self) -> Access:
        async def nothing(tool: object) -> list[object]:
            return []

        caller = Caller(
            principal(organisation().user("ana")),
            preferences=MemoryPreferences(),
            consents=self._consents,
            tools=self._tools,
            unmet=nothing,
        )
        return await check_access(caller)


async def test_whoever_consented_to_everything_can_use_everything(sandbox: Sandbox):
    access = await sandbox.call(check_access, user="ana")

    assert access.usable == [tool.name for tool in CATALOGUE]
    assert access.blocked == []
    assert [api.missing_scopes for api in access.apis] == [[], []]
    assert [api.admin_consent_url for api in access.apis] == [None, None]


async def test_what_is_missing_is_named_with_the_link_that_mends_it(sandbox: Sandbox):
    access = await sandbox.call(check_access, user="chiara")
    graph, devops = access.apis
    blocked = {tool.name: tool.missing for tool in access.blocked}

    assert "graph_get_profile" in access.usable
    assert blocked["graph_send_email"] == ["Mail.Send"]
    assert "Mail.Send" in graph.missing_scopes
    assert "vso.work_write" in devops.missing_scopes
    assert graph.admin_consent_url is not None
    scopes = httpx.URL(graph.admin_consent_url).params["scope"].split()
    assert scopes == [f"https://graph.microsoft.com/{scope}" for scope in graph.missing_scopes]


async def test_without_any_consent_only_what_needs_none_is_usable(sandbox: Sandbox):
    access = await sandbox.call(check_access, user="dmitri")

    assert access.usable == [tool.name for tool in CATALOGUE if not tool.scopes]
    assert [api.granted_scopes for api in access.apis] == [[], []]
    assert [api.problem for api in access.apis] == [None, None]


async def test_what_only_some_arguments_need_does_not_block_a_tool(
    exchange: CountedExchange, settings: Settings, clock: Clock
):
    exchange.granted = frozenset({"vso.work_write"})
    asking = Asking(exchange, settings, clock, ["devops_attach_to_work_item", "get_preferences"])

    access = await asking.check()
    asking.on_behalf_of.close()

    assert ["devops_attach_to_work_item", "get_preferences"] == access.usable
    assert [] == access.blocked
    assert [("devops_attach_to_work_item", ["Files.Read.All"])] == [
        (tool.name, tool.missing) for tool in access.limited
    ]
    assert ["Files.Read.All"] == access.apis[0].missing_scopes
    assert "Files.Read.All" in (access.apis[0].admin_consent_url or "")


async def test_an_api_that_no_offered_tool_uses_is_not_asked_for(
    exchange: CountedExchange, settings: Settings, clock: Clock
):
    exchange.granted = frozenset({"Mail.Read", "MailboxSettings.Read"})
    asking = Asking(exchange, settings, clock, ["graph_get_emails", "get_preferences"])

    access = await asking.check()
    asking.on_behalf_of.close()

    assert ["Microsoft Graph"] == [api.api for api in access.apis]
    assert ["graph_get_emails", "get_preferences"] == access.usable
    assert 1 == len(exchange.asked)


async def test_a_failure_is_kept_for_a_minute_and_blames_no_setting(
    exchange: CountedExchange, settings: Settings, clock: Clock
):
    exchange.failing = MISSING
    asking = Asking(exchange, settings, clock, ["devops_get_profile"])

    first = await asking.check()
    clock.advance(FAILURE_AGE - 1)
    second = await asking.check()
    within = len(exchange.asked)
    clock.advance(2)
    await asking.check()
    asking.on_behalf_of.close()

    assert first == second
    assert (1, 2) == (within, len(exchange.asked))
    assert "Azure DevOps is not available in your tenant. (AADSTS650052)" == first.apis[0].problem
    assert "GRAPH_RESOURCE" not in first.model_dump_json()
    assert [("devops_get_profile", [], ["Azure DevOps: see its problem"])] == [
        (tool.name, tool.missing, tool.needs) for tool in first.blocked
    ]
    assert [] == first.apis[0].missing_scopes


async def test_the_failure_of_one_caller_is_not_told_to_another(clock: Clock):
    failures = ConsentFailures(clock=clock)
    failures.put(ANA, "devops", MISSING)

    assert failures.get(ANA, "devops") is MISSING
    assert failures.get(ANA, "graph") is None
    assert failures.get(type(ANA)("token-of-ben", ANA.tenant_id), "devops") is None


async def test_in_a_small_result_lists_are_cut_and_the_link_asks_for_all_that_is_registered(sandbox: Sandbox):
    with result_limit(4_000):
        access = await sandbox.call(check_access, user="dmitri")
    whole = await sandbox.call(check_access, user="dmitri")

    for cut, full in zip(access.apis, whole.apis, strict=True):
        assert full.missing_scopes[: len(cut.missing_scopes)] == cut.missing_scopes
    assert "Lists of scopes are cut." in access.note
    assert len(access.apis[0].missing_scopes) < len(whole.apis[0].missing_scopes)
    assert ["https://graph.microsoft.com/.default"] == httpx.URL(access.apis[0].admin_consent_url).params[
        "scope"
    ].split()
