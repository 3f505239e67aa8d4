from __future__ import annotations

PROFILE = "http://profile.test/_apis/profile/profiles"
ACCOUNTS = "http://profile.test/_apis/accounts"
ANA = "1f0e9d8c-7b6a-4594-8372-6150f4e3d2c1"


async def test_the_profile_of_me_is_flat_and_names_the_devops_id(ana):
    profile = (await ana.get(f"{PROFILE}/me")).json()

    assert ("Ana Duarte", ANA, "ana.duarte@larkspur.example") == (
        profile["displayName"],
        profile["id"],
        profile["emailAddress"],
    )
    assert "coreAttributes" not in profile


async def test_details_of_the_profile_are_core_attributes(ana):
    profile = (await ana.get(f"{PROFILE}/me", params={"details": "true"})).json()

    assert profile["coreAttributes"]["DisplayName"]["value"] == "Ana Duarte"


async def test_somebody_elses_profile_is_forbidden_and_nobodys_is_missing(ana):
    bens = await ana.get(f"{PROFILE}/2a1b0c9d-8e7f-4605-9483-7261a5b4c3d2")
    nobodys = await ana.get(f"{PROFILE}/00000000-0000-4000-8000-000000000000")

    assert (403, 404) == (bens.status_code, nobodys.status_code)


async def test_accounts_are_the_callers_organizations(ana):
    accounts = (await ana.get(ACCOUNTS, params={"memberId": ANA})).json()

    assert accounts["count"] == 2
    assert ["larkspur", "larkspur-labs"] == [account["accountName"] for account in accounts["value"]]


async def test_a_user_of_no_organization_has_an_empty_list(client_for):
    grace = client_for("grace")
    profile = (await grace.get(f"{PROFILE}/me")).json()

    accounts = (await grace.get(ACCOUNTS, params={"memberId": profile["id"]})).json()

    assert accounts == {"count": 0, "value": []}


async def test_accounts_without_a_member_are_refused(ana):
    refused = await ana.get(ACCOUNTS)

    assert (400, "ArgumentException") == (refused.status_code, refused.json()["typeKey"])


async def test_a_user_unknown_to_devops_is_not_authorized(client_for):
    refused = await client_for("eva").get(f"{PROFILE}/me")

    assert (401, "UnauthorizedRequestException") == (refused.status_code, refused.json()["typeKey"])
    assert refused.json()["message"].startswith("TF400813")


async def test_the_profile_needs_its_scope(client_for):
    refused = await client_for("ana", "vso.work").get(f"{PROFILE}/me")

    assert (401, "UnauthorizedRequestException") == (refused.status_code, refused.json()["typeKey"])
    assert "vso.profile" in refused.json()["message"]
