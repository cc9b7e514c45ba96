"""`recordmap functions`: the function table of formulas."""

from __future__ import annotations

import json

import click

from recordmap.cli.options import color_option, json_option
from recordmap.diagnostics import ConfigurationError
from recordmap.diagnostics.findings import suggestion
from recordmap.expression.functions.spec import FunctionSpec
from recordmap.expression.functions.table import FUNCTIONS


@click.command("functions")
@click.argument("name", required=False)
@json_option
@color_option
def command(name: str | None, as_json: bool) -> None:
    """Explain the function NAME; without one, list them all."""
    from recordmap.cli.output import print_json, print_table

    if name is not None and name not in FUNCTIONS:
        raise ConfigurationError(
            f"there is no function '{name}'", suggestion(name, FUNCTIONS) or "recordmap functions lists them"
        )
    if as_json:
        specs = [FUNCTIONS[name]] if name else list(FUNCTIONS.values())
        print_json({"format_version": "1.0", "functions": [_as_data(spec) for spec in specs]})
    elif name is None:
        print_table(
            ("function", "what it gives"), [(spec.signature, spec.doc) for spec in FUNCTIONS.values()]
        )
    else:
        click.echo(_explain(FUNCTIONS[name]))


def _explain(spec: FunctionSpec) -> str:
    lines = [spec.signature, "", f"  {spec.doc}", ""]
    for parameter in spec.parameters:
        notes = ", optional" if parameter.optional else ", any number of them" if parameter.repeats else ""
        lines.append(f"  {parameter.name}: {parameter.type.describe()}{notes}. {parameter.doc}")
    lines += [f"  gives: {spec.returns.describe()}", f"  null: {spec.null.value}", "", "  Examples"]
    for example in spec.examples:
        given = (
            f"   where {', '.join(f'{k} = {_shown(v)}' for k, v in example.names.items())}"
            if example.names
            else ""
        )
        result = "rejects the record" if example.fails else _shown(example.gives)
        lines.append(f"    {example.formula}  →  {result}{given}")
    return "\n".join(lines)


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _as_data(spec: FunctionSpec) -> dict[str, object]:
    return {
        "name": spec.name,
        "signature": spec.signature,
        "doc": spec.doc,
        "null": spec.null.value,
        "returns": spec.returns.describe(),
        "parameters": [
            {
                "name": p.name,
                "type": p.type.describe(),
                "optional": p.optional,
                "repeats": p.repeats,
                "doc": p.doc,
            }
            for p in spec.parameters
        ],
        "examples": [
            {"formula": one.formula, "names": dict(one.names), "gives": one.gives, "fails": one.fails}
            for one in spec.examples
        ],
    }
