"""Problems of native code as findings."""

from __future__ import annotations

from sealift.addons.problem import Problem
from sealift.findings import FindingMessage, Severity

MESSAGE = FindingMessage("addon-missing", "{package} has no addon for {platform}: {name}.")


def test_a_file_of_a_project_without_a_name_is_the_project_s() -> None:
    problem = Problem.of(MESSAGE, name="x.node")
    named = problem.finding(Severity.WARNING, "x.node", "sharp", "linux-x64")
    assert named.message == "sharp has no addon for linux-x64: x.node."
    nameless = problem.finding(Severity.WARNING, "x.node", "", "linux-x64")
    assert nameless.message == "The project has no addon for linux-x64: x.node."
