"""Options that several commands share, and what they make of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from sealift.cli.messages import COMPRESSION_UNKNOWN, NODE_BINARY_MALFORMED
from sealift.options import COMPRESSIONS, PROVIDERS, BuildOptions, Compression, NodeOptions
from sealift.target import SUPPORTED_MAJORS, Arch, Platform

Command = TypeVar("Command", bound=Callable[..., Any])


class _Path(click.Path):
    """A path that is not empty: an unset variable of a shell must not mean this directory."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse an empty text."""
        if value == "":
            self.fail("an empty path is not allowed.", param, ctx)
        return super().convert(value, param, ctx)


class _Text(click.ParamType[str]):
    """Text that is not empty."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse an empty text."""
        if value == "":
            self.fail("an empty text is not allowed.", param, ctx)
        return str(value)


PATH = _Path(path_type=Path, readable=False)  # stages explain better what is wrong
TEXT = _Text()


class _Provider(click.Choice[str]):
    """The name of a provider, or a folder after ``dir:``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return a folder unchanged."""
        if isinstance(value, str) and value.startswith("dir:"):
            return value
        return super().convert(value, param, ctx)


class _Renamed(click.Option):
    """An option whose former spelling is still understood, but not shown.

    Args:
        former: the spelling of earlier versions.
    """

    def __init__(self, declarations: Sequence[str], *, former: str, **attributes: Any) -> None:
        super().__init__(declarations, **attributes)
        self._former = former

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Register both spellings."""
        shown = self.opts
        self.opts = [*shown, self._former]
        super().add_to_parser(parser, ctx)
        self.opts = shown


ARCH_OPTION = click.option(
    "--arch",
    "architecture",
    type=TEXT,
    default=None,
    help="Of a universal executable for macOS: the program for x64 or for arm64.",
)


def targets_option(text: str) -> Callable[[Command], Command]:
    """Return the option that names targets; ``text`` is its help."""
    return click.option(
        "-t",
        "--target",
        "--targets",
        "targets",
        multiple=True,
        type=TEXT,
        metavar="LIST",
        help=text,
        shell_complete=_complete_targets,
    )


def _complete_targets(_: click.Context, __: click.Parameter, typed: str) -> list[str]:
    """Return how the last target of a list may continue; a Node release can precede it."""
    earlier, comma, last = typed.rpartition(",")
    node, dash, machine = last.partition("-") if last.startswith("node") else ("", "", last)
    names = [] if dash else ["host", *(f"node{major}-" for major in SUPPORTED_MAJORS)]
    for platform in Platform:
        names += [platform.value, *(f"{platform}-{arch}" for arch in (Arch.X64, Arch.ARM64))]
    begun = machine if dash else last
    return [f"{earlier}{comma}{node}{dash}{name}" for name in names if name.startswith(begun)]


def node_options(command: Command) -> Command:
    """Add the options that say where Node binaries come from."""
    for option in reversed(
        (
            click.option(
                "--node-provider",
                cls=_Renamed,
                former="--node-source",
                type=_Provider(["auto", *PROVIDERS]),
                default="auto",
                show_default=True,
                metavar=f"[auto|{'|'.join(PROVIDERS)}|dir:PATH]",
                help="Where Node binaries come from; dir:PATH is a folder of them.",
            ),
            click.option(
                "--node-mirror",
                metavar="URL",
                default="",
                envvar="SEALIFT_NODE_MIRROR",
                help="A server in the layout of nodejs.org's dist.",
            ),
            click.option(
                "--node-keyring",
                type=PATH,
                help="OpenPGP key ring to check the mirror's SHASUMS256.txt with.",
            ),
            click.option(
                "--node-binary",
                "node_binaries",
                metavar="TARGET=PATH",
                multiple=True,
                help="Use this Node binary for a target; may be repeated.",
            ),
            click.option(
                "--compile-node",
                cls=_Renamed,
                former="--build",
                is_flag=True,
                help="Compile Node for targets that no provider has.",
            ),
            click.option(
                "--node-source-tree",
                cls=_Renamed,
                former="--node-src",
                type=PATH,
                metavar="DIR|TARBALL",
                help="With --compile-node: Node's source, instead of the release's.",
            ),
            click.option(
                "--node-patch",
                "node_patches",
                type=PATH,
                multiple=True,
                metavar="FILE",
                help="With --compile-node: apply a patch to Node's source; may be repeated.",
            ),
            click.option(
                "--jobs",
                type=click.IntRange(1),
                metavar="N",
                help="With --compile-node: run this many compilers at once.",
            ),
            click.option("--offline", is_flag=True, help="Use only what is in the cache."),
            click.option(
                "--refresh",
                is_flag=True,
                help="Ask the providers again which releases exist.",
            ),
            click.option(
                "--cache",
                type=PATH,
                help="Directory of the cache. Default: SEALIFT_CACHE, or the user's own.",
            ),
        )
    ):
        command = option(command)
    return command


def project_options(command: Command) -> Command:
    """Add the options that say what is packaged."""
    for option in reversed(
        (
            click.option("-c", "--config", type=PATH, help="Configuration file (.pkgrc)."),
            click.option("--bin", "bin_name", default="", help="Entry of `bin` to package."),
            click.option(
                "--traced-only",
                is_flag=True,
                help="Do not include whole packages whose file accesses cannot be proven.",
            ),
            click.option(
                "--allow-missing",
                is_flag=True,
                help="Warn about specifiers that cannot be resolved, instead of failing.",
            ),
            click.option(
                "--allow-missing-addons",
                is_flag=True,
                help="Warn about native addons that a target lacks, instead of failing.",
            ),
            click.option(
                "--no-dict",
                "no_dictionary",
                multiple=True,
                metavar="LIST",
                help="Ignore sealift's special treatment of these packages; * for all.",
            ),
        )
    ):
        command = option(command)
    return command


def bytecode_options(command: Command) -> Command:
    """Add the options that say in which form JavaScript ships; None where one is not given."""
    for option in reversed(
        (
            click.option(
                "--sea",
                is_flag=True,
                default=None,
                help="Ship JavaScript as source, with V8's code caches.",
            ),
            click.option(
                "--no-bytecode",
                is_flag=True,
                default=None,
                help="Ship JavaScript as source, but fail if some of it is not public.",
            ),
            click.option(
                "--public",
                is_flag=True,
                default=None,
                help="The source of the project itself is public.",
            ),
            click.option(
                "--public-packages",
                multiple=True,
                metavar="LIST",
                help="Packages whose source is public, separated by commas; * for all.",
            ),
            click.option(
                "--fallback-to-source",
                is_flag=True,
                default=None,
                help="Ship the source of scripts that cannot be compiled to bytecode.",
            ),
            click.option(
                "--source-maps/--no-source-maps",
                default=None,
                help="Package source maps; by default, if the program turns them on.",
            ),
        )
    ):
        command = option(command)
    return command


def read_compression(name: str) -> Compression:
    """Return the compression of this name. Raise UsageError if there is none."""
    if name.lower() not in COMPRESSIONS:
        raise COMPRESSION_UNKNOWN.error(name=name)
    return COMPRESSIONS[name.lower()]


def make_node_options(given: dict[str, Any]) -> NodeOptions:
    """Remove the options of `node_options` from ``given``, and return what they mean."""
    binaries: dict[str, Path] = {}
    for text in given.pop("node_binaries"):
        target, equals, path = text.partition("=")
        if not (target and equals and path):
            raise NODE_BINARY_MALFORMED.error(text=text)
        binaries[target] = Path(path)
    return NodeOptions(
        provider=given.pop("node_provider"),
        mirror=given.pop("node_mirror"),
        mirror_keyring=given.pop("node_keyring"),
        binaries=binaries,
        cache=given.pop("cache"),
        offline=given.pop("offline"),
        refresh=given.pop("refresh"),
        compile=given.pop("compile_node"),
        source_tree=given.pop("node_source_tree"),
        patches=given.pop("node_patches"),
        jobs=given.pop("jobs") or 0,
    )


def make_reading_options(entry: Path, given: dict[str, Any]) -> BuildOptions:
    """Return the options of a command that only reads the project."""
    return BuildOptions(
        entry=entry,
        config=given["config"],
        bin_name=given["bin_name"],
        traced_only=given["traced_only"],
        no_dictionary=given["no_dictionary"],
        allow_missing=given["allow_missing"],
    )
