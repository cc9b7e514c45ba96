"""Finding the destination records of a page of source records.

The rules of the pipeline are tried in order and the first that finds a record decides. Reads are in bulk:
what the page needs is loaded at once and then kept in step with what the page writes, so that two source
records with the same key meet although neither was there before. Nothing is guessed: when a key belongs to
more than one record, the source record fails. Keys are made by `recordmap.keys` alone, never by comparing raw
values.

A record with a unique key (email) is the only one that may have it. So when a link leads elsewhere, the key
wins: the record with the key is linked and updated, and the run reports it. iPaaS.com handles "Email address
already exists" this way: link and update, never a duplicate.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from recordmap.connectors.destination import Link, MatchKey, Stored, Unit
from recordmap.diagnostics import Fault
from recordmap.keys import keys_of
from recordmap.sync.pipeline import ADDED, EXTERNAL_ID, MatchField, Pipeline

if TYPE_CHECKING:
    from recordmap.connectors.journal import Parting
    from recordmap.runtime.outcome import Json, Record
    from recordmap.sync.incoming import Incoming

_NOBODY: frozenset[int] = frozenset()


class Match(NamedTuple):
    """The record that a source record belongs to, or None to add one; and the rule that decided.

    `instead_of` is the record that the source record was linked to so far, when a unique key led elsewhere.
    """

    record: Stored | None
    rule: str
    instead_of: int | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One rule that was asked for a source record: the record that it leads to, and why it does or doesn't."""

    rule: str
    record_id: int | None
    reason: str


class Matcher:
    """What is known of links, keys and records while one page is transferred in one unit."""

    def __init__(self, pipeline: Pipeline, unit: Unit) -> None:
        # None stands for the rule that follows links.
        self._rules = tuple(
            _FieldKeys(rule) if isinstance(rule, MatchField) else None for rule in pipeline.match
        )
        self._fields = tuple(rule for rule in self._rules if rule)
        self._unique = tuple(rule for rule in self._fields if rule.unique)
        self._unit = unit
        self._links: dict[str, Link | None] = {}
        self._holders: dict[MatchKey, tuple[int, ...]] = {}
        self._records: dict[int, Stored | None] = {}
        self._partings: dict[str, Collection[Parting]] = {}

    def preload_links(self, page: Iterable[Incoming]) -> None:
        """Load the links of a page, and those that were undone."""
        ids = {incoming.external_id for incoming in page}
        self._partings.update(self._unit.partings(ids))
        found = self._unit.links(ids)
        self._links.update((external_id, found.get(external_id)) for external_id in ids)

    def preload_records(self, page: Sequence[Incoming]) -> None:
        """Load every record that a rule can lead to from one of these source records."""
        linked = {link.record_id for link in map(self.link_of, page) if link}
        keys = {key for incoming in page for key in self._keys_needed(incoming)}
        found = self._unit.find(keys) if keys else {}
        self._holders.update((key, found.get(key, ())) for key in keys)
        wanted = linked.union(holders[0] for holders in found.values() if len(holders) == 1)
        records = self._unit.load(wanted) if wanted else {}
        self._records.update((record_id, records.get(record_id)) for record_id in wanted)

    def link_of(self, incoming: Incoming) -> Link | None:
        """Return a source record's link."""
        external_id = incoming.external_id
        try:
            return self._links[external_id]
        except KeyError:
            link = self._links[external_id] = self._unit.links([external_id]).get(external_id)
            return link

    def partings_of(self, incoming: Incoming) -> Collection[Parting]:
        """Return the records that a source record of a loaded page is not, because somebody undid its link."""
        return self._partings.get(incoming.external_id, ())

    def match(self, incoming: Incoming) -> Match:
        """Decide which record a source record belongs to.

        Raises:
            Fault: more than one record has the key (match-ambiguous), or a value can't be picked.
        """
        link = self.link_of(incoming)
        linked = self._record(link.record_id) if link else None
        for rule in self._rules:
            if rule is None:
                if linked:
                    return self._unless_taken(incoming, linked)
                continue
            record = self._only_holder(rule.of(incoming), self._apart_from(incoming))
            if record:
                return Match(record, rule.name, _other(linked, record))
        return Match(None, ADDED)

    def attempts(self, incoming: Incoming) -> tuple[Attempt, ...]:
        """Return what each rule says that `match` asks, in order; the last one decides, or no rule finds a record.

        Raises:
            Fault: as `match`.
        """
        decided = self.match(incoming)
        told: list[Attempt] = []
        for rule in self._rules:
            attempt = self._ask_link(incoming) if rule is None else self._ask_field(incoming, rule)
            if decided.record is None or attempt.record_id != decided.record.id:
                told.append(attempt)
                continue
            return (*told, attempt)
        return tuple(told)

    def _ask_link(self, incoming: Incoming) -> Attempt:
        link, name = self.link_of(incoming), EXTERNAL_ID
        if link is None:
            return Attempt(name, None, "it was never linked to a record")
        gone = self._record(link.record_id) is None
        after = ", which is there no more" if gone else " before"
        reason = f"it was linked to record {link.record_id}{after}"
        return Attempt(name, None if gone else link.record_id, reason)

    def _ask_field(self, incoming: Incoming, rule: _FieldKeys) -> Attempt:
        field, value = rule.name, rule.value(incoming.record)
        if value is None or value == "":
            return Attempt(rule.name, None, f"the source record has no value to compare with {field}")
        key = rule.key(value)
        if key is None:
            return Attempt(rule.name, None, f"its value is not one that anybody is found by, as {field}")
        record = self._only_holder(key, self._apart_from(incoming))
        if record is None:
            return Attempt(rule.name, None, f"no record has its {field}")
        return Attempt(rule.name, record.id, f"record {record.id} has the same {field}")

    def in_the_way(self, mapped: Record, target: Stored | None, incoming: Incoming) -> Match | None:
        """Return the record, other than `target`, that has a unique key of a mapped record.

        None also when the value in the way is in doubt (a placeholder, a look-alike): the destination keeps
        such values apart, but they match nobody. Nor does it count where a person undid the link to it.
        """
        for rule in self._unique:
            record = self._only_holder(rule.key(mapped.get(rule.name)), self._apart_from(incoming))
            if record and not (target and record.id == target.id):
                return Match(record, rule.name, target.id if target else None)
        return None

    def wrote(self, before: Stored | None, after: Stored, link: Link, *, whole: bool) -> None:
        """Take note of a record that was added or updated, and of its link.

        Without `whole` children were written beside it: it is loaded again when it is needed again.
        """
        self._links[link.external_id] = link
        if whole:
            self._records[after.id] = after
        else:
            self._records.pop(after.id, None)
        for rule in self._fields:
            held = before.record.get(rule.name) if before else None
            holds = after.record.get(rule.name)
            if held != holds:
                self._move(after.id, rule.key(held), rule.key(holds))

    def _unless_taken(self, incoming: Incoming, linked: Stored) -> Match:
        """Follow a link, unless another record has a unique key of the source record."""
        for rule in self._unique:
            record = self._only_holder(rule.of(incoming), self._apart_from(incoming))
            if record and record.id != linked.id:
                return Match(record, rule.name, linked.id)
        return Match(linked, EXTERNAL_ID)

    def _keys_needed(self, incoming: Incoming) -> Iterable[MatchKey]:
        """Return the keys that `match` will ask for; a linked record needs fewer, and keys cost time."""
        past_link = False
        for rule in self._rules:
            if rule is None:
                past_link = self.link_of(incoming) is not None
            elif rule.unique or not past_link:
                try:
                    key = rule.of(incoming)
                except Fault:
                    continue  # `match` meets it again and makes it the record's failure
                if key:
                    yield key

    def _apart_from(self, incoming: Incoming) -> frozenset[int]:
        partings = self._partings.get(incoming.external_id)
        return frozenset(one.record_id for one in partings) if partings else _NOBODY

    def _only_holder(self, key: MatchKey | None, apart: frozenset[int]) -> Stored | None:
        if key is None:
            return None
        holders = self._holders.get(key)
        if holders is None:
            holders = self._holders[key] = self._unit.find([key]).get(key, ())
        if apart:
            holders = tuple(holder for holder in holders if holder not in apart)
        if len(holders) > 1:
            raise Fault("match-ambiguous", f"{len(holders)} records have this {key.field}")
        return self._record(holders[0]) if holders else None

    def _record(self, record_id: int) -> Stored | None:
        if record_id not in self._records:
            self._records[record_id] = self._unit.load([record_id]).get(record_id)
        return self._records[record_id]

    def _move(self, record_id: int, old: MatchKey | None, new: MatchKey | None) -> None:
        """Keep the known holders in step; keys not asked for yet will be found with the unit's own writes."""
        if old and old in self._holders:
            self._holders[old] = tuple(holder for holder in self._holders[old] if holder != record_id)
        if new and new in self._holders and record_id not in self._holders[new]:
            self._holders[new] = (*self._holders[new], record_id)


class _FieldKeys:
    """A rule that goes by a field, and the keys of the values seen so far; keys cost time."""

    __slots__ = ("_compare", "_known", "_make", "_seen", "name", "unique", "value")

    def __init__(self, match: MatchField) -> None:
        rule = match.rule
        self.name = match.name
        self.unique = rule.unique
        self.value = match.value
        self._compare = rule.compare
        self._make = keys_of(rule.compare, rule.region, rule.ignore).match
        self._known: dict[str, MatchKey | None] = {}
        # By identity, with the source record beside it, so that no other one can take its number.
        self._seen: dict[int, tuple[Incoming, MatchKey | None]] = {}

    def of(self, incoming: Incoming) -> MatchKey | None:
        """Return the key of a source record; raises what picking its value raises."""
        seen = self._seen.get(id(incoming))
        if seen is None:
            seen = self._seen[id(incoming)] = (incoming, self.key(self.value(incoming.record)))
        return seen[1]

    def key(self, value: Json) -> MatchKey | None:
        """Return the key of a value, or None when it must find nothing."""
        if not isinstance(value, str):
            return None
        try:
            return self._known[value]
        except KeyError:
            text = self._make(value)
            key = self._known[value] = None if text is None else MatchKey(self.name, self._compare, text)
            return key


def _other(linked: Stored | None, record: Stored) -> int | None:
    return linked.id if linked and linked.id != record.id else None
