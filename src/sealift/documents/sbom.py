"""Write the SBOM of one executable: CycloneDX 1.6 as JSON.

The same input gives the same bytes: the serial number is derived from the content, and there is a
time only if ``SOURCE_DATE_EPOCH`` gives one. Source: CycloneDX 1.6, https://cyclonedx.org/docs/1.6/;
the package URLs of npm, https://github.com/package-url/purl-spec.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from sealift.documents.node_components import KNOWN, NUMBERS, cpe_of, library_licence
from sealift.documents.packaged_packages import PackagedPackage
from sealift.formats.elf.merge_input import common_name
from sealift.model import NodeBinary
from sealift.target_build import TargetBuild
from sealift.version import VERSION

_OWN_FILES = ("file", "dir")  # providers whose origin is a path of the host
_ALGORITHMS = {
    "sha1": HashAlgorithm.SHA_1,
    "sha256": HashAlgorithm.SHA_256,
    "sha384": HashAlgorithm.SHA_384,
    "sha512": HashAlgorithm.SHA_512,
}

_DIGITS = {
    HashAlgorithm.SHA_1: 40,
    HashAlgorithm.SHA_256: 64,
    HashAlgorithm.SHA_384: 96,
    HashAlgorithm.SHA_512: 128,
}


def write_sbom(
    build: TargetBuild,
    packages: Sequence[PackagedPackage],
    node_parts: Mapping[str, str],
    time: datetime | None,
) -> bytes:
    """Return the SBOM of an executable.

    Args:
        build: with its project, Node binary, musl and front.
        packages: of the project; the first is the project itself.
        node_parts: ``process.versions`` of the Node binary.
        time: that the SBOM names, or None.
    """
    licences = LicenseFactory()
    components = [_npm(package, number, licences) for number, package in enumerate(packages)]
    app = components[0]
    app.type = ComponentType.APPLICATION
    app.properties.add(Property(name="sealift:target", value=str(build.target)))
    node = _node(build.node, node_parts, licences)
    runtime = _component("sealift", VERSION, "MIT", licences, purl=f"pkg:pypi/sealift@{VERSION}")
    bom = Bom(
        metadata=BomMetaData(component=app, tools=ToolRepository(components=(_tool(),))),
        components=[
            *components[1:],
            *(node, runtime),
            *_merged(build, licences),
            *_of_front(build, licences),
        ],
    )
    for package, component in zip(packages, components, strict=True):
        bom.register_dependency(component, [components[number] for number in package.uses])
    bom.register_dependency(app, [node, runtime])
    for part in bom.components:
        bom.register_dependency(part)
    return _reproducible(json.loads(JsonV1Dot6(bom).output_as_string()), time)


def _reproducible(content: dict[str, Any], time: datetime | None) -> bytes:
    """Return an SBOM without what differs from run to run: its time, and a random number."""
    if time is None:
        del content["metadata"]["timestamp"]
    else:
        content["metadata"]["timestamp"] = time.isoformat()
    del content["serialNumber"]
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(content, sort_keys=True))
    content = {"serialNumber": f"urn:uuid:{number}", **content}
    return (json.dumps(content, indent=2, sort_keys=True) + "\n").encode()


def _tool() -> Component:
    return Component(name="sealift", version=VERSION, type=ComponentType.APPLICATION)


def _npm(package: PackagedPackage, number: int, licences: LicenseFactory) -> Component:
    group, name, purl = "", package.name, None
    if package.is_published:
        group, _, name = package.name.rpartition("/")
        purl = PackageURL("npm", group or None, name, package.version)
    return Component(
        type=ComponentType.LIBRARY,
        bom_ref=f"npm:{package.label}" if package.is_published else f"package {number}",
        group=group or None,
        name=name,
        version=package.version or None,
        purl=purl,
        licenses=_licences(package.licence, licences),
        hashes=_hashes(package.integrity),
    )


def _node(node: NodeBinary, parts: Mapping[str, str], licences: LicenseFactory) -> Component:
    version = str(node.version)
    found = _component(
        "node",
        version,
        "MIT",
        licences,
        kind=ComponentType.PLATFORM,
        purl=f"pkg:github/nodejs/node@v{version}",
        cpe=cpe_of("nodejs:node.js", version),
        sha256=node.sha256,
    )
    facts = {"sealift:node:provider": node.provider}
    if node.provider not in _OWN_FILES:
        facts["sealift:node:origin"] = node.origin
    facts |= {f"sealift:node:{name}": parts[name] for name in NUMBERS & parts.keys()}
    found.properties.update(Property(name=name, value=value) for name, value in facts.items())
    found.components.update(
        _node_part(name, part, licences) for name, part in parts.items() if name not in NUMBERS
    )
    return found


def _node_part(name: str, version: str, licences: LicenseFactory) -> Component:
    known = KNOWN.get(name)
    if known is None:
        return _component(name, version, "", licences, prefix="node:")
    return _component(
        known.name,
        version,
        known.licence,
        licences,
        prefix="node:",
        purl=f"{known.purl}@{version}",
        cpe=known.cpe_of(version),
    )


def _merged(build: TargetBuild, licences: LicenseFactory) -> Iterator[Component]:
    """Yield the libraries that are merged with Node: musl, and those of GCC."""
    if build.musl is None:
        return
    musl = build.musl
    yield _component(
        "musl",
        musl.version,
        "MIT",
        licences,
        purl=f"pkg:generic/musl@{musl.version}",
        cpe=cpe_of("musl-libc:musl", musl.version),
        sha256=musl.sha256,
    )
    for library in build.node.libraries:
        name = common_name(library.name)
        yield _component(name, "", library_licence(name), licences, sha256=library.sha256)


def _of_front(build: TargetBuild, licences: LicenseFactory) -> Iterator[Component]:
    """Yield what is in the program in front of a compact file."""
    if build.front is not None:
        version = build.front.brotli
        yield _component(
            "brotli",
            version,
            "MIT",
            licences,
            purl=f"pkg:generic/brotli@{version}",
            cpe=cpe_of("google:brotli", version),
        )


def _component(
    name: str,
    version: str,
    licence: str,
    licences: LicenseFactory,
    *,
    kind: ComponentType = ComponentType.LIBRARY,
    prefix: str = "",
    purl: str = "",
    cpe: str = "",
    sha256: str = "",
) -> Component:
    return Component(
        type=kind,
        bom_ref=f"{prefix}{name}@{version}" if version else f"{prefix}{name}",
        name=name,
        version=version or None,
        purl=PackageURL.from_string(purl) if purl else None,
        cpe=cpe or None,
        licenses=_licences(licence, licences),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256)] if sha256 else (),
    )


def _licences(text: str, licences: LicenseFactory) -> Iterable[License]:
    return (licences.make_from_string(text),) if text else ()


def _hashes(integrity: str) -> Iterator[HashType]:
    """Yield the digests of a Subresource Integrity, as far as CycloneDX has their algorithms."""
    for word in integrity.split():
        name, _, digest = word.partition("-")
        algorithm = _ALGORITHMS.get(name)
        if algorithm is None:
            continue
        try:
            content = base64.b64decode(digest.partition("?")[0], validate=True).hex()
        except binascii.Error:
            continue
        if len(content) == _DIGITS[algorithm]:
            yield HashType(alg=algorithm, content=content)
