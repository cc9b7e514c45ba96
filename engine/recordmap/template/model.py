"""The frozen model of a template: what the parser makes and every later room reads.

Nothing here knows YAML. Each text that a person wrote keeps its `Scalar`, so that a later finding can point
into it.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from recordmap.diagnostics import Span
from recordmap.diagnostics.layers import is_overlaid, line_in_file
from recordmap.expression.formula import Formula
from recordmap.expression.source import Source
from recordmap.frozen import Frozen
from recordmap.template.nodes import Scalar


class Operation(StrEnum):
    """Whether a collection makes a new destination record or changes an existing one."""

    ADD = "add"
    UPDATE = "update"


class Status(StrEnum):
    """Whether a collection takes part in a sync."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class Level(StrEnum):
    """How much a field matters; only `required` changes what happens at run time."""

    REQUIRED = "required"
    RECOMMENDED = "recommended"
    OPTIONAL = "optional"


class OnEmpty(StrEnum):
    """What a null or empty result becomes: not written, written as null, or a rejected record."""

    OMIT = "omit"
    NULL = "null"
    ERROR = "error"


class OnMiss(StrEnum):
    """What a lookup gives for a value that its table doesn't hold."""

    ERROR = "error"
    NULL = "null"
    KEEP = "keep"
    DEFAULT = "default"


class Duplicates(StrEnum):
    """Whether a child record identical to one already there is added again."""

    SKIP = "skip"
    ALLOW = "allow"


class OnChange(StrEnum):
    """Whether a changed child becomes a further one or replaces the one this flow wrote."""

    ADD = "add"
    REPLACE = "replace"


class SourceText(Frozen):
    """A JMESPath as written, and parsed."""

    scalar: Scalar
    parsed: Source


class FormulaText(Frozen):
    """A formula as written, and parsed."""

    scalar: Scalar
    parsed: Formula


class Constant(Frozen):
    """A constant `value:`, a JSON scalar."""

    scalar: Scalar

    @property
    def value(self) -> str | int | float | bool | None:
        """The constant itself."""
        return self.scalar.value


class Lookup(Frozen):
    """A translation table. Keys are text; `default` counts only with `OnMiss.DEFAULT`.

    `asked`: `on_miss: error` is written there, so a miss is meant to reject the record. `rows` holds the keys as they
    stand in the template; nothing where the table is a `file`. Of a `faulty` one not all rows are known.
    """

    name: Scalar
    table: ReadOnly[str, Any]
    on_miss: OnMiss = OnMiss.ERROR
    default: str | int | float | bool | None = None
    asked: bool = False
    rows: ReadOnly[str, Scalar] = MappingProxyType({})
    faulty: bool = False
    file: str | None = None


class FieldRule(Frozen):
    """One destination field and how its value is made. Exactly one of source/formula or constant is set.

    Of a `faulty` rule something can't be read, so it is not known what it gives.
    """

    name: Scalar
    span: Span
    custom: bool = False
    level: Level = Level.OPTIONAL
    source: SourceText | None = None
    formula: FormulaText | None = None
    constant: Constant | None = None
    lookup: Scalar | None = None
    when: FormulaText | None = None
    on_empty: OnEmpty = OnEmpty.OMIT
    description: str | None = None
    faulty: bool = False


class ErrorRule(Frozen):
    """One line of the error filter: when true, the record is rejected with the message."""

    when: FormulaText
    message: Scalar


class Child(Frozen):
    """A reference to a child collection, and the destination field its records go into."""

    collection: Scalar
    into: Scalar


class Collection(Frozen):
    """The rules that turn one source record into one destination record.

    `digest` is the hash of the file's text: the template version that the journal keeps. `fields` holds plain
    and custom fields in file order. `overlay` is the file that is laid over the template's own, where there is one, and
    `removed` what it takes out: section and name. `unread_names` are those whose path can't be read; with
    `faulty_conditions` it is not known which records get past the filter and the error rules.
    """

    name: Scalar
    operation: Operation
    source: Scalar
    destination: Scalar
    file: str | None
    digest: str
    overlay: str | None = None
    removed: frozenset[tuple[str, str]] = frozenset()
    enabled: bool = True
    description: str | None = None
    child_of: Scalar | None = None
    each: SourceText | None = None
    filter: FormulaText | None = None
    errors: tuple[ErrorRule, ...] = ()
    names: ReadOnly[str, SourceText] = MappingProxyType({})
    fields: tuple[FieldRule, ...] = ()
    lookups: ReadOnly[str, Lookup] = MappingProxyType({})
    children: tuple[Child, ...] = ()
    duplicates: Duplicates = Duplicates.ALLOW
    on_change: OnChange = OnChange.ADD
    unread_names: frozenset[str] = frozenset()
    faulty_conditions: bool = False

    @property
    def title(self) -> str:
        """The collection's name as text."""
        return self.name.text

    @property
    def files(self) -> tuple[str | None, ...]:
        """The files that the collection comes from: its template, and the overlay where there is one."""
        return (self.file,) if self.overlay is None else (self.file, self.overlay)

    def formulas(self) -> Iterator[tuple[FormulaText, str | None, bool]]:
        """Yield every formula of the collection, the field it belongs to, and whether it sees `value`.

        A rule that can't be read may have the source that it would be seen by.
        """
        if self.filter is not None:
            yield self.filter, None, False
        for error in self.errors:
            yield error.when, None, False
        for rule in self.fields:
            for text in (rule.formula, rule.when):
                if text is not None:
                    yield text, rule.name.text, rule.source is not None or rule.faulty

    def where(self, line: int) -> tuple[str | None, int]:
        """Return the file that a line of the template is in, and its number there."""
        return self.overlay if is_overlaid(line) else self.file, line_in_file(line)

    def start_of(self, scalar: Scalar) -> tuple[int, int, str | None]:
        """Return line, column and file of a text's first character; the file only where it isn't the template's own."""
        start = scalar.inner or scalar.span.start
        return line_in_file(start.line), start.column, self.overlay if is_overlaid(start.line) else None


def with_all_below(collection: Collection, collections: ReadOnly[str, Collection]) -> Iterator[Collection]:
    """Yield a collection and all child collections below it, as far as there are any of their names, each once."""
    seen: set[str] = set()
    stack = [collection]
    while stack:
        one = stack.pop()
        if one.title not in seen:
            seen.add(one.title)
            yield one
            children = (collections.get(child.collection.text) for child in one.children)
            stack.extend(child for child in children if child is not None)


class End(Frozen):
    """One side of an integration: connector, record schema, the connector's options, and where name and value stand."""

    connector: Scalar
    schema: Scalar
    options: ReadOnly[str, Any]
    options_span: Span
    option_spans: ReadOnly[str, tuple[Span, Span]] = MappingProxyType({})
    external_id: SourceText | None = None
    watermark: SourceText | None = None


class MatchByExternalId(Frozen):
    """Match by the link that an earlier transfer saved."""

    span: Span


class MatchByField(Frozen):
    """Match where a destination field equals a value picked from the source record."""

    field: Scalar
    source: SourceText
    compare: str
    ignore: tuple[str, ...]
    region: str | None


class ErrorSettings(Frozen):
    """What becomes of transfers that fail.

    They are tried again `retries` times by themselves, after at most `longest_wait_minutes` each. The source record of
    one that is settled is kept for `keep_records_days`.
    """

    retries: int = 10
    longest_wait_minutes: int = 1440
    keep_records_days: int = 30


class Integration(Frozen):
    """Which connector feeds which collections, where records go, and how an existing record is found.

    `texts` holds every text under `options` and `settings` with its key, however deep it stands.
    """

    name: Scalar
    source: End
    destination: End
    match: tuple[MatchByExternalId | MatchByField, ...]
    add: Scalar | None
    update: Scalar | None
    settings: ReadOnly[str, Any]
    file: str | None
    texts: tuple[tuple[Scalar, Scalar], ...] = ()
    errors: ErrorSettings = ErrorSettings()


class Case(Frozen):
    """One example of a cases file: a record given and what is expected of it.

    `lookups` holds rows by table, which stand in for those of the collection and its child collections.
    """

    name: Scalar
    span: Span
    collection: Scalar
    given: Any
    existing: Any = None
    previous: Any = None
    parent: Any = None
    settings: ReadOnly[str, Any] | None = None
    lookups: ReadOnly[str, ReadOnly[str, Any]] = MappingProxyType({})
    now: str | None = None
    expect: ReadOnly[str, Any] | None = None
    exact: ReadOnly[str, Any] | None = None
    unset: tuple[str, ...] = ()
    expect_error: ReadOnly[str, str] | None = None
    expect_skip: bool = False
