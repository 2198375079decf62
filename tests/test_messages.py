"""Every message that users may see: its catalogue, its wording, and the calls that fill it in."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sealift.errors import ErrorMessage, SealiftError, placeholders
from sealift.findings import FindingMessage, Severity
from support import generate
from support.catalogues import SOURCE, Message, all_messages, module_name

MESSAGES = all_messages()
LONGEST = 400
"""How many characters a message or remedy may have, its names included."""

LOWER_CASE_NAMES = (
    "sealift ",
    "musl ",
    "musl's ",
    "npm",
    "pip ",
    "package.json ",
    "pkg.",
    "--",
    "libstdc++ ",
)
"""How a sentence may begin besides a capital letter, a quotation mark and a placeholder."""

VERBS = """
add allow ask build change check choose clear close compile configure connect convert copy correct
create declare delete disable download drop enable enter exclude extract fetch fix flatten free
give grant include increase install join keep leave let limit list lower make mount move name omit
order package pass point publish put quote raise rebuild redirect reduce regenerate reinstall
remove rename replace report request resolve restart restore retry run search see set shorten sign
print spell split start state stop supply try turn type unset update upgrade use verify wait write
"""
"""What a remedy may begin with; add a verb if it says best what to do."""

WITHOUT_REMEDY = re.compile(r"^(\{\w+\}|Once |If |On |In |With |For |After )")
"""Remedies whose first word is not fixed, or which begin with a condition."""

AVOIDED = re.compile(
    r"\b(anew|mend|whoever|to be had|is told|are told|at hand|hoped|swept|lies|nobody|somebody"
    r"|shall|ought|hence|thereof|wherein)\b",
    re.IGNORECASE,
)
"""Words that docs/style.md rules out."""


@pytest.mark.parametrize("path", generate.PAGES, ids=lambda path: path.name)
def test_generated_pages_are_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == generate.PAGES[path](), "run: dev.py generate"


@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_a_message_is_a_sentence_and_its_remedy_an_instruction(message: Message) -> None:
    value = message.value
    values = {name: sample(name) for name in placeholders(value.text, value.remedy)}
    if isinstance(value, ErrorMessage):
        error = value.error(**values)
        text, remedy = error.message, error.remedy
        assert remedy, "an error needs a remedy"
    else:
        finding = value.finding(Severity.WARNING, **values)
        text, remedy = finding.message, finding.remedy
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value.code)
    check_sentence(value.text, text)
    if remedy:
        check_sentence(value.remedy, remedy)
        first = value.remedy.split()[0].lower().rstrip(",;:")
        assert first in VERBS.split() or WITHOUT_REMEDY.match(value.remedy), f"not a verb: {first}"


def sample(name: str) -> str:
    """Return a value for a placeholder; braces in a value must not matter."""
    return "a{b}c" if name == "path" else name


def check_sentence(template: str, rendered: str) -> None:
    first = template[0]
    assert first.isupper() or first in "'`{" or template.startswith(LOWER_CASE_NAMES), template
    assert template[-1] in ".}" or template.endswith((".)", "?")), template
    assert len(rendered) <= LONGEST, len(rendered)
    assert "  " not in rendered and "\n" not in rendered and rendered == rendered.strip()
    assert not AVOIDED.search(rendered), AVOIDED.search(rendered)
    assert rendered.count("(") == rendered.count(")"), rendered


def test_a_code_has_one_exit_code() -> None:
    exit_codes: dict[str, set[int]] = {}
    for message in MESSAGES:
        if isinstance(message.value, ErrorMessage):
            exit_codes.setdefault(message.value.code, set()).add(message.value.kind.exit_code)
    assert {code: found for code, found in exit_codes.items() if len(found) > 1} == {}


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


CALLS = [
    pytest.param(path, call, id=f"{path.relative_to(SOURCE)}:{call.lineno}")
    for path, tree in sources()
    for call in ast.walk(tree)
    if isinstance(call, ast.Call)
    and isinstance(call.func, ast.Attribute)
    and call.func.attr in ("error", "finding")
    and re.fullmatch(r"(\w+\.)*_?[A-Z][A-Z0-9_]+", ast.unparse(call.func.value))
]


def test_there_are_calls() -> None:
    assert len(CALLS) > 50


@pytest.mark.parametrize(("path", "call"), CALLS)
def test_a_call_gives_what_its_template_needs(path: Path, call: ast.Call) -> None:
    assert isinstance(call.func, ast.Attribute)
    message = resolve(path, ast.unparse(call.func.value))
    given = {keyword.arg for keyword in call.keywords}
    if isinstance(message, FindingMessage):
        assert len(call.args) == 1, "a finding takes its severity first"
        given -= {"file", "line"}
    else:
        assert isinstance(message, ErrorMessage)
        assert call.args == []
    needed = placeholders(message.text, message.remedy)
    if None in given:  # **values
        assert given - {None} <= needed
    else:
        assert given == needed


def resolve(path: Path, expression: str) -> object:
    """Return what an expression such as ``messages.HOST_UNKNOWN`` means in a module."""
    first, *rest = expression.split(".")
    value = getattr(importlib.import_module(module_name(path)), first, None)
    if value is None:  # imported in a function
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    if (alias.asname or alias.name) == first:
                        value = getattr(importlib.import_module(node.module), alias.name)
    for name in rest:
        value = getattr(value, name)
    return value


def test_every_message_is_used() -> None:
    code = [path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py")]
    unused = [
        str(message)
        for message in MESSAGES
        if sum(len(re.findall(rf"\b{message.name}\b", text)) for text in code) < 2
    ]
    assert unused == []


def error_types(kind: type[SealiftError] = SealiftError) -> Iterator[str]:
    yield kind.__name__
    for below in kind.__subclasses__():
        yield from error_types(below)


def is_text(argument: ast.expr) -> bool:
    return any(
        isinstance(node, ast.JoinedStr) or isinstance(getattr(node, "value", None), str)
        for node in ast.walk(argument)
    )


def test_errors_are_raised_from_catalogues_only() -> None:
    names = frozenset(error_types()) - {"IncompleteProjectError"}
    packages = set()
    for path, tree in sources():
        if (
            path.name.endswith("messages.py")
            or path.name == "errors.py"
            or path == SOURCE / "sealift" / "findings.py"
        ):
            continue
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call) or not any(map(is_text, call.args)):
                continue
            if ast.unparse(call.func).rpartition(".")[2] in names:
                packages.add(".".join(module_name(path).split(".")[:2]))
    assert packages == set()
