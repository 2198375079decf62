"""docs/migrating-from-pkg.md says the same as the code about each option and setting."""

from __future__ import annotations

import re
from pathlib import Path

import sealift
from sealift.cli.pkg import WITHOUT_EFFECT
from sealift.cli.pkg_arguments import PKG_OPTIONS
from sealift.project.settings import keys

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "migrating-from-pkg.md").read_text(encoding="utf-8")
SUPPORTED = {"works", "differs"}
OF_SEALIFT = {
    "compact",
    "locales",
    "macos",
    "notices",
    "package",
    "provenance",
    "sbom",
    "sbomFormat",
    "sourceMaps",
    "typescript",
    "windows",
}


def table(title: str) -> dict[str, str]:
    """Return the status of each row of a section, by the last name in its first cell."""
    section = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {re.findall("`([^`]+)`", row[0])[-1]: row[1] for row in rows}


def test_each_option_of_pkg_has_its_row() -> None:
    rows = table("Options")
    assert list(rows) == [f"--{option.name}" for option in PKG_OPTIONS]
    idle = {f"--{name.removeprefix('no-')}" for name in WITHOUT_EFFECT}
    for name, status in rows.items():
        if name in idle:
            assert status == "no effect", name
        else:
            assert status in SUPPORTED, name


def test_each_letter_stands_in_the_row_of_its_option() -> None:
    for option in PKG_OPTIONS:
        first = f"`-{option.short}`, " if option.short else ""
        assert f"\n| {first}`--{option.name}` |" in PAGE


def test_each_setting_of_pkg_has_its_row() -> None:
    rows = table("Settings")
    assert list(rows) == sorted(keys.KEY_TYPES.keys() - OF_SEALIFT)
    for name, status in rows.items():
        if name in keys.WITHOUT_EFFECT:
            assert status == "no effect", name
        else:
            assert status == ("differs" if name in keys.DIFFERS else "works"), name


def test_the_variables_that_work_are_in_the_code() -> None:
    source = Path(sealift.__file__).parent
    code = "".join(
        path.read_text(encoding="utf-8") for kind in ("*.py", "*.js") for path in source.rglob(kind)
    )
    for name, status in table("Environment").items():
        used = re.search(rf"[\"'.\[]{name}\b", code) is not None
        assert used == (status in SUPPORTED), name
