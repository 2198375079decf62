"""Unit tests have no network and no set-up; every test has one tier."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from support.tiers import tier_of


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.org"])
def test_a_unit_test_reaches_no_other_machine(host: str) -> None:
    with pytest.raises(RuntimeError, match=f"is a unit test and asks for {host}"):
        socket.create_connection((host, 80), timeout=1)
    with pytest.raises(RuntimeError, match=host):
        socket.getaddrinfo(host, 80)


def test_a_unit_test_sends_no_datagram() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        pytest.raises(RuntimeError, match=r"192\.0\.2\.1"),
    ):
        sender.sendto(b"", ("192.0.2.1", 9))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_unit_test_reaches_its_own_server(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), timeout=5).close()


def test_caches_are_not_the_users(tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in ("SEALIFT_CACHE", "SEALIFT_DEV_CACHE"):
        assert Path(os.environ[name]).is_relative_to(tmp_path_factory.getbasetemp())


def test_signals_and_umask_are_those_of_a_plain_shell() -> None:
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    mask = os.umask(0o022)
    assert mask == 0o022


@pytest.mark.usefixtures("equipment")
def test_what_uses_equipment_is_an_integration_test(request: pytest.FixtureRequest) -> None:
    assert tier_of(request.node) == "integration"
    assert [mark.name for mark in request.node.iter_markers()].count("integration") == 1
