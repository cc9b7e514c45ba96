"""`recordmap sandbox`: a local Klaviyo API on loopback."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("sandbox")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 picks a free one."
)
@click.option(
    "--profiles", type=click.IntRange(0), default=1000, show_default=True, help="How many to generate."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same profiles.")
@click.option(
    "--faults", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Scripted faults (YAML)."
)
@click.option("--limits", is_flag=True, help="Enforce Klaviyo's rate limits.")
def command(port: int, profiles: int, seed: int, faults: Path | None, limits: bool) -> None:
    """Serve a local Klaviyo profiles API with generated profiles and scripted faults, until stopped.

    Prints its address and its key. Only this machine can reach it.
    """
