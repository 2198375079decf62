"""Hooks that are commands of the system's shell."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping

from sealift.hooks.output import BoundedOutput
from sealift.hooks.process import StoppedError
from sealift.tools.children import kill_tree, listed, starts_group


def run_command(
    command: str,
    environment: Mapping[str, str],
    printed: Callable[[str], None],
    seconds: float,
    size: int,
) -> None:
    """Run a command as pkg does: in the working directory, with all variables of this process.

    Args:
        command: for the system's shell.
        environment: more variables.
        printed: gets each line that it prints.
        seconds: that it may take.
        size: bytes that it may print.

    Raises:
        StoppedError: it failed; the message says how.
    """
    group = starts_group()
    try:
        process = subprocess.Popen(  # noqa: S602 - the setting is a command for the shell
            command,
            shell=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=group,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise StoppedError(f"it cannot be started: {reason}") from error
    assert process.stdout is not None

    def kill() -> None:
        kill_tree(process, group=group)

    output = BoundedOutput(process.stdout, printed, kill, size)
    with listed(process, group=group):
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            kill()
            process.wait()
            output.end()
            raise StoppedError(f"it took more than {seconds:g} seconds") from None
    output.join()
    if output.exceeded:
        raise StoppedError(f"it printed more than {size >> 20} MiB")
    if code:
        raise StoppedError(f"signal {-code}" if code < 0 else f"exit code {code}")
