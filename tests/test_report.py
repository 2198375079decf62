"""The report's types, its published schema, and what it says of each target."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from sealift.errors import UsageError
from sealift.findings import Finding, Severity
from sealift.report import as_json, failure_report, report_schema

PUBLISHED = Path(__file__).parents[1] / "docs" / "report.schema.json"


def test_the_published_schema_is_that_of_the_types() -> None:
    assert json.loads(PUBLISHED.read_text()) == report_schema(), "run: python3 dev.py generate"


def test_a_failure_is_valid_and_names_the_targets_of_a_finding() -> None:
    finding = Finding(Severity.WARNING, "some-code", "It is so.", targets=("node24-linux-x64",))
    written = json.loads(as_json(failure_report(UsageError("a-code", "No.", "Do."), (finding,))))
    jsonschema.validate(written, report_schema())
    assert written["findings"][0]["targets"] == ["node24-linux-x64"]


@pytest.mark.parametrize("field", ["format", "ok", "error", "findings"])
def test_the_schema_refuses_a_report_without_a_field(field: str) -> None:
    written = json.loads(as_json(failure_report(UsageError("a-code", "No.", "Do."), ())))
    del written[field]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, report_schema())
