"""Make an ``.rpm`` with the distribution's own ``rpmbuild``."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath

from sealift.distribution import messages
from sealift.distribution.contents import Entry, installed_entries, needed_libraries
from sealift.distribution.details import Details
from sealift.distribution.kinds import RPM_ARCHES
from sealift.target import Arch
from sealift.target_build import TargetBuild
from sealift.tools.subprocesses import CommandError, run

_SECONDS = 600.0
_MACROS = {
    "debug_package": "%{nil}",  # nothing of the executable may be stripped or split
    "__os_install_post": "%{nil}",
    "_build_id_links": "none",
    "_binary_payload": "w6.gzdio",
    "_buildhost": "sealift",
    "use_source_date_epoch_as_buildtime": "1",
    "clamp_mtime_to_source_date_epoch": "1",
    "source_date_epoch_from_changelog": "0",
}


def require_rpmbuild() -> None:
    """Raise UsageError if ``rpmbuild`` is not on PATH."""
    if shutil.which("rpmbuild") is None:
        raise messages.TOOL_MISSING.error()


def make_rpm(name: str, details: Details, build: TargetBuild, work: Path) -> Path:
    """Return the package of one executable, a file in ``work``.

    Raises:
        UsageError: ``rpmbuild`` is not on PATH.
        OutputError: it failed.
    """
    require_rpmbuild()
    arch = RPM_ARCHES[build.target.arch]
    tree, top = work / "tree", work / "rpmbuild"
    entries = installed_entries(details, build)
    for entry in entries:
        _place(tree, entry)
    spec = work / "package.spec"
    spec.write_text(_spec(details, build, entries), encoding="utf-8")
    macros = {**_MACROS, "_topdir": str(top), "_tree": str(tree), "_rpmfilename": name}
    options = [text for key, value in macros.items() for text in ("--define", f"{key} {value}")]
    try:
        run(
            ["rpmbuild", "-bb", "--quiet", "--target", f"{arch}-linux", *options, str(spec)],
            environment={"SOURCE_DATE_EPOCH": str(details.time)},
            seconds=_SECONDS,
        )
    except CommandError as error:
        raise messages.TOOL_FAILED.error(name=name, reason=error) from error
    made = top / "RPMS" / name
    if not made.is_file():
        raise messages.TOOL_FAILED.error(name=name, reason="it wrote another file")
    return made


def _place(tree: Path, entry: Entry) -> None:
    path = tree / entry.path
    if entry.is_directory:
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if entry.link:
        path.symlink_to(entry.link)
        return
    if entry.source is None:
        path.write_bytes(entry.data)
    else:
        shutil.copyfile(entry.source, path)
    path.chmod(entry.mode)


def _spec(details: Details, build: TargetBuild, entries: tuple[Entry, ...]) -> str:
    fields = {
        "Name": details.name,
        "Version": details.system_version,
        "Release": "1",
        "Summary": details.description,
        "License": details.licence or "Unspecified",
        "Vendor": details.maintainer,
        "URL": details.homepage,
        "AutoReqProv": "no",  # what finds them depends on the host
        "Requires": ", ".join(_requirements(build)),
    }
    head = "".join(f"{key}: {_text(value)}\n" for key, value in fields.items() if value)
    files = "".join(
        f'%attr({entry.mode:04o},root,root) "/{_text(entry.path)}"\n'
        for entry in entries
        if not entry.is_directory and not entry.link
    )
    files += "".join(f'"/{_text(entry.path)}"\n' for entry in entries if entry.link)
    files += "".join(
        f'%dir "/{_text(entry.path)}"\n'
        for entry in entries
        if entry.is_directory and details.name in PurePosixPath(entry.path).parts
    )
    return (
        f"{head}\n%description\n{_text(details.description)}\n\n"
        '%install\nmkdir -p "%{buildroot}"\ncp -a "%{_tree}/." "%{buildroot}/"\n\n'
        f"%files\n{files}"
    )


def _requirements(build: TargetBuild) -> list[str]:
    """Return the libraries that the executable needs, as rpm names them."""
    suffix = "" if build.target.arch is Arch.ARMV7 else "()(64bit)"
    needed = needed_libraries(build).needed
    return [f"{name}{suffix}" for name in needed if not name.startswith("ld-")]


def _text(text: str) -> str:
    """Return a text in which rpm finds no macro."""
    return text.replace("%", "%%")
