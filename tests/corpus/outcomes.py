"""What a program of the corpus does, in words that do not depend on where and when it runs."""

from __future__ import annotations

import fnmatch
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_TEXT = 200_000  # bytes; of a longer file the digest is compared

# Durations, process ids, the program's name, and ports that it chose.
_VARIES = (
    (r"\x1b\[[0-9;?]*[A-Za-z]", ""),
    (r"\(node:\d+\)", "(node)"),
    (r"`\S+ --trace-", "`node --trace-"),  # Node names its own program
    (r"\b\d+(?:\.\d+)?\s?(?:ns|µs|μs|ms|s|m|sec|seconds|milliseconds)\b", "<time>"),
    (r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?", "<time>"),
    (r"\b\d\d?:\d\d:\d\d(?:\.\d+)?(?: ?[AP]M)?", "<time>"),
    (r"(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::\]|\[::1\]):\d+", r"\1:<port>"),
)
_ON_WINDOWS = re.compile(r"(?:[A-Z]:\\+snapshot|Z:\\+work\\+\w+\\+project)\\+[\w.@\\+-]*")
_IN_WINE = re.compile(r"Z:\\+work\\+\w+\\+cwd((?:\\+[\w.-]+)*)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one call: the exit code, and texts by name: outputs, files, responses."""

    code: int
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Normalise:
    """Replaces what differs between two places and two moments.

    Attributes:
        places: directories by the word that replaces them.
        ignore: regular expressions; what they match is removed.
    """

    places: Mapping[str, str]
    ignore: Sequence[str] = ()

    def __call__(self, text: str) -> str:
        """Return ``text`` in comparable form."""
        text = text.replace("\r\n", "\n")
        for word, place in self.places.items():
            text = text.replace(place, word)
        # The working directory in Wine's root.
        text = re.sub(_IN_WINE, lambda found: "<cwd>" + re.sub(r"\\+", "/", found[1]), text)
        text = re.sub(_ON_WINDOWS, lambda found: _posix(found[0]), text)
        # Packaged files are below the mount point, from their common directory on: the project's,
        # whose name is `project`, or one in it.
        text = re.sub(
            r"(?:/snapshot(?:/project\b)?|<project>)(?:/[^\s'\"():,]*?(?=/node_modules/))?",
            "<p>",
            text,
        )
        text = text.replace("<p>/node_modules/", "<p>/")
        for pattern, word in _VARIES:
            text = re.sub(pattern, word, text)
        for pattern in self.ignore:
            text = re.sub(pattern, "", text, flags=re.MULTILINE)
        return text


def _posix(path: str) -> str:
    """Return a path below the mount point, or in a project, as on other platforms."""
    return "/snapshot/" + re.sub(r"^/[\w-]+/(?:\w+/project/)?", "", re.sub(r"\\+", "/", path[2:]))


def written_files(directory: Path, volatile: Sequence[str]) -> dict[str, str]:
    """Return the contents of the files below ``directory`` by their relative paths.

    Those that match a pattern of ``volatile`` and caches are left out.
    """
    found = {}
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        if any(fnmatch.fnmatch(name, pattern) for pattern in ("*node_modules/.*", *volatile)):
            continue
        if path.is_file():
            data = path.read_bytes()
            try:
                text = data.decode()
            except UnicodeDecodeError:
                text = hashlib.sha256(data).hexdigest()
            found[name] = text if len(data) < _TEXT else hashlib.sha256(data).hexdigest()
    return found


def difference(wanted: Outcome, got: Outcome) -> str:
    """Return one line that says how the outcomes differ, or "" if they do not."""
    if got.code != wanted.code:
        said = got.texts.get("stderr", "").strip() or got.texts.get("stdout", "").strip()
        return f"exit code {got.code}, not {wanted.code}: {_telling(said)}"
    for name in dict.fromkeys([*wanted.texts, *got.texts]):
        one, other = wanted.texts.get(name), got.texts.get(name)
        if other is None:
            return f"{name} is missing"
        if one is None:
            return f"{name} is there, unlike with Node"
        if one != other:
            return f"{name}: {_first_difference(one, other)}"
    return ""


def _telling(text: str) -> str:
    """Return the line of an output that names the error."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(\w*Error\b|\S*rror:|panic|.*: error)", line)]
    return (errors or lines or ["no output"])[0][:200]


def _first_difference(wanted: str, got: str) -> str:
    one, other = wanted.splitlines(), got.splitlines()
    for number, (left, right) in enumerate(zip(one, other, strict=False), 1):
        if left != right:
            pairs = enumerate(zip(left, right, strict=False))
            same = next((at for at, (a, b) in pairs if a != b), 0)
            start = max(0, same - 40)
            found, expected = (line[start:].strip()[:110] for line in (right, left))
            return f"line {number} is {found!r}, not {expected!r}"
    if len(other) > len(one):
        return f"further line {other[len(one)].strip()[:150]!r}"
    missing = one[len(other)].strip()[:150] if len(one) > len(other) else "a line end"
    return f"ends before {missing!r}"
