"""The shape of the command line, held over all commands: one option name has one meaning, one idea has one name, and
everything is told. What that is for each option stands in `options.yaml`."""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from documentation.pages import ROOT, all_blocks
from documentation.terminal import commands
from recordmap.cli.commands import cli, run

RULES: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("options.yaml").read_text(encoding="utf-8"))


def leaves(group: click.Group, above: click.Context, path: str = "") -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(above):
        command = group.get_command(above, name)
        assert command is not None
        if isinstance(command, click.Group):
            context = click.Context(command, parent=above, info_name=name)
            yield from leaves(command, context, f"{path}{name} ")
        else:
            yield path + name, command


CONTEXT = click.Context(cli, info_name="recordmap")
TREE = dict(leaves(cli, CONTEXT))
OPTIONS = [(name, one) for name, of in TREE.items() for one in of.params if isinstance(one, click.Option)]


def called(option: click.Option) -> str:
    """The name of an option, without its short form."""
    return max(option.opts, key=len)


def takes(option: click.Option) -> list[str]:
    """What stands after an option: nothing for a flag."""
    if option.is_flag:
        return []
    return ["CHOICE" if isinstance(option.type, click.Choice) else option.make_metavar(CONTEXT)]


def fits(option: click.Option, rule: dict[str, Any]) -> bool:
    allowed = rule.get("takes", [])
    found = takes(option)
    return (
        bool(allowed) == bool(found)
        and {*found} <= {*allowed}
        and bool(re.fullmatch(rule["help"], option.help or ""))
    )


def place(pair: tuple[str, click.Option]) -> str:
    return f"{pair[0]} {called(pair[1])}"


def test_what_several_commands_have_is_in_the_table() -> None:
    where = defaultdict(set)
    for command, option in OPTIONS:
        where[called(option)].add(command)
    assert {name for name, of in where.items() if len(of) > 1} == RULES["shared"].keys()


@pytest.mark.parametrize("pair", [one for one in OPTIONS if called(one[1]) in RULES["shared"]], ids=place)
def test_an_option_means_the_same_everywhere(pair: tuple[str, click.Option]) -> None:
    option = pair[1]
    assert fits(option, RULES["shared"][called(option)]), (takes(option), option.help)


@pytest.mark.parametrize("rule", RULES["one_name"], ids=lambda rule: rule["name"])
def test_an_idea_has_one_name(rule: dict[str, Any]) -> None:
    concerned = [
        place(pair)
        for pair in OPTIONS
        if ("help" in rule and re.search(rule["help"], pair[1].help or ""))
        or ("choice" in rule and {*rule["choice"].split("|")} & {*getattr(pair[1].type, "choices", ())})
    ]
    assert concerned
    allowed = {rule["name"], *rule.get("but", ())}
    assert [one for one in concerned if one.split()[-1] not in allowed] == []


def test_what_a_command_is_about_is_an_argument() -> None:
    found = {
        name: " ".join(one.make_metavar(CONTEXT) for one in command.params if isinstance(one, click.Argument))
        for name, command in TREE.items()
    }
    assert found == RULES["arguments"]


def test_options_are_optional() -> None:
    required: dict[str, list[str]] = defaultdict(list)
    for command, option in OPTIONS:
        if option.required:
            required[command].append(called(option))
    assert required == RULES["required"]


@pytest.mark.parametrize("pair", OPTIONS, ids=place)
def test_every_option_says_what_it_does_and_has_its_variable(pair: tuple[str, click.Option]) -> None:
    command, option = pair
    assert re.fullmatch(r"[A-Z0-9].*\.", option.help or "")
    own = f"{command} {called(option).removeprefix('--')}"
    common = called(option).removeprefix("--")
    names = {f"RECORDMAP_{re.sub('[ -]', '_', one).upper()}" for one in (own, common)}
    assert option.envvar in names


def test_every_command_has_an_example() -> None:
    """On a page that people read, not only in the reference."""
    shown = {
        " ".join(words[1:3])
        for block in all_blocks("console")
        if block.page != ROOT / "docs" / "reference" / "cli.md"
        for command, _ in commands(block)
        if (words := shlex.split(command)) and words[0] == "recordmap"
    }
    # Editors start `lsp`: their settings are what is shown.
    assert [name for name in TREE if not any(f"{one} ".startswith(f"{name} ") for one in shown)] == ["lsp"]


@pytest.mark.parametrize("name", TREE)
def test_wrong_values_are_told_in_our_words(
    name: str, commandline: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever kind an option is of: what click says of a bad value shows in no message, and what to do always does."""
    for option in TREE[name].params:
        if not isinstance(option, click.Option) or option.is_flag or option.type is click.STRING:
            continue
        if isinstance(option.type, click.Path) and not option.type.exists:
            continue
        assert run([*name.split(), called(option), "no/such\tthing"]) == 2
        message, hint = capsys.readouterr().err.splitlines()
        assert message.startswith(f"recordmap {name}: {called(option)}")
        assert message.count("no/such\\tthing") == 1
        assert not re.search(r"valid|range|Error|Usage|not exist|one of", message)
        assert hint.endswith(f"recordmap {name} --help tells more")
