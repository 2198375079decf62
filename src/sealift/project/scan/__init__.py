r"""What one JavaScript file asks for: modules, files beside it, workers, scripts.

``scan(source, module=None)`` is a pure function of the file's bytes::

    findings = scan(path.read_bytes(), module=None)

It never raises on any input. What cannot be parsed is in ``problems``, and what could be read
around it is still reported.

How it works. The words that can start anything are looked up in the bytes (`words`). A file
without one is not parsed at all. Of a larger file, every ``{...}`` body that holds none of them
is emptied before parsing (`prune`): typescript's 9 MB shrink to a fraction, and nothing that
is asked for can be lost, because what is left out holds no such word. Each word is then traced
(`trace`): up to the largest expression that is still known (`evaluate`, `bindings`, `results`,
`known`, `scopes`), into the calls it makes (`calls`, `guards`), and on to what becomes of it
(`settle`, `uses`, `handed`). Where a name that matters is used or assigned in what was left out,
a larger outline is traced.

Each step takes time in proportion to the size of the file (`names`).

Identifiers written with escapes (``r\u0065quire``) and what ``eval`` makes are not seen.
"""

from sealift.project.scan.scanner import find_references, syntax_problems

__all__ = ["find_references", "syntax_problems"]
