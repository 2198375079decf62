"""The project's own code in a build: its JavaScript configuration and its hooks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from sealift.cache import cache_root, digest_of
from sealift.errors import SealiftError
from sealift.hooks import messages
from sealift.hooks.commands import run_command
from sealift.hooks.process import (
    LOGGER,
    ConfigProcess,
    Limits,
    StoppedError,
    ThrownError,
    shown_path,
)
from sealift.hooks.transform import Transform
from sealift.hooks.transform_cache import TransformCache
from sealift.model import NodeBinary, Observer
from sealift.nodes import obtain_host_node
from sealift.options import NodeOptions
from sealift.project import ConfigFunction, JsonError, Manifest, parse_json
from sealift.record import replace
from sealift.target_build import TargetBuild

_MARK = "\0function"


class HookRunner:
    """Runs the project's code; a context manager, at whose end the functions may finish.

    Args:
        work: existing, private directory that lasts as long as the build.
        options: where Node binaries come from.
        observer: notified of downloads, stages and of what the project's code prints.
        limits: what the project's code may take.
    """

    def __init__(
        self, work: Path, options: NodeOptions, observer: Observer, limits: Limits | None = None
    ) -> None:
        self._work = work
        self._options = options
        self._observer = observer
        self._limits = limits or Limits()
        self._node: NodeBinary | None = None
        self._process: ConfigProcess | None = None
        self._config = ""

    def __enter__(self) -> HookRunner:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.close(at_once=kind is not None)

    def load(self, path: str) -> Any:
        """Return what a JavaScript configuration exports; a `sealift.project.ConfigLoader`."""
        shown = shown_path(path)
        if self._process is None:
            self._node = obtain_host_node(self._options, self._observer)
            self._process = ConfigProcess(
                self._node, self._work, self._observer.printed, self._limits, shown
            )
        self._observer.stage(f"running {shown}")
        self._config = path
        try:
            return _with_functions(parse_json(self._process.load(path)))
        except ThrownError as error:
            place, problem = error.problem.place or shown, error.problem.message
            raise messages.CONFIG_FAILED.error(place=place, problem=problem) from error
        except (StoppedError, JsonError) as error:
            raise messages.CONFIG_ENDED.error(place=shown, reason=error) from error

    def before_build(self, manifest: Manifest) -> None:
        """Run pkg.preBuild, then pkg.log.

        Raises:
            ProjectError: ``hook-failed``.
        """
        settings = manifest.settings
        if settings.pre_build is not None:
            self._observer.stage("running the preBuild hook")
            self._run("preBuild", settings.pre_build, (), {})
        if settings.log is not None:
            self._run("log", settings.log, (LOGGER, {"packagePath": str(manifest.root)}), {})

    def transform(
        self, builds: Sequence[TargetBuild], manifest: Manifest
    ) -> tuple[TargetBuild, ...]:
        """Return the records with the files that pkg.transform has changed.

        Raises:
            ProjectError: ``hook-failed``, or a file cannot be read.
            OutputError: ``temporary-unwritable``.
        """
        function = manifest.settings.transform
        if function is None:
            return tuple(builds)
        assert self._process is not None and self._node is not None
        cache = TransformCache(
            cache_root(self._options.cache),
            f"{function.source} {self._node.sha256}",
            self._config,
            self._process.modules,
        )
        directory = self._work / "transform"
        transform = Transform(self._process, function, directory, cache, self._observer)
        return transform.apply(builds)

    def after_build(
        self, builds: Sequence[TargetBuild], manifest: Manifest
    ) -> tuple[TargetBuild, ...]:
        """Run pkg.postBuild for each executable, one after the other.

        Return the records with the executables as the hook has left them: it may sign them.

        Raises:
            ProjectError: ``hook-failed``, ``hook-removed-output``; the executables were complete.
        """
        hook = manifest.settings.post_build
        if hook is None:
            return tuple(builds)
        before = [build.output.stat() for build in builds]
        for build in builds:
            output = str(build.output)
            self._observer.stage(f"running the postBuild hook for {output}")
            self._run("postBuild", hook, (output,), {"PKG_OUTPUT": output})
        return tuple(map(_measured, builds, before))

    def _run(
        self,
        name: str,
        hook: str | ConfigFunction,
        arguments: Sequence[object],
        environment: dict[str, str],
    ) -> None:
        try:
            if isinstance(hook, str):
                limits = self._limits
                run_command(
                    hook,
                    environment,
                    self._observer.printed,
                    limits.hook_seconds,
                    limits.hook_output,
                )
            else:
                assert self._process is not None
                self._process.call(hook, arguments)
        except ThrownError as error:
            how, problem = error.problem.place or "it threw", error.problem.message
            raise _failed(name, how, problem) from error
        except StoppedError as error:
            what = hook if isinstance(hook, str) else f"the function in {shown_path(self._config)}"
            raise _failed(name, str(error), what) from error


def _measured(build: TargetBuild, before: os.stat_result) -> TargetBuild:
    """Return the record with the executable's new size and digest, if a hook has changed it."""
    try:
        after = build.output.stat()
        if (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns):
            return build
        digest = digest_of(build.output)
    except OSError as error:
        raise messages.OUTPUT_REMOVED.error(output=build.output) from error
    executable = replace(build.executable, size=after.st_size, sha256=digest)
    return replace(build, written=executable)


def _failed(name: str, how: str, problem: str) -> SealiftError:
    return messages.HOOK_FAILED.error(hook=name, how=how, problem=problem)


def _with_functions(value: Any) -> Any:
    """Return JSON of ``js/host.js`` with its functions."""
    if isinstance(value, list):
        return [_with_functions(item) for item in value]
    if not isinstance(value, dict):
        return value
    if _MARK in value:
        return ConfigFunction(value[_MARK], value["source"])
    return {key: _with_functions(item) for key, item in value.items()}
