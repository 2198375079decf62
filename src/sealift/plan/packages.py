"""The distribution packages of a build, from options, package.json and ``pkg.package``."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sealift.distribution import (
    EARLIEST,
    Details,
    Kind,
    PackagePlan,
    ProjectText,
    plan_packages,
)
from sealift.options import BuildOptions
from sealift.plan.messages import (
    CERTIFICATES_UNUSED,
    PACKAGE_KIND_UNKNOWN,
    PACKAGE_NAME_MALFORMED,
    PACKAGE_URL_MALFORMED,
    PACKAGE_VERSION_MALFORMED,
)
from sealift.plan.one_line import one_line, person
from sealift.plan.outputs import require_free_place
from sealift.project import Manifest
from sealift.record import replace
from sealift.target import Platform, Target
from sealift.tools.input_files import NotRegularError, read_regular

_NAME = re.compile(r"[a-z0-9][a-z0-9.+-]+")
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]*")
_TEXT = re.compile(r"(licen[cs]e|copying|notice|readme)([.-][\w.-]*)?", re.IGNORECASE)
_LARGEST_TEXT = 1 << 20
_GITHUB = re.compile(
    r"(?:git\+)?(?:https?://|git://|ssh://git@|git@|github:)?(?:github\.com[/:])?"
    r"([\w.-]+/[\w.-]+?)(?:\.git)?/?(?:#.*)?"
)
_ARCHIVE_URL = re.compile(r"https?://(?:\{version\}|\{file\}|[^\s{}])+")
_URL = re.compile(r"https?://\S+")


def package_plan(
    options: BuildOptions, manifest: Manifest, outputs: dict[Target, Path], is_universal: bool
) -> PackagePlan | None:
    """Return the packages that options or settings request; None for none.

    Args:
        outputs: of all targets.
        is_universal: the target ``macos-universal`` is requested.

    Raises:
        UsageError: a kind is unknown, no target suits it, or package.json lacks what it needs.
    """
    kinds = _kinds(options.packages or manifest.settings.package_options.kinds)
    if is_universal:
        kinds = tuple(dict.fromkeys((Kind.UNIVERSAL, *kinds)))
    if not kinds:
        return None
    base = options.output.name if options.output else manifest.base_name
    only_macos = all(target.platform is Platform.MACOS for target in outputs)
    universal = base if only_macos and is_universal else f"{base}-macos-universal"
    details = replace(_details(options, manifest), universal_name=universal)
    if any(kind is not Kind.UNIVERSAL for kind in kinds):
        _require_names(details)
    if details.certificates and Kind.OCI not in kinds:
        raise CERTIFICATES_UNUSED.error()
    directory = next(iter(outputs.values())).parent
    packages = plan_packages(kinds, tuple(outputs), details)
    for package in packages:
        require_free_place(directory / package.file_name, options.report, manifest.entry)
    return PackagePlan(packages, details, directory)


def _kinds(texts: Sequence[str]) -> tuple[Kind, ...]:
    names = [name.strip() for text in texts for name in text.split(",")]
    known = {kind.value: kind for kind in Kind}
    for name in names:
        if name and name.lower() not in known:
            raise PACKAGE_KIND_UNKNOWN.error(name=name, known=", ".join(known))
    return tuple(dict.fromkeys(known[name.lower()] for name in names if name))


def _require_names(details: Details) -> None:
    """Raise UsageError for a name or version that no package can have."""
    if not _NAME.fullmatch(details.name):
        raise PACKAGE_NAME_MALFORMED.error(name=details.name)
    if not _VERSION.fullmatch(details.version):
        raise PACKAGE_VERSION_MALFORMED.error(version=details.version)


def _details(options: BuildOptions, manifest: Manifest) -> Details:
    settings = manifest.settings.package_options
    package = None if manifest.is_part else manifest.package
    data: dict[str, Any] = package.data if package else {}
    name = one_line(manifest.base_name).lower().replace("_", "-")
    version = one_line(data.get("version")).removeprefix("v") or "0.0.0"
    repository = _repository(data.get("repository"))
    url = settings.url
    if url and not _ARCHIVE_URL.fullmatch(url):
        raise PACKAGE_URL_MALFORMED.error(url=one_line(url))
    if not url and repository.startswith("https://github.com/"):
        url = f"{repository}/releases/download/v{{version}}/{{file}}"
    return Details(
        name=name,
        version=version,
        description=one_line(data.get("description")) or name,
        licence=one_line(data.get("license")),
        homepage=_url(data.get("homepage")) or repository,
        source=repository,
        maintainer=one_line(settings.maintainer) or _maintainer(data.get("author")),
        url=url,
        time=_time(),
        texts=_project_texts(manifest.root) if package else (),
        certificates=_certificates() if settings.ca_certificates else b"",
        deploy=options.deploy,
    )


def _time() -> int:
    """Return SOURCE_DATE_EPOCH, by which builds agree on a time, if it is set."""
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    return max(int(text), EARLIEST) if text.isascii() and text.isdigit() else EARLIEST


def _certificates() -> bytes:
    """Return the CA certificates of Mozilla, as the package ``certifi`` has them."""
    import certifi

    return Path(certifi.where()).read_bytes()


def _project_texts(root: Path) -> tuple[ProjectText, ...]:
    found = []
    for name in sorted(os.listdir(root)):  # noqa: PTH208
        if not _TEXT.fullmatch(name):
            continue
        try:
            content = read_regular(root / name, _LARGEST_TEXT)
        except (NotRegularError, OSError):
            continue
        if len(content) <= _LARGEST_TEXT:
            found.append(ProjectText(name, content))
    return tuple(found)


def _maintainer(author: Any) -> str:
    """Return name and address of package.json's ``author``, as Debian writes them."""
    if isinstance(author, dict):
        name, address = one_line(author.get("name")), one_line(author.get("email"))
        return f"{name} <{address}>" if name and address else name
    text = one_line(author)
    found = re.search(r"<[^>]*>", text)
    return f"{person(text)} {found[0]}".strip() if found else person(text) or text


def _repository(value: Any) -> str:
    """Return the address of package.json's ``repository`` as a page; "" if there is none."""
    text = one_line(value.get("url") if isinstance(value, dict) else value)
    is_github = "github" in text or "://" not in text
    found = _GITHUB.fullmatch(text) if is_github else None
    return f"https://github.com/{found[1]}" if found else _url(text.removeprefix("git+"))


def _url(value: Any) -> str:
    text = one_line(value)
    return text if _URL.fullmatch(text) else ""
