"""`recordmap lsp`: the language server that editors start."""

from __future__ import annotations

from importlib.util import find_spec

import click

from recordmap.diagnostics import ConfigurationError


@click.command("lsp")
@click.option(
    "--stdio", is_flag=True, expose_value=False, help="The only way there is; editors may ask for it."
)
def command() -> None:
    """Serve an editor on standard input and output: findings, completion, explanations and quick fixes.

    Editors start it themselves. It ends when the editor does.
    """
    from recordmap.cli.logs import set_up_logging

    if find_spec("pygls") is None:
        raise ConfigurationError(
            "the language server needs the package pygls", "pip install 'recordmap[lsp]'"
        )
    set_up_logging()
    from recordmap.lsp.server import serve

    serve()
