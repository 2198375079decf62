"""A limit to the time of each step."""

from __future__ import annotations

import threading

from sealift.tools.time_limit import TimeLimit

_LONG = 60.0


def test_a_step_that_takes_too_long_is_reported_once_while_it_is_under_way() -> None:
    reported = threading.Event()
    calls: list[bool] = []

    def overdue() -> None:
        calls.append(True)
        reported.set()

    limit = TimeLimit(overdue)
    with limit.step(_LONG):
        assert not reported.is_set()
    # The thread waits for the end of the first step, which is later.
    with limit.step(0.01):
        assert reported.wait(_LONG)
    with limit.step(_LONG):
        pass
    limit.close()
    assert calls == [True]


def test_all_steps_share_one_thread_which_ends() -> None:
    before = set(threading.enumerate())
    limit = TimeLimit(lambda: None)
    for _ in range(100):
        with limit.step(_LONG):
            started = set(threading.enumerate()) - before
    assert len(started) == 1
    limit.close()
    (thread,) = started
    thread.join(_LONG)
    assert not thread.is_alive()
