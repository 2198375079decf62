"""The grammar of targets, row by row of the reference's table, with its faults fixed."""

import pytest

from sealift.errors import UsageError
from sealift.target import (
    DEFAULT_MAJOR,
    Arch,
    NodeRange,
    NodeVersion,
    Platform,
    Target,
    default_targets,
    parse_target,
    parse_targets,
    suffixes,
)

HOST = (Platform.LINUX, Arch.X64)
DEFAULT = f"node{DEFAULT_MAJOR}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("host", f"{DEFAULT}-linux-x64"),
        ("HOST", f"{DEFAULT}-linux-x64"),
        ("node22-host", "node22-linux-x64"),
        ("latest", "latest-linux-x64"),
        ("latest-win", "latest-win-x64"),
        ("node22.17.1-linux-x64", "node22.17.1-linux-x64"),
        ("node22.x", "node22-linux-x64"),
        ("Node22", "node22-linux-x64"),
        ("v22-macos", "node22-macos-x64"),
        ("22.17-macos", "node22.17-macos-x64"),
        ("x64-linux-node22", "node22-linux-x64"),
        ("node22--linux", "node22-linux-x64"),
        ("-linux-", f"{DEFAULT}-linux-x64"),
        ("darwin-aarch64", f"{DEFAULT}-macos-arm64"),
        ("mac-arm64", f"{DEFAULT}-macos-arm64"),
        ("osx-armv8", f"{DEFAULT}-macos-arm64"),
        ("windows-amd64", f"{DEFAULT}-win-x64"),
        ("WIN32-X86_64", f"{DEFAULT}-win-x64"),
        ("lin-ia32", f"{DEFAULT}-linux-x86"),
        ("musl-arm64", f"{DEFAULT}-alpine-arm64"),
        ("linux-musl-x64", f"{DEFAULT}-alpine-x64"),
        ("musl-linux-x64", f"{DEFAULT}-alpine-x64"),
        ("x64-musl-node22-linux", "node22-alpine-x64"),
        ("linux-gnu-x64", f"{DEFAULT}-linux-x64"),
        ("gnu-linux", f"{DEFAULT}-linux-x64"),
        ("linux-lin-x64-amd64", f"{DEFAULT}-linux-x64"),
        ("host-host", f"{DEFAULT}-linux-x64"),
        ("linuxstatic-armv7l", f"{DEFAULT}-linuxstatic-armv7"),
        ("freebsd", f"{DEFAULT}-freebsd-x64"),
        ("linux-armv6", f"{DEFAULT}-linux-armv6"),
        ("linux-ppc64le", f"{DEFAULT}-linux-ppc64"),
    ],
)
def test_a_target_is_understood(text: str, expected: str) -> None:
    assert str(parse_target(text, HOST)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("frob", "Unknown target 'frob'"),
        ("node22-frob", "Unknown element 'frob' in target 'node22-frob'"),
        ("linus", "Did you mean 'linux'"),
        ("node7-x6", "Unknown element 'x6' in target 'node7-x6'"),
        ("linux;win", "Unknown target 'linux;win'"),
        ("node22.1.2.3", "Unknown target"),
        ("node>=18", "Unknown target"),
        ("linux-win", "two platforms: linux and win"),
        ("node20-node22-linux", "two Node releases: node20 and node22"),
        ("latest-node22", "two Node releases"),
        ("x64-arm64", "two architectures"),
        ("musl-win", "two platforms: win and alpine"),
        ("host-linux", "names the host and also a platform or an architecture"),
        ("-", "Unknown target '-'"),
    ],
)
def test_a_wrong_target_is_named(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_target(text, HOST)
    assert message in caught.value.message
    assert caught.value.remedy


def test_lists_hold_comma_lists_and_no_duplicates() -> None:
    targets = parse_targets(["linux, macos", " ,", "lin", "mac,darwin,win"], HOST)
    assert [target.platform for target in targets] == ["linux", "macos", "win"]


def test_partial_versions_compare_as_numbers() -> None:
    assert NodeRange((22, 1)).matches(NodeVersion(22, 1, 9))
    assert not NodeRange((22, 1)).matches(NodeVersion(22, 17, 0))
    assert not NodeRange((2,)).matches(NodeVersion(22, 0, 0))
    assert NodeRange(()).matches(NodeVersion(22, 0, 0))
    assert NodeVersion.parse("v22.9.0") < NodeVersion.parse("22.10.0")


@pytest.mark.parametrize("text", ["", "22", "22.1", "22.1.x", "22.1.1.1", "22.-1.0", "\u0662.1.1"])
def test_a_wrong_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a Node release"):
        NodeVersion.parse(text)


def test_defaults() -> None:
    assert [str(t) for t in default_targets(False, HOST)] == [
        f"{DEFAULT}-{platform}-x64" for platform in ("linux", "macos", "win")
    ]
    assert [str(t) for t in default_targets(True, HOST)] == [f"{DEFAULT}-linux-x64"]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["linux"], [""]),
        (["linux", "macos", "win"], ["-linux", "-macos", "-win"]),
        (["node22", "node22.17.1"], ["-node22", "-node22.17.1"]),
        (["latest-linux", "node26-linux"], ["-latest", "-node26"]),
        (["win-x64", "win-arm64"], ["-x64", "-arm64"]),
        (["node22-linux", "node24-win"], ["-node22-linux", "-node24-win"]),
        (["linux-x64", "macos-arm64"], ["-linux-x64", "-macos-arm64"]),
    ],
)
def test_suffixes_are_what_differs(texts: list[str], expected: list[str]) -> None:
    assert list(suffixes(parse_targets(texts, HOST)).values()) == expected


def test_a_target_reads_back_as_it_prints() -> None:
    for platform in Platform:
        for arch in Arch:
            for node in (NodeRange(()), NodeRange((22,)), NodeRange((22, 17, 1))):
                target = Target(node, platform, arch)
                assert parse_target(str(target), HOST) == target


def test_every_machine_of_the_table_is_a_target() -> None:
    table = [f"{platform}-{arch}" for platform in Platform for arch in platform.facts.arches]
    assert [str(target) for target in parse_targets(table, HOST)] == [
        f"{DEFAULT}-{machine}" for machine in table
    ]
    for machine in (
        *("freebsd-x64", "linux-armv6", "linux-armv7", "linux-x86", "linux-ppc64", "linux-s390x"),
        *("linux-riscv64", "linux-loong64", "linuxstatic-armv7", "alpine-x64", "win-x86"),
    ):
        assert machine in table


@pytest.mark.parametrize(
    ("text", "host", "message"),
    [
        ("win-s390x", HOST, "Node does not exist for win-s390x."),
        ("node24-macos-armv7", HOST, "Node does not exist for macos-armv7."),
        ("win-riscv64", HOST, "Node does not exist for win-riscv64."),
        ("freebsd-loong64", HOST, "Node does not exist for freebsd-loong64."),
        (
            "win",
            (Platform.LINUX, Arch.S390X),
            "'win' means win-s390x on this host, and Node does not exist for that.",
        ),
    ],
)
def test_machines_that_do_not_exist(text: str, host: tuple[Platform, Arch], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_targets(["linux-x64", text], host)
    assert caught.value.code == "target-impossible"
    assert caught.value.message == message
    platform = parse_target(text, host).platform
    assert f"{platform}-x64" in caught.value.remedy


def test_defaults_exist() -> None:
    host = (Platform.LINUX, Arch.RISCV64)
    assert [str(t) for t in default_targets(False, host)] == [f"{DEFAULT}-linux-riscv64"]


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        # os, process.platform in Node's documentation, container, C library, static, suffix
        ("linux", ("linux", "linux", "elf", "glibc", False, "")),
        ("alpine", ("linux", "linux", "elf", "musl", False, "")),
        ("linuxstatic", ("linux", "linux", "elf", "musl", True, "")),
        ("macos", ("macos", "darwin", "macho", "", False, "")),
        ("win", ("win", "win32", "pe", "", False, ".exe")),
        ("freebsd", ("freebsd", "freebsd", "elf", "", False, "")),
    ],
)
def test_what_a_platform_is(platform: str, expected: tuple[object, ...]) -> None:
    facts = Platform(platform).facts
    assert expected == (
        *(facts.os, facts.node_os, facts.container, facts.libc),
        *(facts.is_static, facts.executable_suffix),
    )


def test_every_platform_has_facts_and_a_platform_of_its_node_binaries() -> None:
    assert {platform: platform.node_platform for platform in Platform} == {
        **{platform: platform for platform in Platform},
        Platform.LINUXSTATIC: Platform.ALPINE,
    }
    for platform in Platform:
        assert platform.facts.arches
        assert (platform.facts.separator in "/") == (platform.facts.mount_point == "/snapshot")
