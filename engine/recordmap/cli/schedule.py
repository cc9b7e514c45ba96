"""Polling every so often: whose turn it is, how long to wait, and what the one that waits says."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import click

from recordmap.cli.logs import say
from recordmap.cli.monitors import ignore

if TYPE_CHECKING:
    import threading

    from recordmap.cli.monitors import Take
    from recordmap.connectors.destination import Lease
    from recordmap.session import Session
    from recordmap.sync.lease import PollLease


class Poll(Protocol):
    """Makes one poll under a lease, tells what came of it, and returns its exit code."""

    def __call__(self, *, full: bool, lease: PollLease | None) -> int:
        """Make the poll."""
        ...


class Schedule:
    """Polls until it is told to stop; of several processes with one store only the one with the lease does."""

    def __init__(
        self, session: Session, every: int, stopping: threading.Event, *, as_json: bool, take: Take = ignore
    ) -> None:
        self._lease = session.lease()
        self._pause = timedelta(seconds=every)
        self._stopping = stopping
        self._as_json = as_json
        self._take = take
        self._told: str | None = None

    def run(self, poll: Poll, *, full: bool) -> int:
        """Poll every so often until stopped; return the exit code of the last poll.

        `full` is for the first poll that is made here.
        """
        from recordmap.connectors.base import ConnectorError

        code = 0
        while not self._stopping.is_set():
            try:
                other = self._lease.take()
                if other is None:
                    self._told = None
                    code, full = poll(full=full, lease=self._lease), False
                    # From now on the lease covers the pause too.
                    self._lease.take(self._pause)
                wait = self._pause if other is None else self._wait_for(other)
            except ConnectorError as error:
                if not error.transient:
                    raise
                told = f"{error.message} ({error.code}); trying again later"
                say("poll-put-off", told, level="warning", code=error.code)
                code, wait = 1, self._pause
            self._stopping.wait(wait.total_seconds())
        self._end()
        return code

    def _wait_for(self, other: Lease) -> timedelta:
        """Say who polls, once for each; return how long to wait before asking again."""
        self._take(None)
        from recordmap.cli.output import print_json
        from recordmap.cli.transfers import time_text

        if other.holder != self._told:
            self._told = other.holder
            until = time_text(other.expires_at)
            if self._as_json:
                told = {"format_version": "1.0", "status": "waiting", "holder": other.holder, "until": until}
                print_json(told, one_line=True)
            else:
                click.echo(f"{other.holder} is polling, and has until {until} for it; waiting for it to end")
        return max(timedelta(seconds=1), min(self._pause, self._lease.remaining(other)))

    def _end(self) -> None:
        from recordmap.connectors.base import ConnectorError

        try:
            self._lease.give_up()
        except ConnectorError as error:
            # The lease runs out by itself; the process was asked to end, and ends.
            told = f"the lease was not given up ({error.code}); it runs out by itself"
            say("lease-not-given-up", told, level="warning", code=error.code)
