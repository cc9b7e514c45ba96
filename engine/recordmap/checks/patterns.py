"""invalid-pattern, unsafe-pattern, missing-extra: regular expressions that formulas hold."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics import Span
from recordmap.diagnostics.findings import Findings
from recordmap.expression.formula import Call
from recordmap.expression.functions.spec import FunctionSpec
from recordmap.template.model import Collection, FormulaText

_HINT = "write it in a simpler way: `recordmap functions matches` tells what patterns can hold"
_TOO_LARGE = "too large"
"""What RE2 says of a pattern that would need too much memory."""


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report patterns that RE2 won't take, told as well as can be where it isn't installed."""
    for text, field, _ in collection.formulas():
        for call in text.parsed.calls:
            spec = around.functions.get(call.function)
            if spec is not None and (spec.extra or any(parameter.check for parameter in spec.parameters)):
                findings.field = field
                _check_call(call, spec, text, findings)
    findings.field = None


def _check_call(call: Call, spec: FunctionSpec, text: FormulaText, findings: Findings) -> None:
    from recordmap.expression.functions.patterns import EXTRA, is_installed  # noqa: PLC0415 - few templates have any

    for constant in _patterns(call, spec):
        _check_pattern(constant, text, findings)
    if spec.extra == EXTRA and not is_installed():
        hint = f"whoever installs recordmap writes: pip install 'recordmap[{EXTRA}]'"
        message = f"'{spec.name}' needs an extra package, which this computer doesn't have"
        span = text.scalar.at(call.place.offset, call.place.length)
        findings.add("missing-extra", message, span, hint=hint)


def _patterns(call: Call, spec: FunctionSpec) -> Iterator[ast.Constant]:
    """Yield the arguments of a call that are patterns, and written out."""
    from recordmap.expression.functions.patterns import pattern_problem  # noqa: PLC0415 - as above

    names = [parameter.name for parameter in spec.parameters if parameter.check is pattern_problem]
    given: list[tuple[str | None, ast.expr]] = [
        (parameter.name, value) for parameter, value in zip(spec.parameters, call.node.args, strict=False)
    ]
    given += [(keyword.arg, keyword.value) for keyword in call.node.keywords]
    for name, value in given:
        if name in names and isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value


def _check_pattern(constant: ast.Constant, text: FormulaText, findings: Findings) -> None:
    from recordmap.expression.functions.patterns import is_installed, pattern_problem  # noqa: PLC0415 - as above
    from recordmap.expression.pattern_faults import PatternFault, pattern_fault  # noqa: PLC0415 - as above

    pattern = str(constant.value)
    fault = pattern_fault(pattern)
    if fault is None and is_installed() and (problem := pattern_problem(pattern)) is not None:
        unsafe = _TOO_LARGE in problem
        fault = PatternFault("needs too much memory" if unsafe else problem, 0, len(pattern), _HINT, unsafe)
    if fault is not None:
        code = "unsafe-pattern" if fault.unsafe else "invalid-pattern"
        span = _place(constant, text, fault.offset, fault.length)
        findings.add(code, f"the pattern {fault.message}", span, hint=fault.hint)


def _place(constant: ast.Constant, text: FormulaText, offset: int, length: int) -> Span:
    """Return the place of a part of the pattern, or of the whole where the quotes hold something else than it."""
    whole = text.parsed.place(constant)
    written = text.parsed.text[whole.offset : whole.offset + whole.length]
    if written[1:-1] != constant.value:
        return text.scalar.at(whole.offset, whole.length)
    return text.scalar.at(whole.offset + 1 + offset, length)
