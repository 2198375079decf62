from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sealift.tools.subprocesses import CommandError, error_reason, redact, run


@pytest.mark.parametrize(
    "text",
    [
        "https://user:hunter2@example.com/simple/",
        "https://hunter2@example.com/simple/",
        "https://user:a@hunter2@example.com/",
        "https://user:hunt/hunter2@example.com/",
        "//registry.example.com/:_authToken=hunter2",
        "npm config _auth = hunter2",
        "Authorization: Bearer hunter2",
        'authorization: "Basic hunter2"',
        "GET https://example.com/node.tgz?token=hunter2&x=1",
        "GET https://example.com/node.tgz?X-Amz-Signature=hunter2",
        "password=hunter2",
    ],
)
def test_credentials_are_taken_out(text: str) -> None:
    assert "hunter2" not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com:8443/simple/ is not there",
        "npm error 404 Not Found - GET https://example.com/@scope%2fname",
    ],
)
def test_the_rest_is_kept(text: str) -> None:
    assert redact(text) == text


def test_a_error_reason_is_one_line_without_noise() -> None:
    said = error_reason(
        "WARNING: You are using pip version 20.3; however, version 26.3 is available.\n"
        "WARNING: Retrying (Retry(total=1)) after connection broken by"
        " 'NewConnectionError('<pip._vendor.X object at 0x7f11>: refused')': /simple/x/\n"
        "WARNING: Retrying (Retry(total=0)) after connection broken by"
        " 'NewConnectionError('<pip._vendor.X object at 0x7f12>: refused')': /simple/x/\n"
        "ERROR: No matching distribution found for x\n"
    )
    assert said == "NewConnectionError('refused')"


def test_of_a_traceback_the_exception_is_the_reason() -> None:
    with pytest.raises(CommandError, match=r"^ModuleNotFoundError: No module named 'absent'$"):
        run([sys.executable, "-c", "def f():\n    import absent\nf()"])
    with pytest.raises(CommandError, match=r"^ValueError: 2$"):
        run([sys.executable, "-c", "try: raise OSError(1)\nexcept OSError: raise ValueError(2)"])


def test_a_long_error_reason_is_cut() -> None:
    assert len(error_reason("ERROR: " + "x" * 10_000)) == 300


def test_a_failing_command_is_quoted_without_credentials() -> None:
    code = "import sys; sys.exit('cannot reach https://me:hunter2@example.com/x')"
    with pytest.raises(CommandError, match=r"^cannot reach https://example.com/x$"):
        run([sys.executable, "-c", code])


def test_a_silent_failure_names_program_and_code() -> None:
    with pytest.raises(CommandError, match=r"python.* ended with code 7"):
        run([sys.executable, "-c", "raise SystemExit(7)"])


def test_a_command_that_takes_too_long() -> None:
    with pytest.raises(CommandError, match="no answer within 1 seconds"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], seconds=1)


def test_a_command_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nothing cannot be run"):
        run([str(tmp_path / "nothing")])


def test_a_command_cannot_ask_for_input() -> None:
    assert run([sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))"]).strip() == "''"


def test_npms_stack_trace_is_no_reason() -> None:
    said = error_reason(
        "npm warn Unknown user config\n"
        "npm error code ECONNREFUSED\n"
        "npm error syscall connect\n"
        "npm error errno ECONNREFUSED\n"
        "npm error FetchError: request to https://me:hunter2@example.com/x failed\n"
        "npm error     at ClientRequest.<anonymous> (/usr/lib/index.js:130:14)\n"
        "npm error   code: 'ECONNREFUSED',\n"
        "npm error }\n"
    )
    assert said == "ECONNREFUSED; FetchError: request to https://example.com/x failed"
