"""From the syntax tree of a function to the function: places for all nodes, compiled at once or when it is needed."""

from __future__ import annotations

import ast
from _thread import allocate_lock  # threading.Lock, without what else threading brings
from collections.abc import Callable
from typing import Any


def assemble(function: ast.FunctionDef, namespace: dict[str, Any], title: str) -> Callable[..., Any]:
    """Compile a function into its namespace, the only globals it sees, and return it."""
    give_places(function)
    # The tree holds nothing but nodes made by this room, and the namespace nothing but what they name.
    exec(compile(ast.Module([function], []), title, "exec"), namespace)  # noqa: S102
    made: Callable[..., Any] = namespace[function.name]
    return made


def define(name: str, parameters: tuple[str, ...], body: list[ast.stmt]) -> ast.FunctionDef:
    """Return the definition of a function."""
    arguments = ast.arguments([], [ast.arg(parameter) for parameter in parameters], None, [], [], None, [])
    function = ast.FunctionDef(name, arguments, body, [], None, None)
    function.type_params = []  # type: ignore[attr-defined]  # a field from Python 3.12 on, which warns when it is missing
    return function


def give_places(tree: ast.AST) -> None:
    """Give every node the one place that Python asks for, as `ast.fix_missing_locations` does, several times faster."""
    stack: list[ast.AST] = [tree]
    while stack:
        fields = stack.pop().__dict__
        for value in fields.values():
            if isinstance(value, list):
                stack.extend(part for part in value if isinstance(part, ast.AST))
            elif isinstance(value, ast.AST):
                stack.append(value)
        fields["lineno"], fields["col_offset"] = 1, 0


class Later:
    """A function that is made when it is first called. Safe to share between threads.

    `write` returns its definition. Once made, it takes its own place in the namespace, so that code there finds it.
    """

    def __init__(
        self, name: str, write: Callable[[], ast.FunctionDef], namespace: dict[str, Any], title: str
    ) -> None:
        self._name = name
        self._write = write
        self._namespace = namespace
        self._title = title
        self._lock = allocate_lock()
        self._made: Callable[..., Any] | None = None

    def __call__(self, *arguments: Any) -> Any:
        """Call the function."""
        return (self._made or self._make())(*arguments)

    def _make(self) -> Callable[..., Any]:
        with self._lock:
            if self._made is None:
                standing = self._namespace[self._name]
                self._made = assemble(self._write(), self._namespace, self._title)
                if standing is not self:
                    self._namespace[self._name] = standing
            return self._made
