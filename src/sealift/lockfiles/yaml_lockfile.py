"""What the lockfiles of pnpm and of Yarn 2 and newer share: they are YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sealift.lockfiles import messages


def read_yaml_object(path: Path, text: str) -> dict[str, Any]:
    """Return the object that a lockfile holds; an empty file holds an empty one.

    Raises:
        ProjectError: ``lockfile-unreadable``.
    """
    # Imported here: most projects have another lockfile, and most builds read none.
    from sealift.lockfiles.bounded_yaml import MOST_LEVELS, TooDeepError, YamlError, parse_yaml

    try:
        content = parse_yaml(text)
    except YamlError as error:
        raise messages.NOT_YAML.error(path=path, line=error.line, reason=error.reason) from error
    except TooDeepError as error:
        raise messages.TOO_DEEP.error(path=path, limit=MOST_LEVELS) from error
    if content == "":
        return {}
    if not isinstance(content, dict):
        raise messages.NOT_AN_OBJECT.error(path=path)
    return content
