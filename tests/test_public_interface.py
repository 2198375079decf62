"""What `import sealift` offers: complete, pickled whole, and quick to import."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
import typing
from collections.abc import Iterator

import pytest

import sealift
from sealift import Finding, IncompleteProjectError, Severity
from sealift.errors import SealiftError


def types_in(hint: object) -> Iterator[type]:
    """Yield the classes that a type hint is made of."""
    if isinstance(hint, type):
        yield hint
    for argument in typing.get_args(hint):
        yield from types_in(argument)


def types_of(value: object) -> Iterator[type]:
    """Yield the classes in the public hints of a class or function."""
    if inspect.isfunction(value):
        for hint in typing.get_type_hints(value).values():
            yield from types_in(hint)
    elif isinstance(value, type):
        yield from value.__mro__
        for name, hint in typing.get_type_hints(value).items():
            if not name.startswith("_"):
                yield from types_in(hint)
        for name, member in vars(value).items():
            function = member.fget if isinstance(member, property) else member
            if not name.startswith("_") and inspect.isfunction(function):
                yield from types_of(function)


def test_every_type_of_the_interface_is_exported() -> None:
    exported = {getattr(sealift, name) for name in sealift.__all__ if name != "__version__"}
    reachable: set[type] = set()
    pending = list(exported)
    while pending:
        found = set(types_of(pending.pop())) - reachable
        reachable |= found
        pending.extend(kind for kind in found if kind.__module__.startswith("sealift."))
    own = {kind for kind in reachable if kind.__module__.startswith("sealift.")}
    assert len(own) > 20
    assert sorted(kind.__name__ for kind in own - exported) == []


def test_all_names_are_sorted_and_exist() -> None:
    assert list(sealift.__all__) == sorted(sealift.__all__)
    assert all(hasattr(sealift, name) for name in sealift.__all__)


def error_types() -> list[type[SealiftError]]:
    return [
        kind
        for kind in vars(sealift).values()
        if isinstance(kind, type)
        and issubclass(kind, SealiftError)
        and kind is not IncompleteProjectError
    ]


@pytest.mark.parametrize("kind", error_types(), ids=lambda kind: kind.__name__)
def test_an_error_is_pickled_whole(kind: type[SealiftError]) -> None:
    error = kind("some-code", "It is {so}.", "Do this.")
    for again in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert type(again) is kind
        assert str(again) == str(error)
        assert vars(again) == vars(error)


def test_an_incomplete_project_is_pickled_with_its_findings() -> None:
    findings = (
        Finding(Severity.ERROR, "a-code", "A file is missing.", "Add it.", "a.js", 3, ("linux",)),
        Finding(Severity.WARNING, "b-code", "A file is large."),
    )
    error = IncompleteProjectError(findings, "Fix the problems.")
    for again in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert type(again) is IncompleteProjectError
        assert vars(again) == vars(error)
        assert again.findings == findings
        assert again.exit_code == sealift.ExitCode.PROJECT


HEAVY = ("click", "httpx", "dataclasses", "pip", "rich", "tree_sitter", "bracex", "yaml", "asyncio")


@pytest.mark.parametrize(
    ("program", "unused"),
    [
        ("import sealift", HEAVY),
        ("from sealift.cli import main; main(['--help'])", tuple(set(HEAVY) - {"click"})),
    ],
)
def test_importing_is_light(program: str, unused: tuple[str, ...]) -> None:
    code = f"import sys, atexit; atexit.register(lambda: print('\\n', *sys.modules)); {program}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert loaded & set(unused) == set()
    stages = {name for name in loaded if name.startswith("sealift.project")}
    assert stages == set()
