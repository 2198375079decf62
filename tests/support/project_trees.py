"""Project trees and packaged projects as text.

A tree is a list of sections; a header names a path and its kind::

    == proj/index.js
    require('./a')
    == proj/node_modules/a -> ../../store/a
    == proj/empty/
    == proj/bin/tool +x

The last newline of a section is not part of the file. Fixtures are text because version control
ignores ``node_modules`` and some systems have no symbolic links. A file with ``+x`` is executable.
"""

from __future__ import annotations

from pathlib import Path

from sealift.model import Project


def plant(text: str, directory: Path) -> None:
    """Make the files, directories and symbolic links that ``text`` describes."""
    for section in ("\n" + text).split("\n== ")[1:]:
        header, _, content = section.partition("\n")
        name, arrow, target = header.strip().partition(" -> ")
        is_executable = name.endswith(" +x")
        name = name.removesuffix(" +x")
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if arrow:
            path.symlink_to(target)
        elif name.endswith("/"):
            path.mkdir(exist_ok=True)
        else:
            path.write_text(content.removesuffix("\n"), encoding="utf-8")
            if is_executable:
                path.chmod(0o755)


def summary(project: Project) -> list[str]:
    """Return every file with its role and reason, links, directories, whole packages, findings."""
    lines = []
    for file in project.files:
        reason = file.reason
        line = f"{file.location} {file.role.name.lower()}: {reason.kind}"
        if reason.parent:
            line += f" of {reason.parent}" + (f":{reason.line}" if reason.line else "")
        if reason.detail and reason.kind != "package-manifest":
            line += f" {reason.detail}"
        lines.append(line)
    lines += [f"{link.location} -> {link.target}" for link in project.symlinks]
    lines += [f"{directory}/" for directory in project.directories]
    lines += [f"whole {item.location}: {item.file}:{item.line}" for item in project.whole_packages]
    for finding in project.findings:
        where = f" {finding.file}" + (f":{finding.line}" if finding.line else "")
        lines.append(f"{finding.severity} {finding.code}{where if finding.file else ''}")
    return lines


def answers(project: Project, location: str) -> dict[tuple[str, str], str | None]:
    """Return the resolutions of one file."""
    (file,) = (item for item in project.files if item.location == location)
    return {(str(one.kind), one.specifier): one.target for one in file.resolutions}
