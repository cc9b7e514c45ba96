"""Records of a file that are looked at together: what can't be read is left out, and that is said."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import click


def readable(path: Path, most: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield the records of a file, or those among its first ones; tell at the end how many can't be read.

    Raises:
        ConfigurationError: the file can't be read.
    """
    from recordmap.streams.broken import Malformed
    from recordmap.streams.reading import Input
    from recordmap.streams.records import records

    unread = 0
    with Input(path) as stream:
        for record in islice(records(stream), most):
            if isinstance(record, Malformed):
                unread += 1
            else:
                yield record
    if unread:
        click.echo(f"left out, because unreadable: {unread:,}", err=True)
