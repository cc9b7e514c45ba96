"""The generated function under construction: fresh names, constants, helpers and blocks of statements.

Code is made as `ast` nodes, never as text, so no text of a template can become code. Names that a template chose
are hints only: every local is sanitised and numbered, and every global is put into the namespace by this module.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Hashable
from typing import Any

_LITERALS = (str, int, float, bool, type(None))
_LOCAL = re.compile(
    r"record|existing|parent|now|previous|steps|size|work|error|plan|careful|\w*_[0-9]+", re.ASCII
)
"""Names that the locals of generated code have; globals keep clear of them, whatever a function is called."""


def load(name: str) -> ast.Name:
    """Return an expression that reads a name."""
    return ast.Name(name, ast.Load())


def call(function: ast.expr, *arguments: ast.expr) -> ast.Call:
    """Return a call with positional arguments."""
    return ast.Call(function, list(arguments), [])


def is_none(value: ast.expr) -> ast.expr:
    """Return the test for null. A constant is not asked: Python warns of `5 is None`."""
    if isinstance(value, ast.Constant):
        return ast.Constant(value.value is None)
    return ast.Compare(value, [ast.Is()], [ast.Constant(None)])


def is_not_none(value: ast.expr) -> ast.expr:
    """Return the test for anything but null."""
    if isinstance(value, ast.Constant):
        return ast.Constant(value.value is not None)
    return ast.Compare(value, [ast.IsNot()], [ast.Constant(None)])


class Writer:
    """What one generated function shares: its namespace (the only globals it sees) and its counters.

    In an `optimistic` function whatever is unusual may raise: the function falls back to a careful one, `beside` it in
    the same namespace.
    """

    def __init__(self, *, optimistic: bool = False, beside: Writer | None = None) -> None:
        self.optimistic = optimistic
        self.namespace: dict[str, Any] = {"__builtins__": {}} if beside is None else beside.namespace
        self._bound: dict[int, str] = {} if beside is None else beside._bound  # names of objects by identity
        self._numbers: dict[str, int] = {} if beside is None else beside._numbers
        self.uses_steps = False
        self.uses_size = False
        self.uses_work = False
        self.uses_now = False
        self.uses_previous = False
        self.sure_steps = 0  # steps that the optimistic tier counts whether a record takes them or not
        self.uncounted = 0  # characters that the optimistic tier lets pass without a count, at most
        self._count = 0
        self._constants: dict[str, Any] = {}

    def fresh(self, hint: str) -> str:
        """Return a new local name that reads like `hint`."""
        self._count += 1
        word = re.sub(r"\W+", "_", hint, flags=re.ASCII).strip("_").lower()[:40] or "value"
        return f"{word}_{self._count}"

    def constant(self, value: Any) -> ast.expr:
        """Return an expression for JSON data: scalars inline, lists and objects once in the namespace.

        Pooled by type and value, because 1, True and 1.0 are equal in Python and different in JSON. A pooled list
        or object is shared by all records: generated code must copy it before a record can reach it.
        """
        if isinstance(value, _LITERALS):
            return ast.Constant(value)
        key = repr(value)
        if key not in self._constants:
            self._constants[key] = value
        return self.bind(self._constants[key], "CONSTANT")

    def helper(self, function: Callable[..., Any], name: str | None = None) -> ast.Name:
        """Return an expression for a function of ours, under its own name."""
        return self.bind(function, name or function.__name__)

    def bind(self, value: object, name: str) -> ast.Name:
        """Put one object into the namespace, once, under `name` or a name like it, and return a read of it."""
        known = self._bound.get(id(value))
        if known is not None:
            return load(known)
        if _LOCAL.fullmatch(name):
            name += "_"
        free = name
        while free in self.namespace:
            number = self._numbers[name] = self._numbers.get(name, 1) + 1
            free = f"{name}_{number}" if name.isupper() else f"{name}_{number}_"
        self.namespace[free] = value
        self._bound[id(value)] = free
        return load(free)


class Block:
    """Statements in the making, with the reads already made in them or around them, and facts about locals.

    A read made inside a nested block is not known outside it, because the block may not have run.
    """

    def __init__(self, writer: Writer, around: Block | None = None, begun: Block | None = None) -> None:
        self.writer = writer
        self.body: list[ast.stmt] = []
        self._around = around
        self._reads: dict[Hashable, ast.expr] = {} if begun is None else begun._reads
        self._facts: set[Hashable] = set() if begun is None else begun._facts
        self._told: dict[str, Any] = {} if begun is None else begun._told

    def nested(self) -> Block:
        """Return a block for a branch or a loop inside this one."""
        return Block(self.writer, self)

    def part(self) -> Block:
        """Return a block that runs to its end before whatever follows in this one, so that its reads count here."""
        return Block(self.writer, self._around, self)

    def emit(self, statement: ast.stmt) -> None:
        """Add a statement."""
        self.body.append(statement)

    def let(self, value: ast.expr, hint: str) -> ast.expr:
        """Bind `value` to a fresh local and return a read of it; constants and names are returned as they are."""
        if isinstance(value, ast.Name | ast.Constant):
            return value
        name = self.writer.fresh(hint)
        self.emit(ast.Assign([ast.Name(name, ast.Store())], value))
        return load(name)

    def assign(self, name: str, value: ast.expr) -> None:
        """Assign to a local that exists."""
        self.emit(ast.Assign([ast.Name(name, ast.Store())], value))

    def once(self, key: Hashable, make: Callable[[], ast.expr]) -> ast.expr:
        """Return the expression made for `key` here or around here, making it at most once."""
        block: Block | None = self
        while block is not None:
            if key in block._reads:
                return block._reads[key]
            block = block._around
        made = make()
        self._reads[key] = made
        return made

    def tell(self, name: str, what: Any) -> None:
        """Say what is known of a local from here on, instead of what was known."""
        self._told[name] = what

    def told(self, name: str) -> Any:
        """Return what was said of a local here or around here, or None."""
        block: Block | None = self
        while block is not None:
            if name in block._told:
                return block._told[name]
            block = block._around
        return None

    def knows(self, fact: Hashable) -> bool:
        """Whether a fact was noted here or around here."""
        block: Block | None = self
        while block is not None:
            if fact in block._facts:
                return True
            block = block._around
        return False

    def note(self, fact: Hashable) -> bool:
        """Note a fact that holds from here on; returns whether it is news."""
        news = not self.knows(fact)
        self._facts.add(fact)
        return news
