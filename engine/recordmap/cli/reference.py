"""The command line as a page of the docs: what `docs/reference/cli.md` holds.

Commands, options and their variables come from the commands themselves; only what holds for all of them is written
here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from recordmap.cli.commands import COMMANDS, cli

_INTRODUCTION = """\
# The command line

One command, `recordmap`. Data goes to standard output; progress and messages go to standard error. Times are UTC, as
RFC 3339 writes them. What people read may change from version to version; what machines read (`--json`,
`--output-format json`) carries a `format_version` and changes only together with it, and keeps to a JSON Schema in
`schemas/cli`, such as that of [sync](../../schemas/cli/sync-output.schema.json).

Most commands work on a project: the folder with `integration.yaml` at or above the current one, or `--project DIR`.

## Exit codes

| code | meaning |
| --- | --- |
| 0 | done and clean |
| 1 | findings, failed cases, records that failed, or a source or store that is out of reach |
| 2 | wrong usage or configuration |
| 3 | a fault of recordmap itself |
| 4 | `plan --detailed-exitcode` only: there is something to write, and nothing would fail |
| 130, 143 | stopped by Ctrl-C or SIGTERM; `sync` ends after the page in hand, and nothing is lost |

## Environment variables

| variable | meaning |
| --- | --- |
| `KLAVIYO_API_KEY` | the private key (`pk_…`) that profiles are read with; never kept in a file |
| `RECORDMAP_SOURCE_URL` | the address of the source, instead of the one in the integration file |
| `RECORDMAP_SOURCE_FILE` | the file of a source, instead of the one in the integration file |
| `RECORDMAP_STORE_URL` | the store (`sqlite:///customers.db`), where the integration file names none |
| `RECORDMAP_MASK_KEY` | the key that fakes of `capture` depend on, at least 16 characters; else `.recordmap/mask.key` |
| `RECORDMAP_PROJECT` | the project folder, as `--project` |
| `RECORDMAP_COLOR` | `auto`, `always` or `never`, as `--color` |
| `RECORDMAP_LOG` | how much is logged to standard error: `debug`, `info`, `warning` (default) or `error` |
| `RECORDMAP_LOG_FORMAT` | `text` or `json`, as `--log-format` |
| `OTEL_…` | where traces go (`sync --traces`), as [OpenTelemetry](https://opentelemetry.io/docs/specs/otel/protocol/\
exporter/) has it |
| `NO_COLOR` | anything but empty text: no colours, unless `--color always` asks for them |
| `RECORDMAP_DEBUG` | anything but empty text: show where a fault of recordmap itself came from |

Every other option can come from a variable too, called `RECORDMAP_`, the command and the option: the `--limit` of
`recordmap journal` is `RECORDMAP_JOURNAL_LIMIT`. The command line stands above the environment.

## How commands are called

What a command is about is an argument, and stands without a name: the records of `map`, `match`, `drift` and `capture`,
the plan of `apply`, the person of `forget`. What it takes beside that is an option: `diff` is about two states of a
project, and `--records` are what it tries them on; `explain` is about a field, and `--record` is the one it explains.
Only two options must be there: `map --collection`, which maps, and `impact --remove`, which is supposed.

A file of records holds one JSON object a line (NDJSON), or one JSON array. It may be compressed (`.gz`, `.zst`), and
`-` is standard input.

An option has one meaning, wherever it is:

| option | meaning |
| --- | --- |
| `--limit N` | at most so many are shown, made or read |
| `-o`, `--output` | where the result goes, instead of the usual place |
| `--output-format` | how the result is written; `--json` where there is one other format, for people |
| `--existing`, `--previous` | records of the destination, and source records as last synced, for Updates |
| `--full` | everything is read, not only what changed since the last poll |
| `--dry-run` | what would be done is shown, and nothing is written |
| `--show-values` | values are shown too, which are personal data |

## The log

Commands that read or write a store log to standard error, at the level of `RECORDMAP_LOG`. A message is always one
line: line breaks in it, and what a terminal would obey, are written as escapes. Values of records and keys are never
logged; a source ID is, unless it looks like something else.

With `--log-format json` each line is one JSON object, and so is whatever else is said on standard error:

| member | meaning |
| --- | --- |
| `time` | RFC 3339 in UTC, with milliseconds |
| `level` | `debug`, `info`, `warning` or `error` |
| `event` | what happened, see below |
| `message` | the same for people |
| `run` | the number of the run, while one goes on |
| others | facts of this event: `source_id`, `code`, `status`, `counts`, `records`, `seconds`, `wait_seconds`… |

| event | level | what happened |
| --- | --- | --- |
| `run-started`, `run-ended` | info | a poll, Manual Sync, retry, plan or undo: at its end `status` and `counts` |
| `page-transferred` | debug | `records` were written, or found unchanged, within `seconds` |
| `record-failed` | warning | a record is in the error log: `source_id`, `code`. From level info on |
| `request-repeated`, `quota-used-up` | info | the source asked for patience: `wait_seconds` |
| `cursor-refused`, `unit-repeated` | info | a part of the work is done again because of others |
| `page-repeated` | error | a fault of ours: a page is done again record by record |
| `life-not-shown` | info | the store was out of reach while the source was waited for: the run goes on |
| `revision-retired`, `run-end-not-noted` | warning | what the message says |
| `run-broken-off` | error | a run did not come to its end: `code` |
| `poll-put-off`, `lease-not-given-up` | warning | the store is out of reach; `sync --every` goes on |
| `stopping` | info | a signal asked for an end |
| `metrics-served`, `metrics-open` | info, warning | where metrics are, and that others can read them |
| `metrics-behind` | warning | the store is out of reach, so its part of the metrics is old |
| `message` | any | what a library says, such as OpenTelemetry of a collector that is away |
| `wrong-usage`, `wrong-configuration`, `finding` | error | what has to be changed before the command can run |
| `out-of-reach`, `system-error`, `our-fault` | error | why a command ended early |

## Formats of check and test

| `--output-format` | for |
| --- | --- |
| `full` | people: each finding with its line, the fault underlined, and a hint |
| `concise` | people and simple tools: one line a finding |
| `json` | programs, as the schemas of [check](../../schemas/cli/check-output.schema.json) and \
[test](../../schemas/cli/test-output.schema.json) have it |
| `sarif` | code scanning: SARIF 2.1.0, with rules, fixes and fingerprints |
| `github` | GitHub Actions: annotations in a pull request |
| `gitlab` | GitLab: a Code Quality report |
| `junit` | `recordmap test` only: build servers |

Names of files are relative to the current folder, so that these reports fit a repository when the command runs at its
top. [Check in CI](../how-to/check-in-ci.md) shows how.

## Fixes

`recordmap check --fix` repairs what is certain: a value that needs quotes, and a name that is a slip of just one other.
It changes these letters and nothing else: comments, order, layout and line ends stay. Then it checks again, and a fix
that would make anything worse is left out. `--diff` shows the changes and writes nothing. `--select` and `--ignore`
choose what is repaired. `3 fixed, 1 left` tells how it went; the exit code is that of what is left.
"""

_AS_IT_IS = re.compile(r"\x08\n(.*?)(?=\n\n|\Z)", re.DOTALL)
"""A paragraph that a help page doesn't fold: click knows it by a line with nothing but a backspace."""


def reference() -> str:
    """Return all commands as one Markdown document."""
    parts = [_INTRODUCTION, "## Commands\n", "\n".join(_overview())]
    with click.Context(cli, info_name="recordmap") as context:
        for name in COMMANDS:
            command = cli.get_command(context, name)
            if command is not None:
                parts.extend(_sections(command, name, context, "##"))
    return "\n".join(parts)


def _overview() -> Iterator[str]:
    yield "| command | does |\n| --- | --- |"
    for name, does in COMMANDS.items():
        yield f"| [`{name}`](#recordmap-{name}) | {does} |"
    yield ""


def _sections(command: click.Command, name: str, above: click.Context, mark: str) -> Iterator[str]:
    """Yield the section of a command, and those of the commands below it."""
    with click.Context(command, parent=above, info_name=name) as context:
        yield "\n".join(_section(command, context, mark))
        if isinstance(command, click.Group):
            for below in command.list_commands(context):
                found = command.get_command(context, below)
                if found is not None:
                    yield from _sections(found, below, context, f"{mark}#")


def _section(command: click.Command, context: click.Context, mark: str) -> Iterator[str]:
    yield f"{mark} {context.command_path}\n"
    yield f"`{' '.join([context.command_path, *command.collect_usage_pieces(context)])}`\n"
    yield f"{_AS_IT_IS.sub(_block, inspect.cleandoc(command.help or ''))}\n"
    options = [one for one in command.params if isinstance(one, click.Option)]
    if options:
        yield "| option | what it does | variable |\n| --- | --- | --- |"
        yield from (_row(option, context) for option in options)
        yield ""


def _block(found: re.Match[str]) -> str:
    return f"```text\n{found[1]}\n```"


def _row(option: click.Option, context: click.Context) -> str:
    value = "" if option.is_flag else f" {option.make_metavar(context).removesuffix(' RANGE')}"
    spelled = ", ".join([*option.opts, *option.secondary_opts]) + value
    notes = [option.help or ""]
    if option.required:
        notes.append("Required.")
    if isinstance(option.type, click.IntRange):
        notes.append(_range(option.type))
    if option.show_default:
        notes.append(f"Default: {option.default}.")
    cells = (f"`{spelled}`", " ".join(filter(None, notes)), f"`{option.envvar}`")
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _range(numbers: click.IntRange) -> str:
    return f"At least {numbers.min}." if numbers.max is None else f"From {numbers.min} to {numbers.max}."
