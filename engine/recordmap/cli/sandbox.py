"""`recordmap sandbox`: a local Klaviyo API on loopback."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recordmap.cli.options import color_option, profiles_option, seed_option

if TYPE_CHECKING:
    from recordmap.sandbox import Fault


@click.command("sandbox")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    default=8765,
    show_default=True,
    help="The port to listen on; 0 picks a free one.",
)
@profiles_option(0)
@seed_option(1)
@click.option(
    "--faults", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Scripted faults (YAML)."
)
@click.option("--limits", is_flag=True, help="Enforce Klaviyo's rate limits.")
@color_option
def command(port: int, profiles: int, seed: int, faults: Path | None, limits: bool) -> None:
    """Serve a local Klaviyo profiles API with generated profiles and scripted faults, until stopped.

    Prints its address and its key. Only this machine can reach it.
    """
    from recordmap.sandbox import Sandbox, Settings

    sandbox = Sandbox(
        profiles,
        seed=seed,
        port=port,
        faults=_faults(faults) if faults else (),
        settings=Settings(limits=limits),
    ).open()
    click.echo(f"A local Klaviyo API at {sandbox.url} with the key {sandbox.key}")
    click.echo("To sync with it, in another terminal:")
    click.echo(f"  export KLAVIYO_API_KEY={sandbox.key} RECORDMAP_SOURCE_URL={sandbox.url}")
    click.echo("  recordmap sync")
    click.echo("Ctrl-C ends it.", err=True)
    sys.stdout.flush()
    sandbox.serve()


def _faults(path: Path) -> list[Fault]:
    """Read scripted faults. YAML is read as strictly as a template."""
    from recordmap.diagnostics import TemplateError
    from recordmap.diagnostics.findings import Findings
    from recordmap.sandbox import faults_of
    from recordmap.template.nodes import plain
    from recordmap.template.reader import read

    findings = Findings(str(path))
    node = read(path.read_bytes(), findings)
    if node is None or findings.errors:
        raise TemplateError(list(findings))
    return faults_of(plain(node))
