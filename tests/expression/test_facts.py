"""Facts are bounded: what is told of ever more paths isn't carried through every part of every expression."""

from __future__ import annotations

from recordmap.expression.facts import MAX_KNOWN, Facts
from recordmap.schema.types import ANY, NEVER, OBJECT, TEXT


def test_facts_know_of_so_many_paths() -> None:
    facts = Facts({("record",): OBJECT})
    for number in range(MAX_KNOWN + 50):
        facts = facts.having(("record", f"p{number}"), TEXT)
    assert len(facts.known) == MAX_KNOWN
    assert facts.read(("record", "p0")) == TEXT
    assert facts.read(("record", f"p{MAX_KNOWN}")) == ANY
    # What is known already is narrowed on, and what can't be is never reached.
    assert facts.having(("record", "p0"), OBJECT).read(("record", "p0")) == OBJECT
    assert facts.having(("record", "more"), NEVER).dead
    assert facts.holding(("value",), TEXT).read(("value",)) == TEXT
