"""The command line of npm's ``pkg``: its options, and how they are read.

Source: ``lib/config.ts`` of @yao-pkg/pkg 6.21.0, which uses Node's ``util.parseArgs`` in strict
mode. Of several spellings of one flag, the last one wins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from sealift.cli.messages import (
    PKG_ENTRIES,
    PKG_OPTION_UNKNOWN,
    PKG_TARGETS_TWICE,
    PKG_VALUE_AMBIGUOUS,
    PKG_VALUE_MISSING,
    PKG_VALUE_UNEXPECTED,
)


class PkgOption(Struct, frozen=True):
    """One option of pkg.

    Attributes:
        name: without dashes.
        help: what it does in sealift.
        short: its letter, or "".
        value: what its value is called; "" for a flag.
        negated: ``--no-NAME`` turns the flag off.
    """

    name: str
    help: str
    short: str = ""
    value: str = ""
    negated: bool = True

    @property
    def spelling(self) -> str:
        """As the messages of ``parseArgs`` name it, such as ``-t, --target <value>``."""
        short = f"-{self.short}, " if self.short else ""
        return f"{short}--{self.name}{' <value>' if self.value else ''}"


PKG_OPTIONS = (
    PkgOption("help", "Show this text.", "h", negated=False),
    PkgOption("version", "Show the version of sealift.", "v", negated=False),
    PkgOption("target", "Targets, separated by commas.", "t", "LIST"),
    PkgOption("targets", "The same as --target.", "", "LIST"),
    PkgOption("config", "Configuration file (.pkgrc).", "c", "FILE"),
    PkgOption("options", "Node options to embed, separated by commas.", "", "LIST"),
    PkgOption("output", "Executable to write.", "o", "FILE"),
    PkgOption("out-path", "Directory to write the executables to.", "", "DIR"),
    PkgOption("outdir", "The same as --out-path.", "", "DIR"),
    PkgOption("out-dir", "The same as --out-path.", "", "DIR"),
    PkgOption(
        "debug", "Show notes of the build; executables list their files with DEBUG_PKG.", "d"
    ),
    PkgOption("build", "Compile Node from its source.", "b"),
    PkgOption("public", "The source of the project itself is public."),
    PkgOption("public-packages", "Packages whose source is public; * for all.", "", "LIST"),
    PkgOption("bytecode", "Ship scripts as bytecode; --no-bytecode ships public source."),
    PkgOption("fallback-to-source", "Ship the source of scripts that cannot be compiled."),
    PkgOption("native-build", "Get native addons for each target; always on."),
    PkgOption("no-dict", "Ignore the dictionary's entries for packages; * for all.", "", "LIST"),
    PkgOption("deploy", "Copy the files of pkg.deployFiles beside the executables."),
    PkgOption("inspect", "Let SIGUSR1 and NODE_OPTIONS start the inspector; on unless turned off."),
    PkgOption("compress", "Compress packaged files: None, GZip, Brotli or Zstd.", "C", "NAME"),
    PkgOption("signature", "Sign executables for macOS; always on."),
    PkgOption("sea", "Ship JavaScript as source, with V8's code caches."),
)
_BY_NAME = {option.name: option for option in PKG_OPTIONS}
_BY_LETTER = {option.short: option for option in PKG_OPTIONS if option.short}


class PkgArguments(Struct, frozen=True):
    """What a command line of pkg says.

    Attributes:
        entry: the entry point; None if the command line has none.
        flags: the flags that are given, by name, and whether they are on.
        values: the options with a value that are given, by name.
    """

    entry: str | None
    flags: Mapping[str, bool]
    values: Mapping[str, str]


def read_pkg_arguments(arguments: Sequence[str]) -> PkgArguments:
    """Return what the arguments of pkg say.

    Raises:
        UsageError: an option is unknown or lacks its value; --target and --targets are both given;
            more than one entry is given.
    """
    entries: list[str] = []
    flags: dict[str, bool] = {}
    values: dict[str, str] = {}
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        if argument == "--":
            entries += waiting
            break
        if not _is_option(argument):
            entries.append(argument)
        elif argument.startswith("--"):
            name, equals, value = argument[2:].partition("=")
            _read_long(name, value if equals else None, waiting, flags, values)
        else:
            _read_letters(argument, waiting, flags, values)
    if len(entries) > 1:
        raise PKG_ENTRIES.error()
    if "target" in values and "targets" in values:
        raise PKG_TARGETS_TWICE.error()
    return PkgArguments(entries[0] if entries else None, flags, values)


def _is_option(argument: str) -> bool:
    return len(argument) > 1 and argument.startswith("-")


def _read_long(
    name: str, value: str | None, waiting: list[str], flags: dict[str, bool], values: dict[str, str]
) -> None:
    """Read ``--name``, ``--name value``, ``--name=value`` or ``--no-name``."""
    option, turned_on = _BY_NAME.get(name), True
    if option is None and name.startswith("no-"):
        option, turned_on = _BY_NAME.get(name.removeprefix("no-")), False
        if option is not None and (option.value or not option.negated):
            option = None
    if option is None:
        raise PKG_OPTION_UNKNOWN.error(option=f"--{name}")
    if option.value:
        values[option.name] = _value(option, f"--{name}", waiting) if value is None else value
    elif value is not None:
        raise PKG_VALUE_UNEXPECTED.error(option=f"--{name}")
    else:
        flags[option.name] = turned_on


def _read_letters(
    argument: str, waiting: list[str], flags: dict[str, bool], values: dict[str, str]
) -> None:
    """Read ``-d``, ``-db``, ``-t value`` or ``-tvalue``."""
    for index, letter in enumerate(argument[1:], 1):
        option = _BY_LETTER.get(letter)
        if option is None:
            raise PKG_OPTION_UNKNOWN.error(option=f"-{letter}")
        if option.value:
            rest = argument[index + 1 :]
            values[option.name] = rest or _value(option, f"-{letter}", waiting)
            return
        flags[option.name] = True


def _value(option: PkgOption, given: str, waiting: list[str]) -> str:
    """Return the value after an option."""
    if not waiting:
        raise PKG_VALUE_MISSING.error(option=option.spelling)
    if _is_option(waiting[0]):
        raise PKG_VALUE_AMBIGUOUS.error(option=given, value=waiting[0])
    return waiting.pop(0)
