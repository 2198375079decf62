"""The file of ``--json``: it replaces a report or nothing, in one step."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from sealift.cli.report_file import require_report_place, write_report
from sealift.errors import OutputError, UsageError
from support.command_line import Sealift

REPORT = '{"format": 1, "sealift": "0.1.0"}'


@pytest.mark.parametrize("content", ["{}", "module.exports = 1;", '{"name": "p"}', "\0", " "])
def test_a_file_that_is_not_a_report_is_refused_before_and_after_the_build(
    tmp_path: Path, content: str
) -> None:
    place = tmp_path / "file"
    place.write_text(content)
    with pytest.raises(UsageError, match="is not a report"):
        require_report_place(str(place))
    with pytest.raises(UsageError, match="is not a report"):
        write_report(str(place), REPORT, ())
    assert place.read_text() == content


def test_an_empty_file_is_replaced_unless_it_is_an_input(tmp_path: Path) -> None:
    place, other = tmp_path / "empty.js", tmp_path / "other.js"
    place.touch()
    other.touch()
    require_report_place(str(place))
    with pytest.raises(UsageError, match="is not a report"):
        write_report(str(place), REPORT, [tmp_path / "gone", place])
    assert place.read_text() == ""
    write_report(str(place), REPORT, [other])
    assert place.read_text() == REPORT


@pytest.mark.skipif(sys.platform == "win32", reason="missing: links without special rights")
def test_a_report_is_replaced_in_one_step_also_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    report, hard_link = tmp_path / "reports" / "r.json", tmp_path / "former"
    report.write_text(REPORT)
    hard_link.hardlink_to(report)
    link = tmp_path / "link.json"
    link.symlink_to(report)
    require_report_place(str(link))
    write_report(str(link), REPORT + "\n", ())
    assert link.is_symlink()
    assert report.read_text() == REPORT + "\n"
    assert hard_link.read_text() == REPORT  # the former file was not written to
    names = {path.name for path in tmp_path.rglob("*")}
    assert names == {"reports", "r.json", "former", "link.json"}


def test_asking_leaves_no_file(tmp_path: Path) -> None:
    require_report_place(str(tmp_path / "new.json"))
    assert list(tmp_path.iterdir()) == []


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        require_report_place(str(tmp_path))


def test_missing_directories_are_created(tmp_path: Path) -> None:
    place = tmp_path / "none" / "either" / "report.json"
    require_report_place(str(place))
    assert list(place.parent.iterdir()) == []
    write_report(str(place), REPORT, ())
    assert place.read_text() == REPORT


@pytest.mark.parametrize("below", ["report.json", "none/report.json"])
def test_a_place_below_a_file_is_refused_before_the_build(
    below: str, sealift: Sealift, tmp_path: Path
) -> None:
    (tmp_path / "app.js").write_text("1")
    (tmp_path / "file").touch()
    done = sealift("app.js", "-t", "host", "--json", f"file/{below}", cwd=tmp_path)
    assert (done.code, f"cannot be written to file/{below}" in done.stderr) == (5, True)
    assert {path.name for path in tmp_path.iterdir()} == {"app.js", "file"}


def test_a_report_in_a_directory_that_did_not_exist(sealift: Sealift, tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text("1")
    done = sealift("app.js", "-t", "host", "-o", "app", "--json", "new/report.json", cwd=tmp_path)
    assert done.code == 0, done.stderr
    report = json.loads((tmp_path / "new" / "report.json").read_bytes())
    assert [one["path"] for one in report["executables"]] == [str(tmp_path / "app")]


def test_a_failed_build_reports_where_its_outputs_would_be(
    sealift: Sealift, tmp_path: Path
) -> None:
    (tmp_path / "app.js").write_text("require('./none')")
    done = sealift(
        *("app.js", "-t", "host", "--out-path", "new", "--json", "new/report.json"), cwd=tmp_path
    )
    report = json.loads((tmp_path / "new" / "report.json").read_bytes())
    assert done.code != 0
    assert report["error"]["exitCode"] == done.code
