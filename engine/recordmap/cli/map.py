"""`recordmap map`: records from a file to a file, without a store."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recordmap.cli.options import RECORDS_FILE, OutputFile, color_option, load_engine, project_option

if TYPE_CHECKING:
    from recordmap.batch.part import Reject, Tally

_STDIO = Path("-")

_File = OutputFile()


@click.command("map")
@click.option("-c", "--collection", required=True, metavar="NAME", help="The collection that maps.")
@click.argument("records", metavar="[RECORDS]", type=RECORDS_FILE, default="-")
@click.option("-o", "--output", type=_File, default="-", help="Where mapped records go. Default: stdout.")
@click.option("--existing", type=RECORDS_FILE, help="Existing destination records, for Updates.")
@click.option("--previous", type=RECORDS_FILE, help="Source records as they were last synced, for Updates.")
@click.option("--rejects", type=_File, help="Where rejected records go, with their reasons.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    metavar="N",
    default=1,
    show_default=True,
    help="Processes that map.",
)
@click.option(
    "--on-error",
    type=click.Choice(["reject", "stop"]),
    default="reject",
    show_default=True,
    help="Go on after a rejected record, or stop at the first.",
)
@click.option(
    "--with-outcome", is_flag=True, help="Write the outcome of every record, not mapped records alone."
)
@project_option
@color_option
def command(
    collection: str,
    records: Path,
    output: Path,
    existing: Path | None,
    previous: Path | None,
    rejects: Path | None,
    jobs: int,
    on_error: str,
    with_outcome: bool,
    project: Path,
) -> int:
    """Map the records of a file: RECORDS has one JSON object a line (NDJSON), or one JSON array of them.

    RECORDS and the other files may be compressed (.gz, .zst); - is standard input or output. Records come out one a
    line, in the order they went in. A line that can't be read is a rejected record: it is no JSON object, is longer
    than 1 MB, or nested deeper than 64 levels. A number that is too large for any reader, such as 1e400, counts only
    where the template reads it.

    Rejects are {"line", "source_id", "code", "message", "field", "record"}; for an array "item" instead of "line". With
    --with-outcome lines are {"outcome", "source_id", "record", "reason"}.

    --existing is NDJSON or an array of destination records, or of {"id", "record", "external_ids"}. The last is by
    integration: {"klaviyo": "44552"}, or a list of IDs. They are matched by the match rules of the integration. A
    record without a match is mapped as if nothing existed. --previous is NDJSON or an array of source records, found by
    their ID: what a formula reads as `previous`.

    Files are put in place when the run is over, as a whole or not at all; what went to standard output stays. Ends with
    0 when no record was rejected, with 1 otherwise.
    """
    from recordmap.batch.faults import WorkerLostError
    from recordmap.batch.mapper import Wishes
    from recordmap.batch.project import Recipe
    from recordmap.batch.run import Jobs, run
    from recordmap.batch.writing import Output
    from recordmap.cli.progress import progress
    from recordmap.streams.reading import Input

    if rejects is not None and rejects.resolve() == output.resolve():
        raise click.UsageError("records and rejects can't go to the same place")
    for read in (records, existing, previous):
        for written in (output, rejects):
            if read is not None and written is not None and _is_same_file(read, written):
                raise click.UsageError(
                    f"{written} would take the place of what is read from it; name another file"
                )
    if (records, existing, previous).count(_STDIO) > 1:
        what = "existing" if existing == _STDIO else "previous"
        raise click.UsageError(f"records and {what} records can't both come from standard input")
    if jobs > 1 and _STDIO in (existing, previous):
        raise click.UsageError(
            "with --jobs, existing and previous records come from files: every process reads them"
        )
    wishes = Wishes(with_outcome=with_outcome, keep_rejects=rejects is not None, stop=on_error == "stop")
    mapper, recipe = Recipe(load_engine, project.resolve(), collection, wishes, existing, previous).first()
    # What is there now stays to the end, so the collector need not walk over it again and again.
    gc.freeze()
    begin = time.perf_counter()
    with ExitStack() as stack:
        stream = stack.enter_context(Input(records))
        out = stack.enter_context(Output(None if output == _STDIO else output))
        refused = None
        if rejects is not None:
            refused = stack.enter_context(Output(None if rejects == _STDIO else rejects))
        in_the_way = output == _STDIO and sys.stdout.isatty()
        bar = stack.enter_context(progress("Mapping", stream.size, shown=not in_the_way))
        try:
            tally = run(
                mapper,
                stream,
                out,
                refused,
                jobs=Jobs(jobs, recipe) if jobs > 1 else None,
                on_progress=bar.read,
            )
        except WorkerLostError as error:
            click.echo(f"recordmap: {error}", err=True)
            return 3
        except BrokenPipeError:
            # Whoever read the records has seen enough; click would call that a failure. Python would complain once
            # more when it closes the standard output.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
    seconds = time.perf_counter() - begin
    if tally.stopped_by is not None:
        click.echo(_stopped(tally.stopped_by, tally, nothing_written=output != _STDIO), err=True)
        return 1
    for line in _summary(
        tally, seconds, with_matches=existing is not None, keeps_rejects=rejects is not None
    ):
        click.echo(line, err=True)
    return 1 if tally.rejected else 0


def _is_same_file(one: Path, other: Path) -> bool:
    """Whether two names lead to one regular file, through links of whatever kind."""
    try:
        return one.is_file() and one.samefile(other)
    except OSError:
        return False


def _stopped(reject: Reject, tally: Tally, *, nothing_written: bool) -> str:
    field = f"{reject.field}: " if reject.field else ""
    after = "; nothing was written" if nothing_written else ""
    return (
        f"recordmap: stopped at {tally.unit} {reject.number}: {field}{reject.message} [{reject.code}]{after}"
    )


def _summary(tally: Tally, seconds: float, *, with_matches: bool, keeps_rejects: bool) -> Iterator[str]:
    counts = f"mapped {tally.mapped:,}, skipped {tally.skipped:,}, rejected {tally.rejected:,}"
    rate = f" ({tally.records / seconds:,.0f} records/s)" if seconds > 0 else ""
    yield f"{counts} in {seconds:.1f} s{rate}"
    if with_matches:
        yield f"{tally.matched:,} of {tally.records:,} belong to an existing record"
    width = max((len(code) for code in tally.codes), default=0)
    for code, count in sorted(tally.codes.items(), key=lambda pair: -pair[1].times):
        yield f"  {code:<{width}}  {count.times:>9,}  first: {tally.unit} {count.first}"
    if tally.rejected and not keeps_rejects:
        yield "  --rejects FILE keeps them, with their reasons"
