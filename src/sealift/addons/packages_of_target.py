"""Which packages were fetched for a target, because they are not installed."""

from __future__ import annotations

from pathlib import Path

from sealift.cache import Store, cache_root, places
from sealift.model import Project, SilentObserver
from sealift.options import NodeOptions


def fetched_packages(project: Project, options: NodeOptions) -> dict[str, str]:
    """Return the integrities (``sha512-...``) of a target's fetched packages, by ``name@version``.

    Args:
        project: of the target, after `apply`.
        options: the cache.
    """
    store = Store(cache_root(options.cache))
    root = Path(store.path(places.ADDONS, "")).resolve()
    entries: dict[str, str] = {}
    for file in project.files:
        if file.source.is_relative_to(root):
            entries.setdefault(file.source.relative_to(root).parts[0], file.package)
    if not entries:
        return {}
    from sealift.addons.package_cache import PackageCache  # few projects need it

    cache = PackageCache(store, SilentObserver())
    found: dict[str, str] = {}
    for entry, package in sorted(entries.items()):
        stored = cache.find(entry)
        if stored is not None:
            found[package] = stored.integrity
    return dict(sorted(found.items()))
