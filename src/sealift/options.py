"""What a caller may ask of a build."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class NodeOptions:
    """Where Node binaries come from.

    Attributes:
        source: ``auto``, ``pypi``, ``npm``, ``mirror``, ``build``, or ``dir:PATH``.
        mirror: base URL of a server in the layout of nodejs.org's dist, or "".
        mirror_keyring: OpenPGP key ring to check ``SHASUMS256.txt.sig`` with, or None.
        binaries: target text (``node24-linux-x64``, ``linux-x64``, ...) to a path.
        cache: directory; None for the user's own (``SEALIFT_CACHE``, ``PKG_CACHE_PATH``).
        offline: use the cache only.
        refresh: ask the sources again which releases exist, though the last answer is fresh.
        build: compile Node for targets that no source offers; for all, with ``node_src`` or
            ``node_patches`` (and always with the source ``build``).
        node_src: Node's source, a directory or a tarball; None for the mirror's.
        node_patches: files to apply to Node's source, in order.
        jobs: how many compilers run at once; 0 for as many as cores and memory allow.
    """

    source: str = "auto"
    mirror: str = ""
    mirror_keyring: Path | None = None
    binaries: Mapping[str, Path] = field(default_factory=dict)
    cache: Path | None = None
    offline: bool = False
    refresh: bool = False
    build: bool = False
    node_src: Path | None = None
    node_patches: tuple[Path, ...] = ()
    jobs: int = 0


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """One call of `sealift.build`.

    Attributes:
        entry: a JavaScript file, a directory with a package.json, a package.json or a config file.
        targets: target texts; items may hold comma lists. Empty: ``pkg.targets`` or the default.
        output: file to write; with several targets a suffix is added. None: named by the project.
        out_path: directory to write to, instead of ``output``.
        config: configuration file (``.pkgrc``), or None for the one beside the entry.
        bin_name: which of several ``bin`` entries to package, or "".
        traced_only: do not take whole packages whose file accesses cannot be proven.
        allow_missing: an unresolved specifier is a warning and not an error.
        allow_missing_addons: a native addon that a target does not have is a warning and not an
            error.
        exec_argv: Node options to bake in, with or without dashes. Empty: ``pkg.options``.
        sea: ship all JavaScript as plain source, instead of as V8 bytecode.
        no_bytecode: ship source, but refuse if there is any that may not be disclosed.
        public: the project's own source may be disclosed.
        public_packages: packages whose source may be disclosed; items may hold comma lists,
            ``*`` is all of them.
        fallback_to_source: what cannot be made into bytecode ships as source.
    """

    entry: Path
    targets: tuple[str, ...] = ()
    output: Path | None = None
    out_path: Path | None = None
    config: Path | None = None
    bin_name: str = ""
    traced_only: bool = False
    allow_missing: bool = False
    allow_missing_addons: bool = False
    exec_argv: tuple[str, ...] = ()
    sea: bool = False
    no_bytecode: bool = False
    public: bool = False
    public_packages: tuple[str, ...] = ()
    fallback_to_source: bool = False
    node: NodeOptions = field(default_factory=NodeOptions)


def node_arguments(texts: Iterable[str]) -> tuple[str, ...]:
    """Give Node options as Node takes them: ``expose-gc,stack-size=2000`` is two, with dashes."""
    words = [word.strip() for text in texts for word in text.split(",")]
    return tuple(word if word.startswith("-") else f"--{word}" for word in words if word)


def user_conditions(arguments: Iterable[str]) -> frozenset[str]:
    """Give the conditions, for ``exports`` and ``imports``, among Node options."""
    option = "--conditions="
    return frozenset(word.removeprefix(option) for word in arguments if word.startswith(option))
