"""Which licences let source ship; what a package.json and the options say."""

from __future__ import annotations

from typing import Any

import pytest

from sealift.project.disclosure import Disclosure
from sealift.project.licences import is_open_licence, is_public
from sealift.project.package_json import Package
from sealift.project.package_owners import Owner

OPEN = [
    *("MIT", "mit", "ISC", "Apache-2.0", "BSD-3-Clause", "0BSD", "BlueOak-1.0.0", "CC0-1.0"),
    *("Unlicense", "WTFPL", "Zlib", "MPL-2.0", "GPL-3.0", "GPL-2.0-or-later", "LGPL-2.1+"),
    *("Apache License, Version 2.0", "Apache 2.0", "Public Domain", "BSD", "GPLv3", "MPLv2.0"),
    *("MIT/X11", "MIT, Apache-2.0", "MIT Licence"),
    *("(MIT OR GPL-3.0)", "(MIT OR Commercial)", "Commercial OR MIT", "MIT AND Zlib"),
    "(MIT AND (Foo OR BSD-3-Clause)) OR Bar",
    "GPL-2.0-only WITH Classpath-exception-2.0",
]
CLOSED = [
    *("", "UNLICENSED", "SEE LICENSE IN LICENSE.txt", "Commercial", "BUSL-1.1", "none"),
    *("MIT AND Commercial", "(MIT AND Commercial) OR Foo", "Foo AND MIT OR Bar"),
    *("(MIT", "MIT)", "((", "OR MIT", "MIT OR", "()", "MIT WITH", "permit", "MITX"),
    "(" * 100_000,
]


@pytest.mark.parametrize("text", OPEN)
def test_open_licences(text: str) -> None:
    assert is_open_licence(text)


@pytest.mark.parametrize("text", CLOSED, ids=lambda text: text[:40])
def test_closed_and_unknown_licences(text: str) -> None:
    assert not is_open_licence(text)


@pytest.mark.parametrize(
    ("manifest", "public"),
    [
        ({"license": "MIT"}, True),
        ({"license": "MIT", "private": True}, False),
        ({"license": "MIT", "private": False}, True),
        ({"license": {"type": "MIT", "url": "x"}}, True),
        ({"licenses": [{"type": "Foo"}, {"type": "MIT"}]}, True),
        ({"licenses": [{"type": "Foo"}], "license": "MIT"}, False),
        ({"license": ["MIT", "Foo"]}, True),
        ({}, False),
        ({"license": None}, False),
        ({"license": 3}, False),
        ({"license": [[], {}, None]}, False),
        ({"license": {"type": ["MIT"]}}, False),
    ],
)
def test_manifests(manifest: dict[str, Any], public: bool) -> None:
    assert is_public(manifest) is public


def owner(name: str, *, is_app: bool = False, licence: str = "UNLICENSED") -> Owner:
    data = {"name": name, "license": licence}
    return Owner(f"/p/{name}", Package(f"/p/{name}", name, "1.0.0", data=data), is_app)


def test_options_disclose() -> None:
    app, mine, other = owner("app", is_app=True), owner("@me/mine"), owner("other")
    nothing = Disclosure(public=False, public_packages=())
    assert not any(map(nothing.allows, (app, mine, other)))
    app_only = Disclosure(public=True, public_packages=())
    assert [app_only.allows(one) for one in (app, mine, other)] == [True, False, False]
    named = Disclosure(public=False, public_packages=("@me/mine", "app"))
    assert [named.allows(one) for one in (app, mine, other)] == [False, True, False]
    every = Disclosure(public=False, public_packages=("*",))
    assert [every.allows(one) for one in (app, mine, other)] == [False, True, True]
    assert nothing.allows(owner("free", licence="MIT"))


def test_a_directory_without_package_json_is_not_public() -> None:
    nameless = Owner("/p/x", None, is_app=True)
    assert not Disclosure(public=False, public_packages=("*",)).allows(nameless)
    assert Disclosure(public=True, public_packages=()).allows(nameless)
