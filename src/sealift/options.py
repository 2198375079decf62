"""What a caller requests of a build."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from msgspec import Struct, field

from sealift import target_messages

PROVIDERS = ("mirror", "npm", "pypi", "build")
"""Providers of Node binaries. Of one release, the binary of the first is preferred: official builds
come before others.
"""


class Compression(StrEnum):
    """How packaged files are compressed; the values are pkg's names."""

    NONE = "None"
    GZIP = "GZip"
    BROTLI = "Brotli"
    ZSTD = "Zstd"


COMPRESSIONS = {
    "none": Compression.NONE,
    "br": Compression.BROTLI,
    "brotli": Compression.BROTLI,
    "gz": Compression.GZIP,
    "gzip": Compression.GZIP,
    "zs": Compression.ZSTD,
    "zstd": Compression.ZSTD,
}
"""The names that pkg accepts, in lower case."""


class NodeOptions(Struct, frozen=True):
    """Where Node binaries come from.

    Attributes:
        provider: one of `PROVIDERS`, ``auto``, or ``dir:PATH``.
        mirror: base URL of a server in the layout of nodejs.org's dist, or "".
        mirror_keyring: OpenPGP key ring to check ``SHASUMS256.txt.sig`` with, or None.
        binaries: target text (``node24-linux-x64``, ``linux-x64``, ...) to a path.
        cache: directory; None for the user's own (``SEALIFT_CACHE``, ``PKG_CACHE_PATH``).
        offline: use the cache only.
        refresh: ask the providers again which releases exist, even if the last answer is fresh.
        compile: compile Node for targets that no provider has; for all targets, with
            ``source_tree`` or ``patches`` (and always with the provider ``build``).
        source_tree: Node's source tree, a directory or a tarball; None for the mirror's.
        patches: files to apply to Node's source tree, in order.
        jobs: how many compilers run at once; 0 for as many as cores and memory allow.
    """

    provider: str = "auto"
    mirror: str = ""
    mirror_keyring: Path | None = None
    binaries: Mapping[str, Path] = field(default_factory=dict)
    cache: Path | None = None
    offline: bool = False
    refresh: bool = False
    compile: bool = False
    source_tree: Path | None = None
    patches: tuple[Path, ...] = ()
    jobs: int = 0

    def __post_init__(self) -> None:
        """Raise UsageError ``argument-malformed`` for text that no system can use."""
        _require_usable(self, _NODE_ARGUMENTS)


CYCLONEDX, SPDX = "cyclonedx", "spdx"
"""Formats of an SBOM."""


class Documents(Struct, frozen=True):
    """Which documents are written beside the executables.

    Attributes:
        sbom: what is inside each executable; as CycloneDX, it is also embedded.
        notices: the texts of the licences of everything that ships.
        provenance: what the executables were made of, with digests, and ``SHA256SUMS``.
        sbom_format: of the SBOM beside each executable: `CYCLONEDX` or `SPDX`.
    """

    sbom: bool = False
    notices: bool = False
    provenance: bool = False
    sbom_format: str = CYCLONEDX


class Signing(Struct, frozen=True):
    """How executables for one platform are signed.

    Attributes:
        certificate: a PKCS#12 file with certificates and a private key; a PEM file with
            certificates, the publisher's first, if ``command`` or ``key`` signs.
        password_file: its first line is the password of the PKCS#12 file, or the PIN of the token.
            None: an environment variable.
        password_variable: that variable; "" for ``SEALIFT_SIGN_PASSWORD``.
        command: program and arguments, as a shell takes them, that sign: it reads a SHA-256 digest,
            32 bytes, and writes the signature or its base64 text. "": ``key``.
        key: PKCS#11 URI (RFC 7512) of a key on a token. "": the key of the PKCS#12 file.
        timestamp_url: a time server (RFC 3161), or "" for no timestamp.
    """

    certificate: Path
    password_file: Path | None = None
    command: str = ""
    key: str = ""
    timestamp_url: str = ""
    password_variable: str = ""

    def __post_init__(self) -> None:
        """Raise UsageError ``argument-malformed`` for text that no system can use."""
        _require_usable(self, _SIGNING_ARGUMENTS)


class BuildOptions(Struct, frozen=True):
    """One call of `sealift.build`.

    Attributes:
        entry: a JavaScript or TypeScript file, a directory with a package.json, a package.json or a
            config file.
        targets: target texts; items may be comma lists. Empty: ``pkg.targets`` or the default.
        oldest_host_major: targets that name no Node release take the major of the host's ``node``,
            if sealift supports it and it is not older than this.
        output: file to write; with several targets a suffix is added. None: named by the project.
        out_path: directory to write to, instead of ``output``.
        config: file with the settings (``.pkgrc``), or None for the one beside the entry.
        bin_name: which of several ``bin`` entries to package, or "".
        traced_only: do not include whole packages whose file accesses cannot be proven.
        allow_missing: an unresolved specifier is a warning and not an error.
        allow_missing_addons: a native addon that a target does not have is a warning and not an
            error.
        exec_argv: Node options to embed, with or without dashes. Empty: ``pkg.options``;
            ``("",)``: none.
        sea: ship all JavaScript as source, with V8's code caches. None: ``pkg.sea``.
        no_bytecode: ship source, but refuse if some may not be disclosed. None: what
            ``pkg.bytecode`` says.
        public: the project's own source may be disclosed. None: ``pkg.public``.
        public_packages: packages whose source may be disclosed; items may be comma lists,
            ``*`` means all of them.
        named_scripts: the source of scripts may be disclosed that the program names by their path
            as it names data, as with pkg.
        fallback_to_source: scripts that cannot be compiled to bytecode ship as source. None:
            ``pkg.fallbackToSource``.
        source_maps: package the source maps that scripts name. None: ``pkg.sourceMaps``; if that
            is not set either, they are packaged if the program turns them on.
        compress: how packaged files are compressed. None: ``pkg.compress``.
        debug: the executables list their packaged files if DEBUG_PKG is set. None: ``pkg.debug``.
        profile_start: arguments to run the program with on this host, to learn which functions a
            start calls: V8's code caches of its CommonJS source then have them. None: it does not
            run.
        harden: NODE_OPTIONS, PKG_EXECPATH and SIGUSR1 do not act on the executables.
        no_inspect: nothing outside the program starts Node's inspector: neither SIGUSR1 nor
            ``--inspect`` in NODE_OPTIONS.
        no_dictionary: packages whose entries in the dictionary are ignored; items may be comma
            lists, ``*`` means all of them. Empty: ``pkg.noDictionary``.
        locales: languages whose ICU data remains in Node, besides English; items may be comma
            lists. Empty: ``pkg.locales``, or all.
        compact: write compact files: executables for Linux that are compressed and unpack
            themselves at their first start. None: ``pkg.compact``.
        deploy: copy the files of ``pkg.deployFiles`` to the directory of the executable.
        icon: of executables for Windows, an ``.ico`` or ``.png`` file. None: ``pkg.windows.icon``.
        sbom: write and embed an SBOM. None: ``pkg.sbom``.
        sbom_format: of the written one, ``cyclonedx`` or ``spdx``. "": ``pkg.sbomFormat``.
        notices: write the texts of all licences. None: ``pkg.notices``.
        provenance: write digests of inputs and outputs. None: ``pkg.provenance``.
        entitlements: of executables for macOS, an XML property list. None:
            ``pkg.macos.entitlements``.
        sign: False: executables have no publisher's signature, whatever else is said.
        sign_windows: how executables for Windows are signed. None: ``pkg.windows.sign``, or not.
        sign_macos: how executables for macOS are signed. None: ``pkg.macos.sign``, or ad hoc,
            without a certificate.
        packages: kinds of distribution packages to make, such as ``deb``; items may be comma lists.
            Empty: ``pkg.package``.
        frozen: build only what ``sealift.lock`` lists; whatever does not match is an error.
        hooks: a JavaScript module; ``preBuild``, ``postBuild`` and ``transform`` that it exports
            replace those of the settings. None: there is none.
        report: a file that the caller writes after the build; an output must not be the same.
    """

    entry: Path
    targets: tuple[str, ...] = ()
    oldest_host_major: int = 22
    output: Path | None = None
    out_path: Path | None = None
    config: Path | None = None
    bin_name: str = ""
    traced_only: bool = False
    allow_missing: bool = False
    allow_missing_addons: bool = False
    exec_argv: tuple[str, ...] = ()
    sea: bool | None = None
    no_bytecode: bool | None = None
    public: bool | None = None
    public_packages: tuple[str, ...] = ()
    named_scripts: bool = False
    fallback_to_source: bool | None = None
    source_maps: bool | None = None
    no_dictionary: tuple[str, ...] = ()
    locales: tuple[str, ...] = ()
    compact: bool | None = None
    deploy: bool = False
    compress: Compression | None = None
    debug: bool | None = None
    profile_start: tuple[str, ...] | None = None
    harden: bool = False
    no_inspect: bool = False
    sbom: bool | None = None
    sbom_format: str = ""
    notices: bool | None = None
    provenance: bool | None = None
    frozen: bool = False
    node: NodeOptions = field(default_factory=NodeOptions)
    icon: Path | None = None
    entitlements: Path | None = None
    sign: bool = True
    sign_windows: Signing | None = None
    sign_macos: Signing | None = None
    packages: tuple[str, ...] = ()
    hooks: Path | None = None
    report: Path | None = None

    def __post_init__(self) -> None:
        """Raise UsageError ``argument-malformed`` for text that no system can use."""
        _require_usable(self, _BUILD_ARGUMENTS)


def node_arguments(texts: Iterable[str]) -> tuple[str, ...]:
    """Return Node options with dashes; ``expose-gc,stack-size=2000`` holds two."""
    words = [word.strip() for text in texts for word in text.split(",")]
    return tuple(word if word.startswith("-") else f"--{word}" for word in words if word)


MODULES_AS_BYTECODE = "--experimental-vm-modules"
"""Node needs it to run ES modules as bytecode, and for ``import()`` in all bytecode."""
YOUNG_GENERATION = "--min-semi-space-size="
"""With how many MiB V8's young generation begins, so that a start has fewer garbage collections."""
YOUNG_GENERATIONS = (1, 3, 8, 16)
"""V8's own, that of all programs, and those of starts that fit in them; the last is its largest."""
NO_SIGNAL = ("--disable-sigusr1",)  # which would start the inspector
# Node reads NODE_OPTIONS before the embedded options, so these win.
NO_INSPECTOR = (*NO_SIGNAL, "--no-inspect", "--no-inspect-brk", "--no-inspect-wait")


def split_embedded(options: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which embedded Node options were requested, and which sealift embeds for itself.

    Those for every start and for bytecode come first; ``--harden`` and ``--no-inspect`` add some at
    the end.
    """
    start = 0
    young = [f"{YOUNG_GENERATION}{size}" for size in YOUNG_GENERATIONS[1:]]
    for own in (young, [MODULES_AS_BYTECODE]):
        start += int(start < len(options) and options[start] in own)
    ends = (one for one in (NO_INSPECTOR, NO_SIGNAL) if tuple(options[-len(one) :]) == one)
    end = max(start, len(options) - len(next(ends, ())))
    return tuple(options[start:end]), (*options[:start], *options[end:])


def user_conditions(arguments: Iterable[str]) -> frozenset[str]:
    """Return the conditions for ``exports`` and ``imports`` that Node options set."""
    option = "--conditions="
    return frozenset(word.removeprefix(option) for word in arguments if word.startswith(option))


_NODE_ARGUMENTS = {
    "provider": "--node-provider",
    "mirror": "--node-mirror",
    "mirror_keyring": "--node-keyring",
    "binaries": "--node-binary",
    "cache": "--cache",
    "source_tree": "--node-source-tree",
    "patches": "--node-patch",
}
_SIGNING_ARGUMENTS = {
    "certificate": "--sign-windows, --sign-macos",
    "password_file": "--sign-password-file",
    "command": "--sign-command",
    "key": "--sign-key",
    "password_variable": "passwordVariable",
    "timestamp_url": "--timestamp-url",
}
_BUILD_ARGUMENTS = {
    "entry": "ENTRY",
    "targets": "--target",
    "output": "--output",
    "out_path": "--out-path",
    "config": "--config",
    "bin_name": "--bin",
    "exec_argv": "--options",
    "public_packages": "--public-packages",
    "no_dictionary": "--no-dict",
    "locales": "--locales",
    "icon": "--icon",
    "entitlements": "--entitlements",
    "packages": "--package",
    "hooks": "SEALIFT_HOOKS",
    "report": "--json",
}


def _require_usable(
    options: NodeOptions | BuildOptions | Signing, arguments: Mapping[str, str]
) -> None:
    """Raise UsageError if a text is not Unicode, or a text or path contains a NUL character.

    Paths may have bytes that are not UTF-8: some systems allow that.
    """
    for name, argument in arguments.items():
        for value in _values(getattr(options, name)):
            problem = unusable_text(str(value))
            if problem and (problem == _NUL or isinstance(value, str)):
                raise target_messages.ARGUMENT_MALFORMED.error(
                    argument=argument, what=problem, value=value
                )


def _values(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return (*value, *value.values())
    return value if isinstance(value, tuple) else (value,)


_NUL = "a NUL character"


def unusable_text(text: str) -> str:
    """Return what makes text unusable as a name: a NUL character or a lone surrogate; else ""."""
    if "\0" in text:
        return _NUL
    is_unicode = text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
    return "" if is_unicode else "bytes that are not UTF-8"
