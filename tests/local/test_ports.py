"""Ports are held for the services of one tenant, while others start."""

import socket
from itertools import islice

import pytest

from local.ports import ReservedPorts, is_free
from local.serving import SERVICES
from local.tenant import plan

FIRST = 31_000


@pytest.fixture
def ports():
    made = [ReservedPorts(), ReservedPorts()]
    yield made
    for each in made:
        each.close()


def test_two_tenants_that_start_at_once_share_no_port(ports, tmp_path):
    mine, others = (set(islice(each.take(FIRST), 12)) for each in ports)
    again = {plan(tmp_path, 0, SERVICES, each).host for each in ports}

    assert 12 == len(mine) == len(others)
    assert not mine & others
    assert 2 == len(again)


def test_a_server_listens_on_a_port_that_is_held_for_it_and_again_after_a_restart(ports):
    [number] = islice(ports[0].take(FIRST), 1)

    for _ in range(2):
        with (
            socket.create_server(("127.0.0.1", number)) as server,
            socket.create_connection(("127.0.0.1", number), timeout=5) as client,
        ):
            accepted, _ = server.accept()
            accepted.close()
            client.recv(1)


def test_a_port_that_somebody_listens_on_is_not_taken(ports):
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]

        assert not is_free(number)
        assert number not in set(islice(ports[0].take(number), 3))


def test_ports_are_given_back(ports):
    [number] = islice(ports[0].take(FIRST), 1)
    ports[0].close()

    assert [number] == [*islice(ports[1].take(number), 1)]
