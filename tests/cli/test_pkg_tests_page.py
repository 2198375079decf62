"""What docs/pkg-tests.md says of pkg's own tests agrees with the tests that it names."""

from __future__ import annotations

import pytest

from support.pkg_tests_page import SCENARIOS, names_of, path_of, pkg_tests

TESTS = pkg_tests()


def test_each_test_of_pkg_is_named_once() -> None:
    names = names_of((*TESTS.holds, *TESTS.differs, *TESTS.own))
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", sorted({name for group in TESTS.holds for name in group.by}))
def test_each_test_of_sealift_exists(name: str) -> None:
    assert path_of(name).is_file()


@pytest.mark.parametrize("scenario", sorted(path.stem for path in SCENARIOS.iterdir()))
def test_each_scenario_is_like_the_tests_that_it_is_listed_for(scenario: str) -> None:
    head = path_of(scenario).read_text(encoding="utf-8").partition("\n")[0]
    like = {name.removeprefix("test-") for name in head.removeprefix("like: ").split(", ")}
    listed = {name for group in TESTS.holds if scenario in group.by for name in group.tests}
    others = set(names_of(TESTS.differs))
    assert like - others == listed
