"""The story of a build, from top to bottom. Read this first.

target -> Node binary -> project -> packaged files -> blob -> executable -> verified artefact
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from sealift import assemble, nodes, runtime
from sealift.addons import choose_addons
from sealift.errors import NodeError, ProjectError, UsageError
from sealift.formats.elf.merge_input import MERGED_MACHINES
from sealift.host import host_machine
from sealift.model import (
    BuildResult,
    Executable,
    Finding,
    MuslLibrary,
    NodeBinary,
    Observer,
    Project,
    ProjectVariant,
    Severity,
    SilentObserver,
)
from sealift.options import BuildOptions, node_arguments
from sealift.packing.musl_probe_files import with_musl_answers
from sealift.packing.source import Cargo, pack_source, union
from sealift.plan.outputs import name_outputs
from sealift.project import Manifest, open_manifest, read_project
from sealift.target import (
    Arch,
    Platform,
    Target,
    default_targets,
    parse_targets,
)
from sealift.verify import Expectation, verify

_REMEDY = "Mend what is listed, or pass --allow-missing if the program can do without it."
_ADDON_REMEDY = "Mend what is listed, or pass --allow-missing-addons to go on without it."


class IncompleteProjectError(ProjectError):
    """The project asks for things that are not there; ``findings`` names each of them."""

    def __init__(self, findings: tuple[Finding, ...], remedy: str = _REMEDY) -> None:
        errors = [finding for finding in findings if finding.severity == Severity.ERROR]
        super().__init__(
            errors[0].code,
            f"{len(errors)} problem{'s' if len(errors) > 1 else ''} would make the executable "
            f"fail at run time; the first: {errors[0].message}",
            remedy,
        )
        self.findings = findings


def build(options: BuildOptions, observer: Observer | None = None) -> BuildResult:
    """Package a project for each of its targets.

    Raises:
        SealiftError: for all that a user can mend; no file has been written or changed then.
    """
    observer = observer or SilentObserver()
    start = time.monotonic()
    manifest = open_manifest(options)
    targets = choose_targets(options, manifest)
    runtime.require_targets(targets)
    exec_argv = node_arguments(options.exec_argv) or node_arguments(manifest.settings.options)
    runtime.require_options(targets, exec_argv)
    outputs = choose_outputs(options, manifest, targets)
    majors = [major for target in targets for major in target.node.parts[:1]]
    commonjs = any(map(runtime.requires_commonjs_only, majors))
    project = read_whole(manifest, options, observer, ProjectVariant(require_esm=not commonjs))
    _refuse_overwriting(project, outputs.values())
    as_bytecode = choose_form(options, manifest, project)
    if as_bytecode and not falls_back(options, manifest):
        require_bytecode(targets, project)
    binaries = obtain_nodes(targets, options, observer, as_bytecode=as_bytecode)
    majors = [binary.version.major for binary in binaries]
    if not commonjs and any(map(runtime.requires_commonjs_only, majors)):
        # ``latest`` has turned out to be such a release.
        project = read_whole(manifest, options, observer, ProjectVariant(require_esm=False))
    about_releases = [runtime.require_release(binary, project, exec_argv) for binary in binaries]
    musl_libraries = obtain_musl_libraries(targets, binaries, options, observer)
    chosen = choose_addons(project, manifest, targets, binaries, options, observer)
    _refuse_incomplete(chosen.findings, _ADDON_REMEDY)
    choose_form(options, manifest, union(chosen.projects))  # what was fetched has its licences too
    found: tuple[Finding, ...] = ()
    with tempfile.TemporaryDirectory(prefix="sealift-") as directory:
        work = Path(directory)
        platforms = [target.platform for target in targets]
        projects = with_musl_answers(chosen.projects, platforms, work)
        if as_bytecode:
            cargoes, found = pack_bytecode(projects, manifest, binaries, options, work, observer)
        else:
            cargoes = pack_source(projects, work, observer)
        main = runtime.main_script()
        contents = [
            Contents(cargo, main, (*cargo.exec_argv, *exec_argv), manifest.base_name, musl)
            for cargo, musl in zip(cargoes, musl_libraries, strict=True)
        ]
        executables = make_executables(targets, binaries, contents, outputs, observer)
    return BuildResult(
        executables=executables,
        project=project,
        image=cargoes[0].image,
        findings=_once(
            manifest.findings,
            project.findings,
            *(binary.findings for binary in binaries),
            *about_releases,
            chosen.findings,
            found,
        ),
        seconds=time.monotonic() - start,
    )


def choose_targets(options: BuildOptions, manifest: Manifest) -> tuple[Target, ...]:
    """Give the targets: the caller's, else the project's, else the default."""
    host = host_machine()
    return (
        parse_targets(options.targets, host)
        or parse_targets(manifest.targets, host)
        or default_targets(options.output is not None, host)
    )


def choose_outputs(
    options: BuildOptions, manifest: Manifest, targets: Sequence[Target]
) -> dict[Target, Path]:
    """Name the file to write for each target."""
    directory = options.out_path or manifest.output_path or Path()
    # Not resolve(): an output that is a symbolic link is replaced, not what it points to.
    base = Path(os.path.abspath(options.output or directory / manifest.base_name))  # noqa: PTH100
    return name_outputs(targets, base, manifest.entry, explicit=options.output is not None)


def read_whole(
    manifest: Manifest, options: BuildOptions, observer: Observer, variant: ProjectVariant
) -> Project:
    """Read the project, and see that it is complete."""
    project = read_project(manifest, options, observer, variant)
    _refuse_incomplete(project.findings)
    return project


def choose_form(options: BuildOptions, manifest: Manifest, project: Project) -> bool:
    """Tell whether scripts ship as bytecode; if not, see that their source may be disclosed."""
    if options.sea:
        return False
    if options.no_bytecode or not manifest.settings.bytecode:
        from sealift.bytecode import refuse_undisclosed

        refuse_undisclosed(project)
        return False
    return True


def falls_back(options: BuildOptions, manifest: Manifest) -> bool:
    """Tell whether what has no bytecode may ship as source, whatever it is."""
    return options.fallback_to_source or manifest.settings.fallback_to_source


def require_bytecode(targets: Sequence[Target], project: Project) -> None:
    """See that the targets' releases can run bytecode, if some source must not ship."""
    from sealift.bytecode import undisclosed_scripts

    if undisclosed_scripts(project):
        runtime.require_bytecode(targets)


def obtain_nodes(
    targets: Sequence[Target], options: BuildOptions, observer: Observer, *, as_bytecode: bool
) -> tuple[NodeBinary, ...]:
    """Fetch the targets' Node binaries."""
    # What compiles bytecode runs on this machine and has the targets' V8.
    companion = host_machine() if as_bytecode else None
    return nodes.obtain_all(targets, options.node, observer, companion=companion)


def obtain_musl_libraries(
    targets: Sequence[Target],
    binaries: Sequence[NodeBinary],
    options: BuildOptions,
    observer: Observer,
) -> tuple[MuslLibrary | None, ...]:
    """Return the musl for each musl Node, which is merged with it; None for the others."""
    musl_libraries: dict[Arch, MuslLibrary] = {}
    for target, binary in zip(targets, binaries, strict=True):
        if target.platform == Platform.LINUXSTATIC and not (
            _is_merged(binary) or binary.facts.is_static
        ):
            raise NodeError(
                "not-static",
                f"{binary.origin} needs musl and libstdc++ of the system that it runs on, and"
                f" merging them with it is done for {' and '.join(MERGED_MACHINES)} only.",
                f"Name a statically linked Node with --node-binary {target.platform}-{target.arch}"
                f"=PATH, or build for alpine-{target.arch}.",
            )
        if _is_merged(binary) and binary.arch not in musl_libraries:
            from sealift.musl import obtain_musl

            musl_libraries[binary.arch] = obtain_musl(
                binary.arch,
                cache=nodes.cache_root(options.node.cache),
                offline=options.node.offline,
                observer=observer,
            )
    return tuple(musl_libraries[one.arch] if _is_merged(one) else None for one in binaries)


def _is_merged(binary: NodeBinary) -> bool:
    dynamic = binary.platform == Platform.ALPINE and not binary.facts.is_static
    return dynamic and binary.arch in MERGED_MACHINES


def pack_bytecode(
    projects: Sequence[Project],
    manifest: Manifest,
    binaries: Sequence[NodeBinary],
    options: BuildOptions,
    work: Path,
    observer: Observer,
) -> tuple[tuple[Cargo, ...], tuple[Finding, ...]]:
    """Compile the targets' projects and pack them; tell what is to be known of them."""
    # Not needed for plain source, and not light.
    from sealift.bytecode import disclosure_findings
    from sealift.packing.bytecode import BytecodePacking

    packing = BytecodePacking(
        projects,
        binaries,
        options.node,
        work,
        fallback_to_source=falls_back(options, manifest),
        observer=observer,
    )
    if not packing.compile():
        remedy = "Mend what is listed, or pass --fallback-to-source to ship its source."
        raise IncompleteProjectError(tuple(packing.findings), remedy)
    cargoes = tuple(map(packing.cargo, binaries, projects))
    return cargoes, (*disclosure_findings(union(projects)), *packing.findings)


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into one executable.

    Attributes:
        main: the script that Node runs at start.
        exec_argv: Node options to bake in.
        name: of the program, for a code signature.
        musl: what a musl Node and its libraries are merged with; None for every other.
    """

    cargo: Cargo
    main: bytes
    exec_argv: tuple[str, ...]
    name: str
    musl: MuslLibrary | None


def make_executables(
    targets: Sequence[Target],
    binaries: Sequence[NodeBinary],
    contents: Sequence[Contents],
    outputs: Mapping[Target, Path],
    observer: Observer,
) -> tuple[Executable, ...]:
    """Write all executables, read them back, and only then put them in their places.

    So there are all of them or none. Several are made at once: copying and hashing, which is
    most of the work, leaves Python's lock to others.
    """
    total = sum(
        binary.size + content.cargo.image.total_size
        for binary, content in zip(binaries, contents, strict=True)
    )
    observer.stage("assembling", total)
    counting = _Counting(observer)
    workers = min(len(targets), os.cpu_count() or 1)
    with ExitStack() as stack, ThreadPoolExecutor(workers, "assemble") as pool:
        files = [stack.enter_context(assemble.temporary(outputs[target])) for target in targets]
        executables = tuple(
            pool.map(
                lambda target, binary, content, file: make_executable(
                    target, binary, content, file, counting
                ),
                targets,
                binaries,
                contents,
                files,
            )
        )
        for file in files:
            file.publish()
    return executables


def make_executable(
    target: Target,
    binary: NodeBinary,
    contents: Contents,
    file: assemble.Temporary,
    observer: Observer,
) -> Executable:
    """Write one executable to a temporary file, and read it back."""
    start = time.monotonic()
    assets, main, exec_argv = contents.cargo.image.assets, contents.main, contents.exec_argv
    name, musl = contents.name, contents.musl
    assemble.write(file, binary, assets, main, exec_argv, observer, identifier=name, musl=musl)
    verified = verify(file.path, Expectation(binary, assets, main, exec_argv, musl))
    return Executable(
        target=str(target),
        path=file.output,
        size=verified.size,
        sha256=verified.sha256,
        node=binary,
        musl=contents.musl,
        scripts=contents.cargo.scripts,
        seconds=time.monotonic() - start,
    )


class _Counting:
    """Adds up, for one observer, what several threads do of one stage."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._lock = Lock()

    def stage(self, name: str, total: int | None = None) -> None:
        """The stage is that of all of them."""

    def advance(self, amount: int) -> None:
        with self._lock:
            self._observer.advance(amount)


def _refuse_incomplete(findings: tuple[Finding, ...], remedy: str = _REMEDY) -> None:
    if any(finding.severity == Severity.ERROR for finding in findings):
        raise IncompleteProjectError(findings, remedy)


def _refuse_overwriting(project: Project, outputs: Iterable[Path]) -> None:
    """See that no output is one of the files to package."""
    sources = {file.source for file in project.files}
    for output in outputs:
        if output.resolve() in sources:
            raise UsageError(
                "output-is-input",
                f"The output {output} is one of the files to package.",
                "Give another output with -o.",
            )


def _once(*several: Iterable[Finding]) -> tuple[Finding, ...]:
    """Everything that was found, once: what is said of a source holds for each of its binaries."""
    return tuple(dict.fromkeys(finding for some in several for finding in some))
