"""Other programs find packaged files that are words of commands, and what is beside scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.findings import Severity
from sealift.model import SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project

from .packaged_files import Compare

START = "const { exec, execSync, spawn, execFileSync } = require('child_process');" + (
    "const p = require('path').join(__dirname, 'a.txt');\n"
)


def lines(source: str, directory: Path) -> list[int]:
    (directory / "index.js").write_text(START + source)
    (directory / "a.txt").write_text("a")
    (directory / "package.json").write_text('{"name": "app", "version": "1.0.0"}')
    options = BuildOptions(directory / "index.js")
    read = read_project(open_manifest(options), options, SilentObserver())
    found = [one for one in read.findings if one.code == "command-path"]
    assert all(one.severity is Severity.WARNING for one in found)
    return [one.line for one in found]


@pytest.mark.parametrize(
    "source",
    [
        "exec(`python3 -c \"open('${p}')\"`)",
        "exec('python3 -c \"open(\\'' + p + '\\')\"')",
        "execSync(`cc -I${__dirname} x.c`)",
        'execSync(`sh -c "cat ${p}"`)',
        "exec(`docker run -v ${p}:/data image`)",
        "spawn('python3', ['-c', `open('${p}')`])",
        "execFileSync('curl', ['-d', `@${p}`])",
        "spawn('docker', ['run', '-v', p + ':/data'])",
        "spawn('sh', ['-c', `python3 -c \"open('${p}')\"`])",
    ],
)
def test_a_path_inside_a_word_is_reported(source: str, tmp_path: Path) -> None:
    assert lines(source, tmp_path) == [2]


@pytest.mark.parametrize(
    "source",
    [
        "exec(`cat ${p}`)",
        'exec(`cat "${p}" | wc -l`)',
        "exec('cd ' + __dirname + ' && ls')",
        "exec(`FILE=${p} sh -c 'cat $FILE'`)",
        "exec(`prog --config='${p}' x`)",
        "spawn('prog', [`--config=${p}`, p])",
        "spawn('sh', ['-c', `cat ${p}`])",
        'exec(`git commit -m "changes ${p}"`)',
        "exec(`node -e \"require('fs').readFileSync('${p}')\"`)",
        "exec(`${process.execPath} -p \"require('${p}')\"`)",
        "spawn(process.execPath, ['-e', `require('${p}')`])",
        "console.log(`python3 -c \"open('${p}')\"`)",
    ],
)
def test_words_that_are_paths_and_texts_are_not_reported(source: str, tmp_path: Path) -> None:
    assert lines(source, tmp_path) == []


@pytest.mark.parametrize(
    ("call", "printed"),
    [
        ("spawnSync('sh', [path.join(__dirname, 'tools/run.sh'), 'x'], o).stdout", "x data\n"),
        ("execSync(`sh ${path.join(__dirname, 'tools/run.sh')} y`, o)", "y data\n"),
        ("execFileSync('python3', ['-B', path.join(__dirname, 'main.py')], o)", "5\n"),
    ],
)
def test_a_script_for_another_program_finds_what_is_beside_it(
    call: str, printed: str, compare: Compare
) -> None:
    index = (
        "const path = require('path'), o = { encoding: 'utf8' };\n"
        "const { execFileSync, execSync, spawnSync } = require('child_process');\n"
        f"process.stdout.write({call})"
    )
    files = {"index.js": index, "package.json": '{"name": "program"}'}
    scripts = {
        "tools/run.sh": 'echo $1 $(cat "$(dirname "$0")/text/a.txt")',
        "tools/text/a.txt": "data",
        "main.py": "import other; print(other.number)",
        "other.py": "number = 5",
    }
    assert compare({**files, **scripts}) == printed
