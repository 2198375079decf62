"""The source named ``build``: releases of Node that are compiled here."""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import ClassVar

from sealift.cache import digest_of, make_directory
from sealift.errors import ExitCode, NodeError
from sealift.host import host_machine
from sealift.model import Observer, Release
from sealift.nodes.build import freebsd, patches, requirements
from sealift.nodes.build import process as run
from sealift.nodes.build import source_tree as tree
from sealift.nodes.build.configure import (
    Recipe,
    is_foreign,
    recipe_for,
    refuse_foreign,
    with_jobs,
)
from sealift.nodes.build.estimate import Estimate, estimate
from sealift.nodes.build.failure_reason import remedy
from sealift.nodes.build.toolchain import Machine, Toolchain
from sealift.nodes.build.work_directory import WorkDirectory
from sealift.nodes.mirror_provider import MirrorProvider
from sealift.nodes.node_cache import Cache
from sealift.nodes.provider import ProviderUnavailableError
from sealift.nodes.validate import binary_facts, mismatch
from sealift.options import NodeOptions
from sealift.target import Arch, NodeRange, NodeVersion, Platform

_FORMAT = 1
"""Raise it when another binary comes out of the same source: cached ones are not used then."""

_TARBALL = re.compile(r"node-v(\d+\.\d+\.\d+)\.tar\.xz")
_SECONDS = 60.0


class BuildInterruptedError(NodeError):
    """Somebody stopped a build; the same command goes on with it."""

    exit_code: ClassVar[ExitCode] = ExitCode.INTERRUPTED


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that is known before a build begins."""

    release: Release
    recipe: Recipe
    needs: Estimate
    work: WorkDirectory


class BuildProvider:
    """Node as it is compiled on this machine.

    Args:
        options: ``node_src``, ``node_patches``, ``jobs`` and ``offline`` are looked at.
        cache: keeps tarballs and what is compiled.
        mirror: where releases' sources are.

    Raises:
        NodeError: the source or a patch that the user names cannot be read.
    """

    name = "build"

    def __init__(self, options: NodeOptions, cache: Cache, mirror: MirrorProvider) -> None:
        self._source = options.node_src.absolute() if options.node_src else None
        self._patches = options.node_patches
        self._jobs = options.jobs
        self._offline = options.offline
        self._mirror = mirror
        # The answer is one for all machines; several may ask at once.
        self._versions: list[NodeVersion] | None = None
        self._asking = Lock()
        self._builds = cache.root / "builds"
        self._tarballs = cache.root / "sources"
        state = tree.state_of(self._source) if self._source else mirror.place
        identity = f"{_FORMAT} {state} {patches.digest_of(self._patches)} {freebsd.DIGEST}"
        self.place = "build-" + hashlib.sha256(identity.encode()).hexdigest()[:8]

    def question(self, platform: Platform, arch: Arch) -> str:
        """Ask one question for each machine of this system, as each release has all of them."""
        if is_foreign((platform, arch), _host()):
            return ""
        return f"{platform}-{arch}{'-offline' if self._offline else ''}"

    def prepare(self, observer: Observer) -> None:
        """Need nothing yet."""

    def ask(self, question: str) -> Sequence[Release]:
        """List the releases whose source is to be had."""
        platform, arch = (Platform(question.split("-")[0]), Arch(question.split("-")[1]))
        with self._asking:
            if self._versions is None:
                self._versions = self._find_versions()
        return [
            Release(version, platform, arch, self.name, "", self._origin(version, platform))
            for version in self._versions
        ]

    def require(self, releases: Sequence[Release]) -> None:
        """See that all of some releases can be compiled here, before the first is.

        Raises:
            NodeError: they cannot; all that is missing is listed.
        """
        for release in releases:
            self._plan(release)

    def fetch(self, release: Release, destination: Path, observer: Observer) -> None:
        """Compile a release; put the binary at ``destination``.

        Raises:
            ProviderUnavailableError: its source cannot be fetched.
            NodeError: something is missing, or went wrong; what is compiled is kept.
        """
        plan = self._plan(release)
        what = f"Node {release.version} for {release.platform}-{release.arch}"
        with (
            plan.work.held(what, observer) as held,
            _explained(what, plan.work, again=not self._patches),
        ):
            plan.work.once("laid-out", lambda: self._lay_out(plan, observer))
            compiled = plan.work.tree / plan.recipe.result
            self._compile(plan, what, held, observer)
            _verify(compiled, plan, what)
            shutil.copyfile(compiled, destination)
            plan.work.discard()

    def _find_versions(self) -> list[NodeVersion]:
        if self._source is not None:
            return [tree.version_of(self._source)]
        return self._tarballs_at_hand() if self._offline else self._mirror.source_versions()

    def _plan(self, release: Release) -> _Plan:
        machine, host = (release.platform, release.arch), _host()
        refuse_foreign(machine, host)
        toolchain, missing = requirements.toolchain_for(machine, host, release.version)
        cross = toolchain is not None and toolchain.host is not None
        needs = estimate(release.platform, cross, self._jobs)
        work = self._work(release, machine, toolchain)
        missing += requirements.lacks(
            machine, release.version, work.folder, needs, patched=bool(self._patches)
        )
        what = f"Node {release.version} for {release.platform}-{release.arch}"
        requirements.refuse(what, missing)
        return _Plan(release, recipe_for(machine, toolchain), needs, work)

    def _work(
        self, release: Release, machine: Machine, toolchain: Toolchain | None
    ) -> WorkDirectory:
        decided = self.place
        if toolchain is not None:
            decided += f"{recipe_for(machine, toolchain).digest} {toolchain}"
        digest = hashlib.sha256(decided.encode()).hexdigest()[:8]
        name = f"{release.version}-{release.platform}-{release.arch}-{digest}"
        return WorkDirectory(self._builds, name)

    def _lay_out(self, plan: _Plan, observer: Observer) -> None:
        release, work = plan.release, plan.work
        source = self._source or self._tarball(release.version, observer)
        observer.stage(f"unpacking the source of Node {release.version}")
        work.begin_tree()
        try:
            tree.lay_out(source, work.tree)
            found = tree.version_of(work.tree)
            if found != release.version:
                raise NodeError(
                    "source-tree-version",
                    f"{source} is the source of Node {found} and not {release.version}.",
                    f"Ask for that release (-t node{found}), or name another source with"
                    " --node-src.",
                )
            if self._patches:
                observer.stage(f"patching the source of Node {release.version}")
            patches.apply(self._patches, work.tree)
            if release.platform == Platform.FREEBSD:
                freebsd.change(work.tree)
        except (NodeError, OSError):
            # A source without an end is of no use, and may be what has filled the disk.
            work.discard()
            raise

    def _compile(self, plan: _Plan, what: str, held: int, observer: Observer) -> None:
        recipe, work = plan.recipe, plan.work
        begun = time.time()

        def command(words: Sequence[str]) -> None:
            run.run(words, work.tree, recipe.environment, work.log, held, observer)

        def configure() -> None:
            observer.stage(f"configuring {what}")
            command(recipe.configure)

        observer.stage(f"{what} takes {plan.needs} in all (estimated); log: {work.log}")
        if recipe.configure:
            work.once("configured", configure)
        make = with_jobs(recipe, plan.needs.jobs)
        with work.compiling():
            total = None
            if recipe.configure:
                total = run.count_objects(make, work.tree, recipe.environment)
            observer.stage(f"compiling {what}", total)
            command(make)
        observer.stage(f"compiled {what} in {(time.time() - begun) / 60:.0f} minutes")

    def _tarball(self, version: NodeVersion, observer: Observer) -> Path:
        """Give a release's tarball, out of the cache if it is as it was when it was fetched."""
        tarball = self._tarballs / f"node-v{version}.tar.xz"
        recorded = tarball.with_name(f"{tarball.name}.sha256")
        with contextlib.suppress(OSError):
            if recorded.read_text() == digest_of(tarball):
                return tarball
        if self._offline:
            raise ProviderUnavailableError(self.name, f"{tarball.name} is not cached")
        make_directory(self._tarballs)
        part = tarball.with_name(f"{tarball.name}.part")
        try:
            self._mirror.fetch_source(version, part, observer)
            recorded.write_text(digest_of(part))
            part.replace(tarball)
        finally:
            part.unlink(missing_ok=True)
        return tarball

    def _tarballs_at_hand(self) -> list[NodeVersion]:
        try:
            names = [file.name for file in self._tarballs.iterdir()]
        except OSError:
            return []
        return [
            NodeVersion.parse(match[1]) for name in names if (match := _TARBALL.fullmatch(name))
        ]

    def _origin(self, version: NodeVersion, platform: Platform) -> str:
        source = str(self._source) if self._source else f"the source of Node {version}"
        count = len(self._patches)
        patched = f", {count} patch{'es' if count > 1 else ''}" if count else ""
        changed = ", changed to find its blob" if platform == Platform.FREEBSD else ""
        return f"compiled here from {source}{patched}{changed}"


def refuse_foreign_build(platform: Platform, arch: Arch) -> None:
    """See that Node for a machine can be compiled on this one's system, before anything is asked.

    Raises:
        NodeError: it cannot.
    """
    refuse_foreign((platform, arch), _host())


def _host() -> Machine:
    platform, arch = host_machine()
    return platform.node_platform, arch


def _verify(compiled: Path, plan: _Plan, what: str) -> None:
    """See that the binary is what was to be made, and runs if this machine should run it."""
    release = plan.release
    kept = f"It is kept: {compiled}; its log is {plan.work.log}."
    if not compiled.is_file():
        raise NodeError(
            "build-failed",
            f"The build of {what} ended without an error, but there is no {compiled}.",
            f"See the log {plan.work.log}.",
        )
    facts = binary_facts(compiled, f"The binary {compiled}")
    version = release.version
    exactly = NodeRange((version.major, version.minor, version.patch))
    if wrong := mismatch(facts, exactly, release.platform, release.arch):
        raise NodeError(
            "binary-mismatch",
            f"The build of {what} made something else: {wrong}.",
            f"See that CC and CXX are compilers for that machine. {kept}",
        )
    if (release.platform, release.arch) != _host() or plan.recipe.cross:
        return
    try:
        said = subprocess.run(
            [str(compiled), "--version"], capture_output=True, timeout=_SECONDS, check=False
        ).stdout.decode("utf-8", "replace")
    except (OSError, subprocess.TimeoutExpired) as error:
        said = str(error)
    if said.strip() != f"v{version}":
        raise NodeError(
            "binary-broken",
            f"The build of {what} made a binary that does not run: to --version it says"
            f" '{said.strip()[:100]}'.",
            f"Try another compiler (CC, CXX). {kept}",
        )


@contextmanager
def _explained(what: str, work: WorkDirectory, *, again: bool) -> Iterator[None]:
    try:
        yield
    except run.InterruptedRunError:
        raise BuildInterruptedError(
            "build-interrupted",
            f"The build of {what} was interrupted.",
            f"The same command goes on with it: {work.folder} keeps what is compiled. Remove that"
            " directory to begin anew.",
        ) from None
    except run.CommandFailedError as error:
        patched = "" if again else " (or the patches)"
        mend = remedy(str(error)) or f"Mend what it names{patched}."
        raise NodeError(
            "build-failed",
            f"The build of {what} failed: {error}.",
            f"See the log {work.log}. {mend} The same command goes on with it: {work.folder} keeps"
            " what is compiled.",
        ) from error
