"""Types flowing through one collection, in the order in which a record is mapped.

The filter and the error rules come first, and what they show of a record holds for all fields. Each expression is
looked at once; rules read the results. Nothing is reported here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics import Severity
from recordmap.expression.caps import MAX_TOGETHER
from recordmap.expression.facts import Facts, Found, Path
from recordmap.expression.formula_call_types import Scope
from recordmap.expression.formula_types import FormulaTypes
from recordmap.expression.functions.arguments import SCALAR
from recordmap.expression.lookups_asked import Lookups
from recordmap.expression.problems import Problem, unfit
from recordmap.expression.source_types import SourceTypes, plain_path
from recordmap.frozen import Frozen, replace
from recordmap.schema.fit import takes
from recordmap.schema.inside import element
from recordmap.schema.narrowing import only
from recordmap.schema.types import ANY, NULL, OBJECT, Kind, Type
from recordmap.schema.unions import or_null, type_of, union
from recordmap.template.model import Collection, FieldRule, FormulaText, Operation, SourceText
from recordmap.template.nodes import Scalar

if TYPE_CHECKING:
    from recordmap.expression.lookup_types import Missing

MAX_LEVELS = 6
"""Parents above a child collection whose facts it takes over."""

_UNKNOWN = replace(OBJECT, unsure=True)
"""A record of which nothing is known but that it is one."""
_NOTHING = replace(NULL, unsure=True)
"""The record that an Add changes: none. Who reads it is told so by another rule, once."""


class Located(Frozen):
    """A problem with the text that it stands in, and the field that the text belongs to."""

    problem: Problem
    scalar: Scalar
    field: str | None


class FieldFlow(Frozen):
    """What one field rule can give, the facts behind its `when`, and what its lookup lacks."""

    rule: FieldRule
    type: Type
    facts: Facts
    missing: Missing = None


class Flow:
    """The types of one collection: fields, what its `each` picks, and the facts of a record that reaches the fields.

    Without `sure` something above the fields can't be read, so it is not known which records reach them. What they may
    be is no finding then, as it isn't of a rule that can't be read itself: a repair would be one of nothing.
    `may_miss` are the lookups that can be asked for a value that they don't hold; `may_find` are the rows that lookups
    can be asked for, of those that are asked at all.
    """

    def __init__(self) -> None:
        self.fields: list[FieldFlow] = []
        self.problems: list[Located] = []
        self.each: Type | None = None
        self.each_fits = True
        self.sure = True
        self.facts = Facts(MappingProxyType({}))
        self.may_miss: set[str] = set()
        self.may_find: dict[str, set[str]] = {}


def flow_of(collection: Collection, around: Surroundings) -> Flow:
    """Return the types of a collection, worked out once."""
    found = around.flows.get(id(collection))
    if found is None:
        found = around.flows[id(collection)] = _Walk(collection, around).run()
    assert isinstance(found, Flow)  # noqa: S101 - nothing else is put there
    return found


class _Walk:
    def __init__(self, collection: Collection, around: Surroundings) -> None:
        self._collection = collection
        self._around = around
        self._flow = Flow()
        self._roots: dict[str, Path] = {
            "record": ("record",),
            "existing": ("existing",),
            "previous": ("previous",),
            "settings": ("settings",),
        }
        if collection.child_of is not None:
            self._roots["parent"] = ("parent",)
        self._named: dict[str, Path] = {}
        self._left = MAX_TOGETHER
        self._at: tuple[Scalar, str | None] = (collection.name, None)
        schemas = {"record": collection.source.text, "existing": collection.destination.text}
        if collection.child_of is not None:
            schemas["parent"] = collection.child_of.text
        schemas["previous"] = schemas.get("parent", schemas["record"])
        self._sources = SourceTypes(schemas, self._say)
        self._lookups = Lookups(collection.lookups)
        self._flow.may_miss, self._flow.may_find = self._lookups.may_miss, self._lookups.may_find
        scope = Scope(around.functions, self._lookups, schemas)
        self._formulas = FormulaTypes(scope, self._say)

    def run(self) -> Flow:
        collection, flow = self._collection, self._flow
        facts = self._start()
        if collection.filter is not None:
            facts = self._condition(collection.filter, None, facts).if_true
        for error in collection.errors:
            facts = self._condition(error.when, None, facts).if_false
        flow.facts = facts
        flow.fields = [self._field(rule, facts) for rule in collection.fields]
        for name, source in collection.names.items():
            if name not in self._named:
                self._picked(source, name, facts, None)
        self._leave_open()
        return flow

    def _leave_open(self) -> None:
        """Say nothing of what may be, where not everything can be read that decides it."""
        collection, flow = self._collection, self._flow
        parent_unread = collection.child_of is not None and self._around.unread
        flow.sure = flow.sure and not (collection.faulty_conditions or parent_unread)
        tables = {name for name, one in collection.lookups.items() if one.faulty}
        open_: set[str] = set()
        for number, one in enumerate(flow.fields):
            rule = one.rule
            if not flow.sure or rule.faulty or (rule.lookup is not None and rule.lookup.text in tables):
                flow.fields[number] = replace(one, facts=one.facts.never())
                open_.add(rule.name.text)
        flow.problems = [
            one for one in flow.problems if not (_may_be(one) and (one.field in open_ or not flow.sure))
        ]

    def _say(self, problem: Problem) -> None:
        self._flow.problems.append(Located(problem, *self._at))

    def _start(self) -> Facts:
        """Return the facts before the filter: the types of the roots."""
        collection, around = self._collection, self._around
        schema = around.schemas.get(collection.source.text)
        record = _UNKNOWN if schema is None else _object(schema.type)
        known: dict[Path, Type] = {("settings",): _settings(around), ("record",): record}
        if collection.child_of is not None:
            known |= self._parent(collection.child_of.text)
            known["record",] = self._element(collection, Facts(known), record)
        elif collection.operation is Operation.UPDATE:
            destination = around.schemas.get(collection.destination.text)
            known["existing",] = _UNKNOWN if destination is None else _object(destination.existing)
            known["previous",] = or_null(record)
        else:
            known["existing",] = known["previous",] = _NOTHING
        return Facts(known)

    def _parent(self, schema_name: str) -> dict[Path, Type]:
        """Return what is known in a child of its parent's record, as it is and was, and of what the parent changes."""
        around, collection = self._around, self._collection
        add = collection.operation is Operation.ADD
        schema = around.schemas.get(schema_name)
        record = _UNKNOWN if schema is None else _object(schema.type)
        plain: dict[Path, Type] = {
            ("parent",): record,
            ("existing",): _NOTHING if add else _UNKNOWN,
            ("previous",): _NOTHING if add else or_null(record),
        }
        parents = list(around.parents(collection))
        if not parents or around.depth >= MAX_LEVELS:
            return plain
        above: Facts | None = None
        for parent in parents:
            flow = flow_of(parent, replace(around, depth=around.depth + 1))
            self._flow.sure = self._flow.sure and flow.sure
            facts = flow.facts
            above = facts if above is None else above.joined(facts)
        assert above is not None  # noqa: S101 - there is a parent
        moved = {"record": "parent", "existing": "existing", "previous": "previous"}
        taken: dict[Path, Type] = {
            (moved[str(path[0])], *path[1:]): type_ for path, type_ in above.known.items() if path[0] in moved
        }
        return {**plain, **taken}

    def _element(self, collection: Collection, facts: Facts, declared: Type) -> Type:
        """Return the type of the child records that `each` picks: as declared, if that is what they are."""
        if collection.each is None:
            return declared
        self._at = (collection.each.scalar, None)
        picked = self._sources.infer(collection.each.parsed.tree, ("parent",), facts).type
        self._flow.each = picked
        items = union(only(picked, OBJECT.kinds), only(element(picked), OBJECT.kinds))
        if not items.kinds or items.unsure or declared.unsure:
            return declared
        self._flow.each_fits = takes(declared, items)
        return declared if self._flow.each_fits else items

    def _condition(self, text: FormulaText, field_name: str | None, facts: Facts, **more: Path) -> Found:
        self._at = (text.scalar, field_name)
        facts = self._with_names(text, facts)
        return self._formulas.infer(
            text.parsed, {**self._roots, **self._named, **more}, facts, condition=True
        )

    def _with_names(self, text: FormulaText, facts: Facts) -> Facts:
        """Return facts with those of the file's names that a formula reads."""
        for read in text.parsed.names:
            source = self._collection.names.get(read.name)
            if source is not None and (read.name not in self._named or (read.name,) not in facts.known):
                facts = self._picked(source, read.name, facts, None)
        return facts

    def _picked(self, source: SourceText, name: str, facts: Facts, field_name: str | None) -> Facts:
        """Infer a source, and return facts in which a path stands for what it picks."""
        before, silent = self._at, name in self._named
        self._left -= len(source.scalar.text)
        if self._left < 0:  # another rule has said so
            return facts.holding((name,), ANY)
        self._at = (source.scalar, field_name)
        count = len(self._flow.problems)
        found = self._sources.infer(source.parsed.tree, ("record",), facts)
        if silent:
            del self._flow.problems[count:]
        self._at = before
        self._named[name] = plain_path(source.parsed.tree, ("record",)) or (name,)
        return facts.holding((name,), found.type)

    def _field(self, rule: FieldRule, facts: Facts) -> FieldFlow:
        name = rule.name.text
        more: dict[str, Path] = {}
        picked: Type | None = None
        if rule.source is not None:
            self._at = (rule.source.scalar, name)
            found = self._sources.infer(rule.source.parsed.tree, ("record",), facts)
            picked = found.type
            more["value"] = plain_path(rule.source.parsed.tree, ("record",)) or ("value",)
            if more["value"] == ("value",):
                facts = facts.holding(("value",), picked)
        if rule.when is not None:
            facts = self._condition(rule.when, name, facts, **more).if_true
            if rule.source is not None:
                before, picked = picked, facts.read(more["value"])
                if picked is before and more["value"] == ("value",):
                    # What the condition shows of the record it may show of what was picked from it.
                    count = len(self._flow.problems)
                    picked = self._sources.infer(rule.source.parsed.tree, ("record",), facts).type
                    del self._flow.problems[count:]
                    facts = facts.holding(("value",), picked)
        made = picked if picked is not None else ANY
        if rule.constant is not None:
            made = type_of(rule.constant.value)
        elif rule.formula is not None:
            self._at = (rule.formula.scalar, name)
            facts = self._with_names(rule.formula, facts)
            roots = {**self._roots, **self._named, **more}
            made = self._formulas.infer(rule.formula.parsed, roots, facts).type
        missing: Missing = None
        if rule.lookup is not None:
            self._check_key(rule.lookup, name, made, facts)
            before = made
            made = ANY
            found_row = self._lookups.up(rule.lookup.text, before, dead=facts.dead)
            if found_row is not None:
                made, missing = found_row.type, None if before.unsure else found_row.missing
            made = replace(made, unsure=made.unsure or before.unsure)
        return FieldFlow(rule, made, facts, missing)

    def _check_key(self, lookup: Scalar, field_name: str, key: Type, facts: Facts) -> None:
        """Say that a value can be one that no table takes."""
        problem = unfit(key, SCALAR.kinds | NULL.kinds)
        if problem is not None and not facts.dead:
            self._at = (lookup, field_name)
            always = not key.kinds & (SCALAR.kinds | NULL.kinds)
            severity = Severity.ERROR if always else Severity.WARNING
            message = f"a table takes text, a number, or true or false, and {problem}"
            hint = "pick a part of it that is text or a number"
            self._say(Problem("may-fail", message, 0, len(lookup.text), hint, severity))


def _may_be(located: Located) -> bool:
    """Whether a problem is that something can fail for some records, and not that it is wrong as it stands."""
    return located.problem.code == "may-fail" and located.problem.severity is not Severity.ERROR


def _object(type_: Type) -> Type:
    """Return the type of a record: nothing but objects are mapped."""
    return only(type_, frozenset({Kind.OBJECT}))


def _settings(around: Surroundings) -> Type:
    """Return the type of settings, worked out once. Their values are meant to be changed: only kinds are known."""
    integration = around.integration
    if integration is None:
        return ANY
    found = around.flows.get(id(integration))
    if found is None:
        found = around.flows[id(integration)] = type_of(dict(integration.settings), exact=False)
    assert isinstance(found, Type)  # noqa: S101 - as above
    return found
