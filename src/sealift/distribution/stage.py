"""The stage of a build that makes packages, if the project wants some."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sealift.distribution.kinds import PackagePlan
from sealift.model import Observer
from sealift.result import MadePackage
from sealift.target_build import TargetBuild


def make_packages(
    plan: PackagePlan | None, builds: Iterable[TargetBuild], work: Path, observer: Observer
) -> tuple[MadePackage, ...]:
    """Return the packages, as `sealift.distribution.make.make_planned` does; none without a plan.

    Raises:
        OutputError, ProjectError: as `make_planned`.
    """
    if plan is None:
        return ()
    from sealift.distribution.make import make_planned  # the writers of archives are slow to import

    return make_planned(plan, builds, work, observer)
