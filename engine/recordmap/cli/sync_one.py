"""`recordmap sync-one`: Manual Sync by ID."""

from __future__ import annotations

from pathlib import Path

import click

from recordmap.cli.options import (
    color_option,
    dry_run_option,
    json_option,
    load_for_transfers,
    log_option,
    project_option,
)


@click.command("sync-one")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@dry_run_option("done")
@click.option("--debug", is_flag=True, help="Show how every field came about.")
@json_option
@project_option
@log_option
@color_option
def command(ids: tuple[str, ...], dry_run: bool, debug: bool, as_json: bool, project: Path) -> int:
    """Transfer single records by their ID in the source system, whether they changed or not."""
    from recordmap.cli.output import print_json
    from recordmap.cli.tracing import print_tree, trace_transfer
    from recordmap.cli.transfers import print_transfer
    from recordmap.explain.data import trace_data
    from recordmap.explain.tree import record_node
    from recordmap.sync.telling import transfer_data

    engine = load_for_transfers(project)
    failed = False
    results = []
    with engine.session() as session:
        for external_id in ids:
            traced = trace_transfer(engine, session, external_id) if debug else ""
            if traced and not as_json:
                if isinstance(traced, str):
                    click.echo(traced)
                else:
                    print_tree(record_node(traced))
            transfer = session.sync_one(external_id, dry_run=dry_run)
            failed = failed or transfer.result == "failed"
            results.append(transfer_data(transfer))
            if debug:
                results[-1]["trace"] = (
                    None if isinstance(traced, str) else trace_data(traced, engine.collections)
                )
            if not as_json:
                print_transfer(transfer, dry_run=dry_run)
    if as_json:
        print_json({"format_version": "1.0", "dry_run": dry_run, "transfers": results})
    return 1 if failed else 0
