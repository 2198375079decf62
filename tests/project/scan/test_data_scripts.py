"""Scripts that only assign data to the global object."""

from __future__ import annotations

import pytest

from sealift.project.scan import is_data


@pytest.mark.parametrize(
    "source",
    [
        'globalThis.__RSC_MANIFEST=(globalThis.__RSC_MANIFEST||{});globalThis.M["/p"]={"a":[1]}',
        'self.__SERVER_MANIFEST="{}"',
        "'use strict';\nwindow.CONFIG = { a: -1, b: `x`, c: null };",
        'globalThis.B={a:["x"]};globalThis.B.low=["/static/"+process.env.ID+"/m.js",,"/n.js"];',
    ],
)
def test_literals_are_data(source: str) -> None:
    assert is_data(source.encode())


@pytest.mark.parametrize(
    "source",
    [
        "globalThis.a = require('./a')",
        "globalThis.a = function () {}",
        "globalThis.a = () => 1",
        "globalThis.a = { b() {} }",
        "globalThis.a = 1; module.exports = 2",
        "globalThis.a = 1; const b = 2",
        "globalThis.a = 1; var secret = { key: 1 }",
        "globalThis.a = class {}",
        "globalThis.a = `${f()}`",
        "module.exports = {}",
        "globalThis.a = {",
    ],
)
def test_code_is_not_data(source: str) -> None:
    assert not is_data(source.encode())
