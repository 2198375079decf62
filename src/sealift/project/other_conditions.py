"""The main files of packages that have one for `import` and another for `require`.

A package that code imports by its name may be required by a computed name, too. That is possible
where code of the importing package requires something unproven, and where the importing file names
the package in another text, for a third package to load: ``pino({transport: {target: 'name'}})``.
Elsewhere, only the file that the specifier resolves to is packaged.

The opposite holds for the project alone, and not for names that are made of paths: dependencies
import the user's files, as a rule, and the files for `import` would add a fifth to some programs.
"""

from __future__ import annotations

import os

from sealift.model import Reason, ReasonKind, ResolutionKind
from sealift.project.boundary import Asker
from sealift.project.mentioned_names import line_of_mention
from sealift.project.needs import Need
from sealift.project.package_exports import ResolutionError
from sealift.project.specifiers import package_name_of
from sealift.project.tasks import TracedFile
from sealift.project.trace import Trace


def add_twins(trace: Trace) -> None:
    """Package what packages have for the other way to load them, where it may be used."""
    for file in list(trace.files.values()):
        if file.need is Need.INCLUDED:
            continue
        hidden_require = trace.hidden_requires.get(file.owner.directory)
        _add_of_file(trace, file, ResolutionKind.REQUIRE, hidden_require)
        if trace.hidden_import is not None and file.owner.is_app:
            _add_of_file(trace, file, ResolutionKind.IMPORT, trace.hidden_import)


def _add_of_file(
    trace: Trace, file: TracedFile, way: ResolutionKind, hidden: Reason | None
) -> None:
    """Package what the packages that a file loads have for another way.

    ``hidden``: why any of them may be loaded that way; None if only those that the file names.
    """
    for (kind, specifier), known in list(file.resolutions.items()):
        if kind is way or not known or not package_name_of(specifier):
            continue
        directory = os.path.dirname(file.path)
        try:
            resolved = trace.resolver.resolve(way, specifier, directory)
        except ResolutionError:
            continue
        if not resolved.path or resolved.path == known:
            continue
        reason = hidden or _mention(trace, file, specifier)
        if reason is not None:
            trace.add(
                resolved.path,
                Reason(reason.kind, reason.parent, reason.line, specifier),
                Need.INCLUDED,
                symlinks=resolved.symlinks,
                as_module=True,
                asker=Asker(file.owner, directory, package_name_of(specifier)),
            )


def _mention(trace: Trace, file: TracedFile, specifier: str) -> Reason | None:
    line = line_of_mention(trace.filesystem, file.path, specifier)
    return Reason(ReasonKind.REQUIRE, file.path, line) if line else None
