"""Wrong usage, told as everything else: where, what is wrong, what to do. click finds it, and its words stay out of it.

What commands say themselves of options that don't go together is passed on as it is.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import click
from click.core import ParameterSource

from recordmap.diagnostics.findings import nearest, suggestion

_GIVEN = re.compile(r"""(?:(?:File|Directory|Path) )?(?:(['"])(?P<quoted>.*)\1|(?P<bare>\S+)) (?:is|does) """)
_PATHS = {
    "does not exist": ("there is no {kind} '{value}'", "paths count from the folder that you are in"),
    "is a file": ("'{value}' is a file, and not a folder", "name a folder"),
    "is a directory": ("'{value}' is a folder, and not a file", "name a file"),
    "is no folder": ("there is no folder '{value}'", "make the folder first, or name a file elsewhere"),
    "is not readable": ("'{value}' may not be read", "ask for the right to read it"),
    "is not writable": ("'{value}' may not be written", "ask for the right to write it, or name another"),
}


class Told(NamedTuple):
    """Wrong usage in our words: the command, what is wrong, and what to do."""

    command: str
    message: str
    hint: str


def told(error: click.UsageError) -> Told:
    """Return wrong usage in our words."""
    ctx = error.ctx or click.Context(click.Command("recordmap"), info_name="recordmap")
    message, hint = _problem(error, ctx)
    more = f"{ctx.command_path} --help tells more"
    if hint:
        more = f"{hint} {more}" if hint.endswith("?") else f"{hint}; {more}"
    return Told(ctx.command_path, message, more)


def _problem(error: click.UsageError, ctx: click.Context) -> tuple[str, str | None]:
    match error:
        case click.NoSuchOption() if ctx.parent is None:
            hint = "options go behind the command, as in recordmap check --strict"
            return f"there is no option {error.option_name} here", hint
        case click.NoSuchOption():
            return f"there is no option {error.option_name}", _near_option(error.option_name, ctx)
        case click.exceptions.NoSuchCommand():
            known = error.possibilities or ()
            if ctx.parent is not None and isinstance(ctx.command, click.Group):  # few enough to name them all
                known = ctx.command.list_commands(ctx)
            return f"there is no command '{error.command_name}'", suggestion(error.command_name, known)
        case click.BadOptionUsage():
            return _bad_option(error, ctx)
        case click.MissingParameter() if error.param is not None:
            name, value = _name(error.param, ctx), error.param.make_metavar(ctx)
            written = f"{name} {value}" if isinstance(error.param, click.Option) else value
            return f"{name} is missing", _expected(error.param) or f"write {ctx.command_path} {written}"
        case click.BadParameter() if error.param is not None:
            return _bad_value(error, error.param, ctx)
    extra = re.fullmatch(r"Got unexpected extra arguments? \((.*)\)", error.message)
    if extra:
        return f"nothing goes with '{extra[1]}' here", "a name or path that holds blanks goes into quotes"
    return error.message, None


def _near_option(name: str, ctx: click.Context) -> str | None:
    """Return a hint with the option that is meant. Dashes, which all have, don't make one like another."""
    options = [one for one in ctx.command.get_params(ctx) if isinstance(one, click.Option)]
    known = {written.lstrip("-"): written for one in options for written in one.opts}
    near = nearest(name.lstrip("-"), [bare for bare in known if len(bare) > 1])
    return f"did you mean '{known[near]}'?" if near else None


def _bad_option(error: click.BadOptionUsage, ctx: click.Context) -> tuple[str, str | None]:
    name = error.option_name
    if "not take a value" in error.message:
        return f"{name} takes no value", f"write {name} alone"
    for option in ctx.command.get_params(ctx):
        if name in option.opts:
            return f"the value of {name} is missing", _expected(
                option
            ) or f"write {name} {option.make_metavar(ctx)}"
    return f"the value of {name} is missing", None


def _bad_value(
    error: click.BadParameter, param: click.Parameter, ctx: click.Context
) -> tuple[str, str | None]:
    name, found = _name(param, ctx), _GIVEN.match(error.message)
    expected = _expected(param)
    # What stands without quotes is a number that click has read; nobody wrote its ".0".
    value = (found["quoted"] or (found["bare"] or "").removesuffix(".0")) if found else ""
    if isinstance(param.type, click.Path):
        kind = (
            "folder" if not param.type.file_okay else "file" if not param.type.dir_okay else "file or folder"
        )
        for ending, (message, hint) in _PATHS.items():
            if error.message.removesuffix(".").endswith(ending):
                return f"{name}: {message.format(kind=kind, value=value)}", hint
    if expected is None or found is None:
        return f"{name}: {error.message}", None
    return f"{name} can't be '{value}'", expected


def _expected(param: click.Parameter) -> str | None:
    """Return what values a parameter takes; None where its type says nothing of it."""
    kind = param.type
    if isinstance(kind, click.Choice):
        *names, last = map(str, kind.choices)
        return f"it takes {', '.join(names)} or {last}" if names else f"it takes {last}"
    if isinstance(kind, click.IntRange | click.FloatRange):
        what = "a whole number" if isinstance(kind, click.IntRange) else "a number"
        if kind.max is None:
            return f"it takes {what}, {kind.min:g} or more"
        return f"it takes {what} from {kind.min or 0:g} to {kind.max:g}"
    if isinstance(kind, click.types.IntParamType):
        return "it takes a whole number"
    if kind is click.FLOAT:
        return "it takes a number"
    if isinstance(kind, click.Path):
        return "it takes a folder" if not kind.file_okay else "it takes a file"
    return None


def _name(param: click.Parameter, ctx: click.Context) -> str:
    """Return what people call a parameter: the option, or the variable that it came from, or the argument."""
    if not isinstance(param, click.Option):
        return re.sub(r"[\[\].]", "", param.make_metavar(ctx))
    option = max(param.opts, key=len)
    if param.name and ctx.get_parameter_source(param.name) is ParameterSource.ENVIRONMENT:
        return f"{param.envvar} (for {option})"
    return option
