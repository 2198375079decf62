"""The main files of packages that have one for `import` and another for `require`.

A package that code imports by its name may be required by a computed name, too. That is possible
where code of the importing package requires something unproven; elsewhere, only the file that the
specifier resolves to is packaged. The opposite holds for the project alone, and not for names that
are made of paths: dependencies import the user's files, as a rule, and the files for `import` would
add a fifth to some programs.
"""

from __future__ import annotations

import os

from sealift.model import Reason, ResolutionKind
from sealift.project.boundary import Asker
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
        for way, hidden in (
            (ResolutionKind.REQUIRE, trace.hidden_requires.get(file.owner.directory)),
            (ResolutionKind.IMPORT, trace.hidden_import if file.owner.is_app else None),
        ):
            if hidden is not None:
                _add_of_file(trace, file, way, hidden)


def _add_of_file(trace: Trace, file: TracedFile, way: ResolutionKind, hidden: Reason) -> None:
    for (kind, specifier), known in list(file.resolutions.items()):
        if kind is way or not known or not package_name_of(specifier):
            continue
        directory = os.path.dirname(file.path)
        try:
            resolved = trace.resolver.resolve(way, specifier, directory)
        except ResolutionError:
            continue
        if resolved.path and resolved.path != known:
            trace.add(
                resolved.path,
                Reason(hidden.kind, hidden.parent, hidden.line, specifier),
                Need.INCLUDED,
                symlinks=resolved.symlinks,
                as_module=True,
                asker=Asker(file.owner, directory, package_name_of(specifier)),
            )
