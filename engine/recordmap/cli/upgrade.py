"""`recordmap upgrade`: take a newer delivery of the templates, and keep what was changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recordmap.cli.options import color_option, dry_run_option, json_option, project_option

if TYPE_CHECKING:
    from recordmap.template.nodes import Node
    from recordmap.upgrades.effects import Effect
    from recordmap.upgrades.merge import Conflict
    from recordmap.upgrades.upgrade import Upgrade


@click.command("upgrade")
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False), metavar="[NEW]")
@click.option(
    "--delivered",
    "origin",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The templates that the project was made from, where it doesn't know.",
)
@dry_run_option("done")
@click.option(
    "--keep-mine", is_flag=True, help="Go on although vendor and you changed the same: yours stays."
)
@json_option
@project_option
@color_option
def command(
    folder: Path | None, origin: Path | None, dry_run: bool, keep_mine: bool, as_json: bool, project: Path
) -> int:
    """Take the templates that came with this version of recordmap, or those in the folder NEW, into the project.

    Files that you left as they were delivered are replaced. What you changed in a template moves into an overlay beside
    it. Where the new delivery changes the same as you did, yours stays, and you are told.
    """
    from recordmap.delivery import delivered, from_folder, shipped
    from recordmap.diagnostics import ConfigurationError
    from recordmap.project import find_project
    from recordmap.upgrades.upgrade import prepare

    home = find_project(project)
    old = from_folder(origin) if origin is not None else delivered(home)
    new = from_folder(folder) if folder is not None else shipped(old.integration)
    if new.integration != old.integration:
        raise ConfigurationError(
            f"the project has the integration '{old.integration}', and '{folder}' holds '{new.integration}'",
            "name a folder with newer templates of the same integration",
        )
    upgrade = prepare(home, old, new)
    refused = bool(upgrade.conflicts and not keep_mine) or bool(upgrade.errors)
    wrote = not dry_run and not refused
    if wrote:
        upgrade.write()
    if as_json:
        from recordmap.cli.output import print_json

        print_json(_data(upgrade, written=wrote))
    else:
        _show(upgrade, dry_run=dry_run, keep_mine=keep_mine)
    return 1 if refused else 0


def _show(upgrade: Upgrade, *, dry_run: bool, keep_mine: bool) -> None:
    from recordmap.cli.output import print_findings, print_table, tell

    if not upgrade.steps:
        tell(f"Everything is as in the delivery {upgrade.new.version} already: nothing to do")
        return
    rows = [(step.path, step.action.value, step.why) for step in upgrade.steps]
    tell(f"From the delivery {upgrade.old.version} to {upgrade.new.version}:", "")
    print_table(("file", "what happens", "why"), rows)
    for conflict, effect in upgrade.conflicts:
        click.echo("")
        tell(*_lines(conflict, effect))
    if upgrade.errors:
        click.echo("\nWhat would come of it can't run:\n")
        print_findings(upgrade.errors)
    click.echo("")
    click.echo(_end(upgrade, dry_run=dry_run, keep_mine=keep_mine))


def _end(upgrade: Upgrade, *, dry_run: bool, keep_mine: bool) -> str:
    if upgrade.errors:
        return "Nothing was written: repair what is shown above, in your own templates or overlays, and upgrade again."
    if upgrade.conflicts and not keep_mine:
        number = len(upgrade.conflicts)
        both = "1 thing was" if number == 1 else f"{number} things were"
        return (
            f"Nothing was written, because {both} changed by you and by the delivery.\n"
            "To keep yours: recordmap upgrade --keep-mine\n"
            "To take the delivered ones: undo yours in the file named, and upgrade again."
        )
    if dry_run:
        return "Nothing was written: this was a dry run."
    return "Done. Next: recordmap check, recordmap test"


def _lines(conflict: Conflict, effect: Effect | None) -> list[str]:
    section = f"{conflict.section}: " if conflict.section else ""
    lines = [
        f"{conflict.path}: {section}{conflict.name} ({conflict.collection})",
        f"  delivered before  {_text(conflict.before)}",
        f"  delivered now     {_text(conflict.theirs)}",
        f"  yours             {_text(conflict.yours)}",
    ]
    if effect is not None and effect.records:
        lines.append(
            f"  differs for       {effect.differing:,} of the {effect.records:,} records of your cases"
        )
        if effect.example is not None:
            one = effect.example
            lines.append(
                f"                    {one.case}: yours {_value(one.yours)}, theirs {_value(one.theirs)}"
            )
    return lines


def _text(node: Node | None) -> str:
    from recordmap.template.nodes import plain
    from recordmap.template.writer import flow

    if node is None:
        return "not there"
    value = plain(node)
    if isinstance(value, dict):
        value = {key: one for key, one in value.items() if key != "description"}
    return flow(value)


def _value(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)


def _data(upgrade: Upgrade, *, written: bool) -> dict[str, Any]:
    return {
        "format_version": "1.0",
        "from": upgrade.old.version,
        "to": upgrade.new.version,
        "written": written,
        "files": [
            {"path": one.path, "action": one.action.name.lower(), "why": one.why} for one in upgrade.steps
        ],
        "conflicts": [
            {
                "file": one.path,
                "collection": one.collection,
                "section": one.section,
                "name": one.name,
                "before": _plain(one.before),
                "theirs": _plain(one.theirs),
                "yours": _plain(one.yours),
                "records": effect.records if effect else None,
                "differing": effect.differing if effect else None,
            }
            for one, effect in upgrade.conflicts
        ],
        "errors": [{"code": one.code, "file": one.file, "message": one.message} for one in upgrade.errors],
    }


def _plain(node: Node | None) -> Any:
    from recordmap.template.nodes import plain

    return None if node is None else plain(node)
