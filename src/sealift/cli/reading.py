"""Reading a project for a command that builds nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sealift.cli.options import make_reading_options

if TYPE_CHECKING:
    from sealift.model import Project
    from sealift.project import ConfigLoader, Manifest


def read_project_at(
    entry: Path,
    given: dict[str, Any],
    check: Callable[[Manifest], None] | None = None,
    load: ConfigLoader | None = None,
) -> tuple[Manifest, Project]:
    """Return a project as opened and as read.

    Args:
        entry: the entry point.
        given: the values of `sealift.cli.options.project_options`.
        check: called with the manifest before the files are read; may raise an error.
        load: called with the path of a JavaScript configuration; without it, Node runs it.
    """
    from sealift.hooks import HookRunner
    from sealift.host import require_working_directory
    from sealift.model import SilentObserver
    from sealift.project import open_manifest, read_project
    from sealift.tools.private_files import work_directory
    from sealift.typescript import Stripper

    require_working_directory()
    options = make_reading_options(entry, given)
    observer = SilentObserver()
    with (
        work_directory() as work,
        HookRunner(work, options.node, observer) as hooks,
        Stripper(work, options.node, observer) as stripper,
    ):
        manifest = open_manifest(options, load or hooks.load)
        if check is not None:
            check(manifest)
        project = read_project(manifest, options, observer, stripper=stripper, work=work)
    return manifest, project
