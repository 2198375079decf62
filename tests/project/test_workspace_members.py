"""Of a workspace whose root is the project, the members that no code refers to are left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sealift.model import Project

from .packaged_files import read_files

UNPROVEN = "const fs = require('fs'), path = require('path');\n" + (
    "fs.readFileSync(path.join(__dirname, process.argv[2]));\n"
)
NPM = {"package.json": json.dumps({"name": "root", "workspaces": ["packages/*"]})}
YARN = {"package.json": json.dumps({"name": "root", "workspaces": {"packages": ["packages/*"]}})}
PNPM = {
    "package.json": '{"name": "root"}',
    "pnpm-workspace.yaml": "packages:\n  # members\n  - 'packages/*'\n",
}


def members(index: str, files: dict[str, str], directory: Path) -> tuple[set[str], Project]:
    """Return the names of the files that are packaged of members, and the project."""
    tree = {"index.js": index, "data/d.txt": "", **files}
    for name in ("a", "b"):
        tree[f"packages/{name}/package.json"] = json.dumps({"name": name, "main": "main.js"})
        tree[f"packages/{name}/main.js"] = ""
        tree[f"packages/{name}/{name}.txt"] = ""
    read = read_files(tree, directory)
    assert any(file.location.endswith("data/d.txt") for file in read.files) or index != UNPROVEN
    names = {file.location.partition("/packages/")[2] for file in read.files} - {""}
    return names, read


@pytest.mark.parametrize("root", [NPM, YARN, PNPM], ids=["npm", "yarn", "pnpm"])
def test_members_without_references_are_left_out(root: dict[str, str], tmp_path: Path) -> None:
    found, read = members(f"{UNPROVEN}require('./packages/a');", root, tmp_path)
    assert found == {"a/package.json", "a/main.js", "a/a.txt"}
    (note,) = (one for one in read.findings if one.code == "members-left-out")
    assert note.message.endswith("left out: b.")


@pytest.mark.parametrize(
    "reference",
    [
        "fs.readdirSync(path.join(__dirname, 'packages'))",
        "fs.readFileSync(path.join(__dirname, 'packages', name, 'main.js'))",
        "require('./packages/' + name)",
    ],
)
def test_members_that_a_path_names_are_packaged(reference: str, tmp_path: Path) -> None:
    found, _ = members(f"{UNPROVEN}{reference}", NPM, tmp_path)
    assert {"a/main.js", "b/main.js"} <= found


def test_directories_that_are_no_members_stay(tmp_path: Path) -> None:
    files = {"package.json": '{"name": "root", "workspaces": ["apps/*"]}'}
    found, read = members(UNPROVEN, files, tmp_path)
    assert {"a/a.txt", "b/b.txt"} <= found
    assert not [one for one in read.findings if one.code == "members-left-out"]
