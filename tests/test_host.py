"""The host's platform and architecture, from what Python reports on each system."""

from __future__ import annotations

import platform
import sys

import pytest

from sealift.errors import UsageError
from sealift.host import host_machine


@pytest.mark.parametrize(
    ("system", "machine", "bits", "expected"),
    [
        ("linux", "x86_64", 64, "linux-x64"),
        ("linux", "x86_64", 32, "linux-x86"),
        ("linux", "i686", 32, "linux-x86"),
        ("linux", "aarch64", 64, "linux-arm64"),
        ("linux", "aarch64", 32, "linux-armv7"),
        ("linux", "armv8l", 32, "linux-armv7"),
        ("linux", "armv6l", 32, "linux-armv6"),
        ("linux", "ppc64le", 64, "linux-ppc64"),
        ("linux", "loongarch64", 64, "linux-loong64"),
        ("darwin", "arm64", 64, "macos-arm64"),
        ("win32", "AMD64", 64, "win-x64"),
        ("win32", "x86", 32, "win-x86"),
        ("freebsd14", "amd64", 64, "freebsd-x64"),
        ("freebsd14", "riscv", 64, "freebsd-riscv64"),
    ],
)
def test_host(
    system: str, machine: str, bits: int, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, system, machine, bits)
    assert "-".join(host_machine()) == expected


@pytest.mark.parametrize(
    ("system", "machine", "order"),
    [("linux", "mips64", "little"), ("aix7", "x86_64", "big"), ("linux", "ppc64", "big")],
)
def test_a_host_that_is_not_a_target(
    system: str, machine: str, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, system, machine, 64)
    monkeypatch.setattr(sys, "byteorder", order)
    with pytest.raises(UsageError) as caught:
        host_machine()
    assert caught.value.code == "host-unknown"
    assert machine in caught.value.message


def pretend(monkeypatch: pytest.MonkeyPatch, system: str, machine: str, bits: int) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(sys, "maxsize", (1 << bits - 1) - 1)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.41"))
