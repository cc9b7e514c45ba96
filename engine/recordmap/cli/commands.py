"""The commands: found by name, imported one at a time, and their exceptions turned into exit codes.

0 done and clean · 1 findings, failed tests or records that failed · 2 wrong usage or configuration · 3 our own fault
· 130 and 143 stopped by a signal (see `main`).
"""

from __future__ import annotations

import errno
import importlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from recordmap import __version__
from recordmap.cli.standard import discard_output
from recordmap.diagnostics import ConfigurationError, TemplateError
from recordmap.diagnostics.findings import suggestion

GROUPS: Mapping[str, Mapping[str, str]] = {
    "Begin": {
        "init": "make a ready project",
        "demo": "see everything work, from a local Klaviyo API to customers",
        "sandbox": "serve a local Klaviyo API with generated profiles",
        "upgrade": "take a newer delivery of the templates, and keep what was changed",
    },
    "Write templates": {
        "check": "check templates, lookups, integration and cases files",
        "test": "run cases files",
        "fuzz": "search for a record that breaks a template",
        "capture": "turn real transfers into cases, without the people in them",
        "rule": "explain a diagnostic code",
        "functions": "list the functions of formulas, or explain one",
        "schema": "print a JSON Schema",
        "lsp": "serve an editor: findings, completion and quick fixes while you type",
    },
    "Ask": {
        "explain": "show why a field has its value",
        "diff": "show what an edit does to real records",
        "where": "show where a field or a path is used",
        "impact": "show what would follow if the source sent something no more",
        "drift": "compare source records with their schema",
        "docs": "write the mapping document of each collection",
    },
    "Move records": {
        "map": "map records from a file to a file",
        "match": "show which record each source record would be matched to",
        "plan": "show what the next sync would do",
        "apply": "do exactly what a plan says",
        "sync": "poll the source and bring the destination up to date",
        "sync-one": "transfer single records by their ID",
    },
    "Look after": {
        "status": "show the last poll, the watermark and counts",
        "report": "write a page with charts of runs, outcomes, errors and lag",
        "errors": "list, show, retry, dismiss or prune failed transfers",
        "journal": "show what syncs wrote, and why",
        "undo": "take back what a sync wrote",
        "forget": "delete what the store holds of one person",
    },
}
"""The commands by what they are for, in the order of the help page."""

COMMANDS = {name: does for group in GROUPS.values() for name, does in group.items()}


class _NobodyReads(Exception):  # noqa: N818 - no error: whoever read our output has seen enough
    """The pipe that output went to was closed. click and rich would end with 1."""


@contextmanager
def _until_nobody_reads() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise _NobodyReads from None
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):
            raise _NobodyReads from None
        raise


class Commands(click.Group):
    """A group whose commands are imported when they are called."""

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """Read the arguments; --help is printed here."""
        with _until_nobody_reads():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            with _until_nobody_reads():
                return super().invoke(ctx)
        except click.UsageError as error:
            command = self.get_command(ctx, ctx.invoked_subcommand or "")
            if error.ctx is None and command is not None:  # click's parser doesn't say of which command it is
                error.ctx = click.Context(command, ctx, ctx.invoked_subcommand)
            raise

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands, in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"recordmap.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        _name_variables(command, f"RECORDMAP_{_shouted(cmd_name)}")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown one is answered with the nearest."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = suggestion(args[0], COMMANDS) or "recordmap --help lists them"
            raise ConfigurationError(f"there is no command '{args[0]}'", hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write the list of commands without importing any."""
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl(list(commands.items()))


def _name_variables(command: click.Command, prefix: str) -> None:
    """Let every option come from a variable that is called like it; click would name it by our parameter."""
    for option in command.params:
        if isinstance(option, click.Option) and option.envvar is None:
            longest = max(option.opts, key=len)
            option.envvar = f"{prefix}_{_shouted(longest.removeprefix('--'))}"
    for name, below in getattr(command, "commands", {}).items():
        _name_variables(below, f"{prefix}_{_shouted(name)}")


def _shouted(name: str) -> str:
    return name.replace("-", "_").upper()


def _print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"recordmap {__version__}")
        ctx.exit()


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 clean, 1 findings or failed records, 2 wrong usage, 3 a fault of recordmap.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version.",
)
def cli() -> None:
    """Map records from one system to another by YAML templates that are checked before they run."""


def run(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    try:
        result: Any = cli.main(arguments, prog_name="recordmap", standalone_mode=False)
    except _NobodyReads:
        discard_output()
        return 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.UsageError as error:
        from recordmap.cli.misuse import told

        wrong = told(error)
        _say("wrong-usage", wrong.message, wrong.hint, of=wrong.command)
        return 2
    except click.Abort:
        return 130
    except TemplateError as error:
        from recordmap.cli.logs import say_findings

        say_findings(error.diagnostics)
        return 1
    except ConfigurationError as error:
        _say("wrong-configuration", str(error), error.hint)
        return 2
    except Exception as error:  # noqa: BLE001 - the boundary: whatever is left is the machine's fault, or ours
        return _unforeseen(error)
    return result if isinstance(result, int) else 0


def _unforeseen(error: Exception) -> int:
    from recordmap.connectors.base import ConnectorError

    if isinstance(error, ConnectorError):
        _say("out-of-reach", error.message, error.hint, code=error.code)
        return 1
    if os.environ.get("RECORDMAP_DEBUG"):
        import traceback

        traceback.print_exception(error)
        return 3
    if isinstance(error, OSError) and error.strerror:
        place = f"'{error.filename}'" if error.filename else "reading or writing"
        ask = "choose another folder, or ask for the right to read and write there"
        hint = ask if isinstance(error, PermissionError) else None
        _say("system-error", f"{place}: {error.strerror}", hint)
        if error.errno == errno.ENOSPC:
            discard_output()
        return 2
    fault = f"a fault of ours ({type(error).__name__}); set RECORDMAP_DEBUG=1 to see where, and report it"
    _say("our-fault", fault)
    return 3


def _say(event: str, message: str, hint: str | None = None, *, of: str = "recordmap", **fields: str) -> None:
    from recordmap.cli.logs import say

    text = f"{of}: {message}" + (f"\n  {hint}" if hint else "")
    say(event, message, text=text, hint=hint, **fields)
