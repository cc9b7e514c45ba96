"""One of several processes that transfer the same people at once: match by link, then by email, else add.

Arguments: the store's path or address, how many people, how many rounds. It says when it is ready and starts when told.
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, make_url

from recordmap.connectors.destination import KeyRule, Link, MatchKey, Rules
from recordmap.connectors.store import open_store

RULES = Rules("person", "race", {"Email": "required"}, (KeyRule("Email", "email", unique=True),))


def main(where: Path | URL, people: int, rounds: int) -> None:
    """Run the race."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with closing(open_store(where, RULES)) as store:
        for _ in range(rounds):
            for number in range(people):
                with store.unit() as unit:
                    transfer(unit, number)


def transfer(unit, number: int) -> None:
    """Match and write one person."""
    external_id = f"p{number}"
    if unit.links([external_id]):
        return
    key = MatchKey("Email", "email", f"p{number}@example.com")
    found = unit.find([key]).get(key)
    record_id = found[0] if found else unit.add({"Email": f"P{number}@Example.com"}).id
    unit.add_child(record_id, "Visits", {"by": external_id}, external_id)
    unit.save_link(Link(external_id, record_id, "Email" if found else "added"))


if __name__ == "__main__":
    place = make_url(sys.argv[1]) if "://" in sys.argv[1] else Path(sys.argv[1])
    main(place, int(sys.argv[2]), int(sys.argv[3]))
