"""The last line of `sealift size` names the largest part that can be left out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sealift.inspection import Form, InspectedFile, Inspection
from sealift.inspection.advice import size_advice

MB = 1_000_000


def _file(
    location: str, form: Form, stored: int, bytecode: int = 0, size: int = 0
) -> InspectedFile:
    return InspectedFile(location, form, size or stored, stored, bytecode, -1)


def _executable(files: Sequence[InspectedFile]) -> Inspection:
    return Inspection(
        platform="linux",
        architecture="x64",
        size=100 * MB,
        node="24.19.0",
        node_size=95 * MB,
        runtime_size=MB,
        sealift="1.0.0",
        project="app",
        entry="app/index.js",
        node_options=(),
        hardened=False,
        languages=(),
        packages=(),
        files=tuple(files),
    )


COMPRESSED = _file("app/other.json", Form.DATA, 10, size=20)


@pytest.mark.parametrize(
    ("files", "advice"),
    [
        ([], "Nothing large can be left out: Node is 95.0% of the file."),
        ([_file("app/a.js", Form.SOURCE, 5000)], "Nothing large can be left out"),
        (
            [_file("app/a.js.map", Form.DATA, 2 * MB), _file("app/a.js", Form.SOURCE, MB)],
            'Source maps take 2.0 MB: leave them out with "**/*.map" in pkg.ignore',
        ),
        (
            [_file("app/a.d.ts", Form.DATA, MB), _file("app/b.d.mts", Form.DATA, MB), COMPRESSED],
            "Type declarations take 2.0 MB",
        ),
        ([_file("app/a.js", Form.BOTH, 0, 3 * MB)], "Nothing large can be left out"),
        ([_file("app/a.js", Form.BYTECODE, 0, 3 * MB)], "Nothing large can be left out"),
        (
            [_file("app/a.json", Form.DATA, 4 * MB), _file("app/b.md", Form.DATA, MB)],
            "Packaged files take 5.0 MB and are not compressed: build with --compress Zstd.",
        ),
        ([_file("app/a.json", Form.DATA, 4 * MB), COMPRESSED], "Nothing large can be left out"),
    ],
)
def test_the_advice_is_about_the_largest_part(files: list[InspectedFile], advice: str) -> None:
    assert size_advice(_executable(files)).startswith(advice)
