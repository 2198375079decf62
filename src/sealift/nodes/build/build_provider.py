"""The provider named ``build``: releases of Node that are compiled on this host."""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from msgspec import Struct

from sealift.cache import digest_of, make_directory
from sealift.errors import NodeError
from sealift.host import host_machine
from sealift.model import Observer, Release
from sealift.nodes.build import freebsd, messages, patches, requirements
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
from sealift.nodes.node_cache import NodeCache
from sealift.nodes.provider import ProviderUnavailableError
from sealift.nodes.validate import binary_facts, mismatch
from sealift.options import NodeOptions
from sealift.record import replace
from sealift.target import Arch, NodeRange, NodeVersion, Platform

_FORMAT = 1
"""Raised when the same source makes another binary; cached binaries are not used then."""

_TARBALL = re.compile(r"node-v(\d+\.\d+\.\d+)\.tar\.xz")
_SECONDS = 60.0  # for `node --version`
_OUTPUT_LENGTH = 100


class _Plan(Struct, frozen=True):
    """What is known before a build starts."""

    release: Release
    recipe: Recipe
    needs: Estimate
    work: WorkDirectory


class BuildProvider:
    """Compiles Node on this host.

    Args:
        options: ``source_tree``, ``patches``, ``jobs`` and ``offline`` are used.
        cache: contains the tarballs and the builds.
        mirror: provider of the releases' source.

    Raises:
        NodeError: the source or a patch that the user named cannot be read.
    """

    name = "build"

    def __init__(self, options: NodeOptions, cache: NodeCache, mirror: MirrorProvider) -> None:
        self._source = options.source_tree.absolute() if options.source_tree else None
        self._patches = options.patches
        self._jobs = options.jobs
        self._offline = options.offline
        self._mirror = mirror
        # The answer is the same for all machines, and several threads may ask for it.
        self._versions: list[NodeVersion] | None = None
        self._asking = Lock()
        self._builds = cache.root / "builds"
        self._tarballs = cache.root / "sources"
        state = tree.state_of(self._source) if self._source else mirror.place
        identity = f"{_FORMAT} {state} {patches.digest_of(self._patches)} {freebsd.DIGEST}"
        self.place = "build-" + hashlib.sha256(identity.encode()).hexdigest()[:8]

    def question(self, platform: Platform, arch: Arch) -> str:
        """Return one question per machine of this system, as each release has all of them."""
        if is_foreign((platform, arch), _host()):
            return ""
        return f"{platform}-{arch}{'-offline' if self._offline else ''}"

    def prepare(self, observer: Observer) -> None:
        """Do nothing; requirements are checked when releases are known."""

    def ask(self, question: str) -> Sequence[Release]:
        """Return the releases whose source is available."""
        platform, arch = (Platform(question.split("-")[0]), Arch(question.split("-")[1]))
        with self._asking:
            if self._versions is None:
                self._versions = self._find_versions()
        return [
            Release(version, platform, arch, self.name, "", self._origin(version, platform))
            for version in self._versions
        ]

    def require(self, releases: Sequence[Release]) -> None:
        """Check that all of some releases can be compiled here, before the first one is.

        Raises:
            NodeError: one cannot; the message lists everything that is missing.
        """
        for release in releases:
            self._plan(release)

    def fetch(self, release: Release, destination: Path, observer: Observer) -> None:
        """Compile a release and copy the binary to ``destination``.

        Raises:
            ProviderUnavailableError: its source cannot be fetched.
            NodeError: something is missing, or the build failed; what is compiled is kept.
        """
        plan = self._plan(release)
        what = f"Node {release.version} for {release.platform}-{release.arch}"
        with (
            plan.work.held(what, observer) as held,
            _errors_explained(what, plan.work, changed=bool(self._patches)),
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
        return self._cached_versions() if self._offline else self._mirror.source_versions()

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
                raise messages.OTHER_RELEASE.error(
                    source=source, found=found, version=release.version
                )
            if self._patches:
                observer.stage(f"patching the source of Node {release.version}")
            patches.apply(self._patches, work.tree)
            if release.platform == Platform.FREEBSD:
                freebsd.change(work.tree)
        except (NodeError, OSError):
            # An incomplete tree is useless, and may be what filled the disk.
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
        """Return a release's tarball; fetch it unless the cached one has the recorded digest."""
        tarball = self._tarballs / f"node-v{version}.tar.xz"
        recorded = tarball.with_name(f"{tarball.name}.sha256")
        with contextlib.suppress(OSError):
            if recorded.read_text() == digest_of(tarball):
                return tarball
        if self._offline:
            raise ProviderUnavailableError(self.name, f"{tarball.name} is not cached")
        make_directory(self._tarballs)
        self._mirror.fetch_source(version, tarball, observer)
        recorded.write_text(digest_of(tarball))
        return tarball

    def _cached_versions(self) -> list[NodeVersion]:
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
    """Raise NodeError if the host's system cannot compile Node for a machine."""
    refuse_foreign((platform, arch), _host())


def _host() -> Machine:
    platform, arch = host_machine()
    return platform.node_platform, arch


def _verify(compiled: Path, plan: _Plan, what: str) -> None:
    """Raise NodeError if the binary is not the planned one, or should run here and does not."""
    release, log = plan.release, plan.work.log
    if not compiled.is_file():
        raise messages.BUILD_MADE_NOTHING.error(what=what, path=compiled, log=log)
    facts = binary_facts(compiled, f"The binary {compiled}")
    version = release.version
    exactly = NodeRange((version.major, version.minor, version.patch))
    if wrong := mismatch(facts, exactly, release.platform, release.arch):
        raise messages.BINARY_MISMATCH.error(what=what, reason=wrong, path=compiled, log=log)
    if (release.platform, release.arch) != _host() or plan.recipe.cross:
        return
    try:
        output = subprocess.run(
            [str(compiled), "--version"], capture_output=True, timeout=_SECONDS, check=False
        ).stdout.decode("utf-8", "replace")
    except (OSError, subprocess.TimeoutExpired) as error:
        output = str(error)
    if output.strip() != f"v{version}":
        shown = output.strip()[:_OUTPUT_LENGTH]
        raise messages.BINARY_BROKEN.error(what=what, output=shown, path=compiled, log=log)


@contextmanager
def _errors_explained(what: str, work: WorkDirectory, *, changed: bool) -> Iterator[None]:
    try:
        yield
    except run.InterruptedRunError as error:
        kind = messages.INTERRUPTED_BY[error.number]
        message = replace(messages.BUILD_INTERRUPTED, kind=kind)
        raise message.error(what=what, folder=work.folder) from None
    except run.CommandFailedError as error:
        fix = messages.FIX_THE_SOURCE if changed else messages.FIX_THE_CAUSE
        raise messages.BUILD_FAILED.error(
            what=what,
            reason=error,
            log=work.log,
            remedy=remedy(str(error)) or fix,
            folder=work.folder,
        ) from error
