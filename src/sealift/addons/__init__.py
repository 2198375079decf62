"""Native addons for each target.

A project is read once, as it is installed on the host. Here each target gets its own project: files
for other platforms are excluded, and packages that npm would have installed on its platform are
added.

Usage::

    builds = apply(builds, manifest, options, observer)
    builds[0].project                    # with the native files of that target

Targets that need the same files share one `Project` object.

How it works. `native_signs` finds out whether there is anything to choose; if not, nothing below is
imported. `platform_package_groups` finds packages of which there is one per platform;
`platform_packages` chooses among them, by the lockfile (`sealift.lockfiles`) or the registry
(`npm_registry`), and fetches them into the cache (`package_fetch`, `package_cache`). `in_package`
chooses among the native files of one package (`builds`, `prebuilds`) and those that its installer
would download (`downloads`). `native_files` compares the header of each file with the target.
`optionality` finds out whether the program can run without an addon. What changes for a target is
collected in `target_changes` and made by `apply_changes`; `target_projects` calls all of these.
"""

from sealift.addons.packages_of_target import fetched_packages
from sealift.addons.stage import apply

__all__ = ["apply", "fetched_packages"]
