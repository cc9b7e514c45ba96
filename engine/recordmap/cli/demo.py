"""`recordmap demo`: the whole way, from profiles in a local Klaviyo API to customers in a store."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recordmap.cli.options import color_option, profiles_option, seed_option

if TYPE_CHECKING:
    from recordmap.session import Session

MARK = ".recordmap-demo"
_CARRIED = "    formula: existing.FirstName\n"
_REMAPPED = "    source: attributes.first_name\n"


@click.command("demo")
@click.argument(
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("recordmap-demo"),
    metavar="[DIR]",
)
@profiles_option(10)
@seed_option(1)
@color_option
def command(folder: Path, profiles: int, seed: int) -> int:
    """Make a project in DIR and sync it with a local Klaviyo API, step by step.

    A folder that an earlier demo made is made anew; any other is left alone.
    """
    from recordmap.cli.logs import set_up_logging
    from recordmap.diagnostics import ConfigurationError
    from recordmap.sandbox import Sandbox
    from recordmap.starter import make_project

    set_up_logging()
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise ConfigurationError(
                f"'{folder}' holds something else", "name a folder of its own: recordmap demo DIR"
            )
        shutil.rmtree(folder)
    make_project(folder, "klaviyo")
    (folder / MARK).touch()
    with Sandbox(profiles=profiles, seed=seed) as sandbox:
        environ = {**os.environ, "KLAVIYO_API_KEY": sandbox.key, "RECORDMAP_SOURCE_URL": sandbox.url}
        return _Demo(folder, sandbox, environ).run()


class _Demo:
    """The steps of the demo, in order, with what is needed to check that each did what it says."""

    def __init__(self, folder: Path, sandbox: Any, environ: dict[str, str]) -> None:
        self._folder = folder
        self._sandbox = sandbox
        self._environ = environ
        self._steps = 0
        self._failed = False

    def run(self) -> int:
        """Run all steps; return the exit code."""
        self._title(f"A local Klaviyo API at {self._sandbox.url}, and a project in {self._folder}/")
        click.echo(
            "The project holds the four collections, their cases and the integration file, ready to edit."
        )
        # Generated profiles without an email address are rare: a small demo would have none to show. It changed long
        # ago, or every poll would see it again.
        nobody = {"phone_number": "+12025550199", "first_name": "Without", "last_name": "Email"}
        self._sandbox.change(self._sandbox.add(nobody), {"updated": "2020-01-01T00:00:00+00:00"})
        self._title("The first poll: every profile becomes a customer")
        report = self._poll()
        self._expect(
            report.status == "complete" and report.counts["added"] > 0, "the first poll added customers"
        )
        person = self._person()
        self._title("The second poll: nothing has changed, so nothing is written")
        report = self._poll()
        written = report.counts["added"] + report.counts["updated"]
        self._expect(report.status == "complete" and written == 0, "the second poll wrote nothing")
        self._change(person)
        self._remap(person)
        self._manual(person)
        self._errors()
        self._where()
        return 1 if self._failed else 0

    def _change(self, person: str) -> None:
        self._title(f"Profile {person} gets a new first name in Klaviyo")
        before = self._first_name(person)
        self._sandbox.change(person, {"first_name": "Renamed"})
        self._poll()
        click.echo(
            f"The delivered Update carries the customer's values forward: FirstName is still {before!r}."
        )
        self._expect(self._first_name(person) == before, "the delivered Update left the customer alone")

    def _remap(self, person: str) -> None:
        self._title("One line of YAML, and Klaviyo drives the first name")
        template = self._folder / "customer_update.yaml"
        text = template.read_text(encoding="utf-8")
        self._expect(text.count(_CARRIED) == 1, "customer_update.yaml carries FirstName forward")
        template.write_text(text.replace(_CARRIED, _REMAPPED), encoding="utf-8")
        click.echo(f"  {template}\n  -{_CARRIED}  +{_REMAPPED}")
        self._sandbox.change(person, {"first_name": "Remapped"})
        self._poll()
        click.echo(f"FirstName is now {self._first_name(person)!r}.")
        self._expect(self._first_name(person) == "Remapped", "the remapped field propagated")

    def _manual(self, person: str) -> None:
        from recordmap.cli.transfers import print_transfer

        self._title(f"Manual Sync of {person}: recordmap sync-one {person}")
        self._sandbox.change(person, {"first_name": "Manually"})
        with self._session() as session:
            transfer = session.sync_one(person)
        print_transfer(transfer)
        self._expect(transfer.result == "updated", "the Manual Sync updated the customer")

    def _errors(self) -> None:
        from recordmap.cli.output import print_table

        self._title("What failed stands in the error log: recordmap errors")
        with self._session() as session:
            entries = session.destination.errors()
        rows = [(one.id, one.failure.external_id, one.failure.code, one.failure.message) for one in entries]
        print_table(("number", "source ID", "code", "reason"), rows)
        self._expect(bool(rows), "a profile without an email address is in the error log")

    def _where(self) -> None:
        from recordmap.diagnostics.advised import quoted

        self._title("Where everything is")
        with self._session() as session:
            counts = session.destination.counts()
        click.echo(f"  database   {self._folder / '.recordmap' / 'store.db'}")
        click.echo(
            "             "
            + ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items())
        )
        click.echo(f"  templates  {self._folder}/*.yaml")
        click.echo(f"\nTo go on: cd {quoted(self._folder)}; edit a template; recordmap check; recordmap test")
        click.echo("The next demo makes this folder anew: keep what you want of it elsewhere.")

    def _poll(self) -> Any:
        from recordmap.cli.progress import progress
        from recordmap.cli.transfers import print_report

        with self._session() as session, progress("Polling") as bar:
            report = session.poll(progress=bar.transferred)
        print_report(report)
        return report

    def _session(self) -> Any:
        from recordmap.engine import Engine

        return Engine.load(self._folder).session(environ=self._environ)

    def _person(self) -> str:
        """Return the ID of a linked profile whose customer has a first name."""
        with self._session() as session:
            return _first_linked(session, self._sandbox.ids())

    def _first_name(self, person: str) -> Any:
        with self._session() as session, session.destination.unit() as unit:
            link = unit.links([person])[person]
            return unit.load([link.record_id])[link.record_id].record.get("FirstName")

    def _title(self, text: str) -> None:
        self._steps += 1
        click.echo(f"\n{self._steps}. {text}\n")

    def _expect(self, holds: bool, what: str) -> None:
        if not holds:
            self._failed = True
            click.echo(f"UNEXPECTED: this did not hold: {what}", err=True)


def _first_linked(session: Session, ids: Any) -> str:
    with session.destination.unit() as unit:
        for external_id in ids:
            link = unit.links([external_id]).get(external_id)
            if link is not None and unit.load([link.record_id])[link.record_id].record.get("FirstName"):
                return str(external_id)
    raise LookupError("no linked profile has a first name")
