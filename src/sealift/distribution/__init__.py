"""Make distribution packages of finished executables: archives, ``.deb``, container images, ...

Usage::

    packages = plan_packages(kinds, targets, details)   # before the build: names of files, errors
    plan = PackagePlan(packages, details, directory)
    made = make_packages(plan, builds, work, observer)  # once the executables are there

No package manager and no container engine is needed, except ``rpmbuild`` for ``.rpm``. The same
executables give the same bytes.
"""

from sealift.distribution.details import EARLIEST, Details, ProjectText
from sealift.distribution.kinds import Kind, PackagePlan, plan_packages
from sealift.distribution.stage import make_packages

__all__ = [
    "EARLIEST",
    "Details",
    "Kind",
    "PackagePlan",
    "ProjectText",
    "make_packages",
    "plan_packages",
]
