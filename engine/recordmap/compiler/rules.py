"""Field rules to statements: make the value, then let it leave its field."""

from __future__ import annotations

import ast

from recordmap.compiler.careful import Reject, Target
from recordmap.compiler.formula_inliner import note_present
from recordmap.compiler.formula_scope import Scope
from recordmap.compiler.formulas import emit_formula, emit_value
from recordmap.compiler.ground import Ground
from recordmap.compiler.writer import Block, call, load
from recordmap.demands import field_schema, required_message
from recordmap.runtime import values
from recordmap.runtime.values import Place
from recordmap.schema.record import DEFAULT_CUSTOM_CONTAINER
from recordmap.schema.types import ANY
from recordmap.template.model import FieldRule, FormulaText

_SURE = (ast.BoolOp, ast.And, ast.Or, ast.Not, ast.IfExp, ast.Constant, ast.Name, ast.Attribute, ast.Load)
"""Nodes of formulas that can't fail, whatever the record."""


def emit_fields(ground: Ground, block: Block, record: str, reject: Reject) -> None:
    """Emit all field rules of a collection, in the order of the file."""
    rules = ground.collection.fields
    custom = None
    if any(rule.custom for rule in rules):
        custom = ground.writer.fresh("custom_fields")
        block.assign(custom, ast.Dict([], []))
    free = values.free_length(len(rules), child=ground.inlined)
    for rule in rules:
        _emit_field(
            ground, _target(ground, rule, (custom or record) if rule.custom else record, free, reject), block
        )
    ground.tier.close(block)
    if custom is not None:
        container = ground.schema.custom_container or DEFAULT_CUSTOM_CONTAINER
        slot = ast.Subscript(load(record), ast.Constant(container), ast.Store())
        block.emit(ast.If(load(custom), [ast.Assign([slot], load(custom))], []))


def _target(ground: Ground, rule: FieldRule, record: str, free: int, reject: Reject) -> Target:
    schema = field_schema(rule, ground.schema)
    message = required_message(rule, ground.collection, ground.schema)
    text = rule.formula or rule.source or rule.constant
    place = ground.place(text.scalar if text else rule.name, rule.name.text)
    reads = rule.formula.parsed.names if rule.formula is not None else ()
    shared = any(read.name == "settings" for read in reads)
    return Target(
        rule, schema.type if schema else ANY, message, place, record, free, reject, shared, ground.inlined
    )


def _emit_field(ground: Ground, target: Target, block: Block) -> None:
    rule = target.rule
    picked: ast.expr = ast.Constant(None)
    if rule.source is not None:
        picking = block.part()
        picked = picking.let(ground.path(rule.source, picking), rule.name.text)
        place = ground.place(rule.source.scalar, rule.name.text)
        _emit_step(ground, picking, target, place if not rule.source.parsed.is_plain else None, block)
    part = block.part()
    if rule.when is None:
        ground.tier.leave(_made(ground, rule, picked, part), target, part, together=True)
    else:
        scope = _scope(ground, rule, picked)
        test = _emit_when(ground, rule.when, target, scope, block)
        inside, otherwise = part.nested(), part.nested()
        if ground.writer.optimistic:
            note_present(rule.when.parsed.tree, inside, scope)
        ground.tier.leave(_made(ground, rule, picked, inside), target, inside, together=False)
        if target.required_message is not None:
            ground.tier.empty(target, otherwise)
        part.emit(ast.If(test, inside.body or [ast.Pass()], otherwise.body))
    _emit_step(ground, part, target, target.place if _can_fail(ground, rule) else None, block)


def _emit_when(ground: Ground, when: FormulaText, target: Target, scope: Scope, block: Block) -> ast.expr:
    """Emit the condition of a rule, and return it."""
    part = block.part()
    test = emit_formula(when.parsed.tree, part, scope)
    place = None
    if not ground.writer.optimistic and _formula_can_fail(ground, when):
        test = part.let(test, "when")  # so that whatever fails in it fails here
        place = ground.place(when.scalar, target.rule.name.text)
    _emit_step(ground, part, target, place, block)
    return test


def _emit_step(ground: Ground, part: Block, target: Target, place: Place | None, block: Block) -> None:
    """Emit a step of a rule; one that can fail has a place to fail at."""
    if place is None:
        block.body.extend(part.body)
    else:
        ground.tier.guard(part.body, place, target.reject, block)


def _made(ground: Ground, rule: FieldRule, picked: ast.expr, block: Block) -> ast.expr:
    made = picked
    if rule.constant is not None:
        made = ast.Constant(rule.constant.value)
    elif rule.formula is not None:
        scope = _scope(ground, rule, picked)
        made = emit_value(rule.formula.parsed.tree, block, scope, rule.name.text)
    if rule.lookup is not None:
        translate = ground.writer.helper(ground.library.functions["lookup"].call, "lookup")
        tables = ground.writer.bind(ground.collection.lookups, "LOOKUPS")
        made = call(translate, tables, ast.Constant(rule.lookup.text), made)
    return made


def _scope(ground: Ground, rule: FieldRule, picked: ast.expr) -> Scope:
    """Return what the formulas of a rule see."""
    return ground.scope(picked, ANY if rule.source is None else ground.type_at(rule.source))


def _can_fail(ground: Ground, rule: FieldRule) -> bool:
    """Whether making a value can raise: constants, and formulas of nothing but choices can't."""
    return rule.lookup is not None or (rule.formula is not None and _formula_can_fail(ground, rule.formula))


def _formula_can_fail(ground: Ground, text: FormulaText) -> bool:
    names = ground.collection.names
    reads = [names[read.name] for read in text.parsed.names if read.name in names]
    if not all(source.parsed.is_plain for source in reads):
        return True
    return not all(isinstance(node, _SURE) for node in ast.walk(text.parsed.tree))
