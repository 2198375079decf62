"""What to build, decided once from options and settings; every contradiction is reported here.

Usage::

    what = make_plan(options)                       # targets, outputs, code form, Node options
    builds = check_releases(what, builds)           # once each target has an exact release
    check_project(what, builds)                     # once the project is read
"""

from sealift.plan.checks import check_disclosure, check_project, check_releases
from sealift.plan.plan import BuildPlan, make_plan
from sealift.plan.universal import without_universal

__all__ = [
    "BuildPlan",
    "check_disclosure",
    "check_project",
    "check_releases",
    "make_plan",
    "without_universal",
]
