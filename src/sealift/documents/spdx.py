"""Write an SBOM as SPDX 2.3 (JSON), from the same SBOM as CycloneDX.

The same input gives the same bytes: the namespace is derived from the content. SPDX requires a
time; without one it is the oldest that archives can have. Source: SPDX 2.3,
https://spdx.github.io/spdx-spec/v2.3/. The document has so few kinds of objects that it needs no
library; the tests check it with that of the SPDX project.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

_UNKNOWN = "NOASSERTION"
_DOCUMENT = "SPDXRef-DOCUMENT"
_NO_TIME = "1980-01-01T00:00:00Z"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9.-]+")
_PURPOSES = {"application": "APPLICATION", "library": "LIBRARY", "platform": "APPLICATION"}


def spdx_of(cyclonedx: bytes) -> bytes:
    """Return what an SBOM of `write_sbom` lists, as SPDX."""
    sbom = json.loads(cyclonedx)
    return _Document(sbom).written()


class _Document:
    def __init__(self, sbom: Mapping[str, Any]) -> None:
        self._sbom = sbom
        self._names: dict[str, str] = {}
        self._licences: dict[str, str] = {}
        self._packages: list[dict[str, Any]] = []
        self._relations: list[tuple[str, str, str]] = []
        app = sbom["metadata"]["component"]
        self._relations.append((_DOCUMENT, "DESCRIBES", self._add(app)))
        for component in sbom.get("components", ()):
            self._add(component)
        for dependency in sbom.get("dependencies", ()):
            user = self._names.get(dependency["ref"])
            for used in dependency.get("dependsOn", ()):
                if user and used in self._names:
                    self._relations.append((user, "DEPENDS_ON", self._names[used]))

    def written(self) -> bytes:
        """Return the document."""
        metadata = self._sbom["metadata"]
        app, (tool,) = metadata["component"], metadata["tools"]["components"]
        time = str(metadata.get("timestamp", _NO_TIME)).replace("+00:00", "Z")
        content = {
            "spdxVersion": "SPDX-2.3",
            "dataLicense": "CC0-1.0",
            "SPDXID": _DOCUMENT,
            "name": _full_name(app),
            "creationInfo": {
                "created": time,
                "creators": [f"Tool: {tool['name']}-{tool['version']}"],
            },
            "packages": self._packages,
            "relationships": [
                {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
                for one, kind, other in self._relations
            ],
            "hasExtractedLicensingInfos": [
                {"licenseId": number, "extractedText": name, "name": name}
                for name, number in self._licences.items()
            ],
        }
        number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(content, sort_keys=True))
        content["documentNamespace"] = f"urn:uuid:{number}"
        return (json.dumps(content, indent=2, sort_keys=True) + "\n").encode()

    def _add(self, component: Mapping[str, Any]) -> str:
        """Add a package, and the ones in it; return its name in the document."""
        reference = component["bom-ref"]
        shown = _NOT_IN_NAMES.sub("-", reference).strip("-")
        name = self._names[reference] = f"SPDXRef-{len(self._names)}-{shown}"
        package = {
            "SPDXID": name,
            "name": _full_name(component),
            "downloadLocation": _UNKNOWN,
            "filesAnalyzed": False,
            "licenseConcluded": _UNKNOWN,
            "licenseDeclared": self._licence(component),
            "copyrightText": _UNKNOWN,
            "primaryPackagePurpose": _PURPOSES[component["type"]],
        }
        if "version" in component:
            package["versionInfo"] = component["version"]
        if checksums := [
            {"algorithm": one["alg"].replace("-", ""), "checksumValue": one["content"]}
            for one in component.get("hashes", ())
        ]:
            package["checksums"] = checksums
        if references := list(_references(component)):
            package["externalRefs"] = references
        if properties := component.get("properties"):
            package["comment"] = "\n".join(f"{one['name']}: {one['value']}" for one in properties)
        self._packages.append(package)
        for part in component.get("components", ()):
            self._relations.append((name, "CONTAINS", self._add(part)))
        return name

    def _licence(self, component: Mapping[str, Any]) -> str:
        for one in component.get("licenses", ()):
            expression = one.get("expression", "")
            known = expression or one.get("license", {}).get("id", "")
            if known and "LicenseRef" not in known:
                return str(known)
            name = known or one["license"]["name"]
            return self._licences.setdefault(name, f"LicenseRef-{len(self._licences)}")
        return _UNKNOWN


def _full_name(component: Mapping[str, Any]) -> str:
    group = component.get("group")
    return f"{group}/{component['name']}" if group else str(component["name"])


def _references(component: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for key, category, kind in (
        ("purl", "PACKAGE-MANAGER", "purl"),
        ("cpe", "SECURITY", "cpe23Type"),
    ):
        if key in component:
            yield {
                "referenceCategory": category,
                "referenceType": kind,
                "referenceLocator": component[key],
            }
