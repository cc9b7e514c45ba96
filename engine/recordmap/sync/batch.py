"""A page of source records, carried out: in one unit, or in one for each record when that fails.

One record must never cost another its transfer. A fault of a record ends in its error entry, within the unit
of its page. Whatever else goes wrong rolls the unit back and the page is done again record by record; the one
that fails once more is logged. Only a destination that can't be reached ends the run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recordmap.connectors.base import ConnectorError
from recordmap.diagnostics.log import event, logger
from recordmap.sync.failures import Evidence, log_failure
from recordmap.sync.results import KEPT_OUT, Problem, Result, Transfer
from recordmap.sync.transfer import PageTransfer, Terms
from recordmap.sync.units import Units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from recordmap.connectors.destination import Destination, Unit
    from recordmap.sync.incoming import Incoming

log = logger("recordmap.sync")

# Whatever else stands where an ID should be (somebody may have typed an address) stays out of the log.
_LOGGABLE_ID = re.compile(r"[A-Za-z0-9#:|._-]{1,64}")


def transfer_page(terms: Terms, unit: Unit, page: Sequence[Incoming]) -> list[Transfer]:
    """Transfer a page within a unit."""
    return PageTransfer(terms, unit).run(page)


class Batches:
    """Transfers source records for one run; `run` is what is done with a page within a unit."""

    def __init__(
        self,
        terms: Terms,
        destination: Destination,
        units: Units | None = None,
        run: Callable[[Terms, Unit, Sequence[Incoming]], list[Transfer]] = transfer_page,
    ) -> None:
        self._run = run
        self._terms = terms
        self._destination = destination
        self._units = units or Units(destination, terms.run)

    def transfer(self, page: Sequence[Incoming]) -> Iterator[Transfer]:
        """Transfer a page; yields what came of each record once it is committed.

        Raises:
            ConnectorError: the destination is out of reach. What was yielded is committed, the rest is not.
        """
        if not page:
            return
        try:
            transfers = self._in_one_unit(page)
        except ConnectorError:
            raise
        except Exception as error:  # noqa: BLE001 - nothing may stop a run but a system out of reach
            kind = type(error).__name__
            told = event("page-repeated", records=len(page), error=kind)
            log.error("a page of %d is done again one by one: %s", len(page), kind, extra=told)
        else:
            yield from transfers
            return
        for incoming in page:
            yield self._alone(incoming)

    def rehearse(self, incoming: Incoming) -> Transfer:
        """Return what a transfer would do, and leave nothing behind.

        Raises:
            ConnectorError: the destination is out of reach.
        """
        with self._destination.rehearsal() as unit:
            [transfer] = transfer_page(self._terms, unit, [incoming])
        return transfer._replace(record_id=None) if transfer.result is Result.ADDED else transfer

    def fail(self, failures: Iterable[tuple[Evidence, Problem]]) -> list[Transfer]:
        """Log failures of records that could not get as far as a transfer.

        Raises:
            ConnectorError: the destination is out of reach; nothing was logged.
        """
        failed = list(failures)
        if not failed:
            return []

        def log_all(unit: Unit) -> list[Transfer]:
            kept_out = unit.kept_out(evidence.external_id for evidence, _ in failed if evidence.external_id)
            return [
                Transfer(Result.SKIPPED, evidence.subject, problem=KEPT_OUT)
                if evidence.external_id in kept_out
                else self._log(unit, problem, evidence)
                for evidence, problem in failed
            ]

        return _told(self._units.do(log_all))

    def _log(self, unit: Unit, problem: Problem, evidence: Evidence) -> Transfer:
        log_failure(unit, self._terms.pipeline, self._terms.now, problem, evidence)
        return Transfer(Result.FAILED, evidence.subject, problem=problem)

    def _in_one_unit(self, page: Sequence[Incoming]) -> list[Transfer]:
        return _told(self._units.do(lambda unit: self._run(self._terms, unit, page)))

    def _alone(self, incoming: Incoming) -> Transfer:
        try:
            return self._in_one_unit([incoming])[0]
        except ConnectorError:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours is this record's failure, no other's
            message = f"The transfer failed on a fault of ours ({type(error).__name__})"
        return self.fail([(incoming.evidence, Problem("internal-error", message))])[0]


def _told(transfers: Iterable[Transfer]) -> list[Transfer]:
    """Return transfers that are committed, those that failed having gone to the program's log."""
    committed = list(transfers)
    for transfer in committed:
        if transfer.problem and transfer.result is Result.FAILED:
            source_id = transfer.subject if _LOGGABLE_ID.fullmatch(transfer.subject) else None
            code = transfer.problem.code
            told = event("record-failed", source_id=source_id, code=code)
            log.warning("%s failed: %s", source_id or "a record", code, extra=told)
    return committed
