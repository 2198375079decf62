"""Hooks that are commands of the system's shell."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping

from sealift.hooks.output import BoundedOutput
from sealift.hooks.process import StoppedError
from sealift.tools.children import failure, kill_tree, listed, starts_group, wait_or_kill


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

    with listed(process, group=group):
        output = BoundedOutput(process.stdout, printed, kill, size)
        try:
            code = wait_or_kill(process, seconds, group=group)
        except subprocess.TimeoutExpired:
            output.end()
            raise StoppedError(f"it took more than {seconds:g} seconds") from None
    output.join()
    if output.exceeded:
        raise StoppedError(f"it printed more than {size >> 20} MiB")
    if code:
        raise StoppedError(failure(code))
