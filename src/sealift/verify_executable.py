"""``sealift verify``: check a finished executable, wherever it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sealift.target_messages import EXECUTABLE_UNREADABLE


@dataclass(frozen=True, slots=True)
class CheckedExecutable:
    """An undamaged executable.

    Attributes:
        platform, architecture: what it is for.
        sealift: the version that built it.
        project: the project's name.
        files: number of packaged files.
        scripts: number of scripts that ship as bytecode.
    """

    platform: str
    architecture: str
    sealift: str
    project: str
    files: int
    scripts: int


def verify_executable(path: Path) -> CheckedExecutable:
    """Check an executable for any platform, without the files that it was made of.

    Raises:
        FormatError: it is damaged, or sealift did not build it.
        UsageError: ``executable-unreadable``.
    """
    # Imported here, so that `import sealift` stays quick.
    from sealift.formats.executable_identity import identify
    from sealift.payload import PayloadPlaces, check_payload
    from sealift.verify import verify_alone

    try:
        with path.open("rb") as file:
            identity = identify(file, path.name)
            blob = verify_alone(file, identity.container, identity.machine)
            payload = check_payload(file, PayloadPlaces(blob.assets, blob.main, blob.exec_argv))
    except OSError as error:
        raise EXECUTABLE_UNREADABLE.error(path=path, reason=error.strerror) from error
    return CheckedExecutable(
        platform=identity.system,
        architecture=identity.machine,
        sealift=payload.sealift,
        project=payload.project,
        files=payload.files,
        scripts=payload.scripts,
    )
