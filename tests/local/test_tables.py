"""How Azurite is started, and where its table is."""

from itertools import pairwise

import pytest

from local import tables
from local.ports import ReservedPorts
from local.serving import SERVICES
from local.tenant import plan


@pytest.fixture
def ports():
    made = ReservedPorts()
    yield made
    made.close()


def test_azurite_listens_where_the_layout_says_with_the_tenants_certificate(tmp_path, ports):
    layout = plan(tmp_path, 0, (*SERVICES, "tables"), ports)

    command = tables.command(layout)
    options = dict(pairwise(command))

    assert f"https://localhost:{options['--tablePort']}" == layout.tables
    assert (str(layout.server_certificate),) * 2 == (options["--cert"], options["--key"])
    assert "basic" == options["--oauth"]


def test_the_table_is_one_of_the_emulators_account(tmp_path, ports):
    layout = plan(tmp_path, 0, (*SERVICES, "tables"), ports)

    assert f"{layout.tables}/devstoreaccount1/preferences" == tables.table_url(layout)


def test_a_tenant_without_table_storage_has_no_address_for_it(tmp_path, ports):
    layout = plan(tmp_path, 0, SERVICES, ports)
    layout.save()

    assert "" == layout.tables
    assert layout == type(layout).load(layout.folder)
