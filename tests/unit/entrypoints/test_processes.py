"""Several processes behind one port: the port, their shares of the machine, and what they need."""

from __future__ import annotations

import socket

import pytest

from core.shared.lifecycle import StartError
from entrypoints.operations import bind_socket
from entrypoints.processes import (
    build_commands,
    count_connections,
    must_have_what_processes_share,
    reserve_port,
    share_machine,
)
from entrypoints.settings import Profile, Settings, SettingsError

HOST = "127.0.0.1"


def test_a_reserved_port_is_for_sockets_that_share_it() -> None:
    with (
        reserve_port(HOST, 0) as port,
        bind_socket(HOST, port, reuse_port=True),
        bind_socket(HOST, port, reuse_port=True),
    ):
        with pytest.raises(StartError, match="is in use"):
            bind_socket(HOST, port)
        with pytest.raises(StartError, match="is in use"), reserve_port(HOST, port):
            pass


def test_a_reserved_port_is_the_same_for_ipv4_and_ipv6() -> None:
    with (
        reserve_port("::", 0) as port,
        bind_socket("::", port, reuse_port=True),
        socket.create_connection((HOST, port)),
    ):
        pass


def test_processes_share_cores_and_do_not_create_the_demo_again() -> None:
    assert share_machine(Settings(), count=4, cores=8) == {
        "DEMO": "off",
        "ARGON2_THREADS": "2",
        "SEARCH_CONNECTIONS": "1",
    }
    chosen = Settings(argon2_threads=5, search_connections=6)
    assert share_machine(chosen, count=4, cores=2) == {
        "DEMO": "off",
        "ARGON2_THREADS": "5",
        "SEARCH_CONNECTIONS": "6",
    }


def test_each_process_has_its_own_port_for_metrics() -> None:
    assert list(build_commands(2, with_worker=True, operations_port=9100)) == [
        ("api-1", ["serve", "--no-worker", "--operations-port", "9100"]),
        ("api-2", ["serve", "--no-worker", "--operations-port", "9101"]),
        ("worker", ["worker", "--port", "9102"]),
    ]
    assert list(build_commands(1, with_worker=False, operations_port=None)) == [("api-1", ["serve", "--no-worker"])]


def test_connections_of_all_processes_are_counted() -> None:
    assert count_connections(Settings(), count=4, cores=2) == 4 * (10 + 3 + 1 + 1)
    assert count_connections(Settings(database_pool_size=5, search_connections=4), count=2, cores=8) == 2 * (
        5 + 3 + 4 + 1
    )


def test_processes_need_what_they_share() -> None:
    with pytest.raises(SettingsError, match="PROFILE is memory"):
        must_have_what_processes_share(Settings(profile=Profile.MEMORY))
    with pytest.raises(SettingsError, match="REDIS_URL is not set"):
        must_have_what_processes_share(Settings())
    must_have_what_processes_share(Settings(redis_url="redis://localhost:6379/0"))
