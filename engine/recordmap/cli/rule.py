"""`recordmap rule`: what a diagnostic code means, with a wrong and a right example."""

from __future__ import annotations

import click

from recordmap.cli.options import color_option
from recordmap.diagnostics import ConfigurationError
from recordmap.diagnostics.codes import CODES
from recordmap.diagnostics.findings import suggestion
from recordmap.diagnostics.pages import page


@click.command("rule")
@click.argument("code", required=False)
@color_option
def command(code: str | None) -> None:
    """Explain a diagnostic CODE; without one, list them all."""
    if code is not None:
        if code not in CODES:
            raise ConfigurationError(
                f"there is no code '{code}'", suggestion(code, CODES) or "recordmap rule lists them"
            )
        click.echo(page(code))
        return
    from recordmap.cli.output import print_table

    rows = [(one.slug, one.severity, one.title, one.stage) for one in CODES.values()]
    print_table(("code", "severity", "meaning", "found when"), rows)
