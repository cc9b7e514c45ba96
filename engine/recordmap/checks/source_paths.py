"""unknown-source-path: what an integration reads of a source record that its schema doesn't have."""

from __future__ import annotations

from types import MappingProxyType

from recordmap.checks.flow import Located
from recordmap.checks.problems import report
from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.findings import Findings
from recordmap.expression.facts import Facts
from recordmap.expression.problems import Problem
from recordmap.expression.source_types import SourceTypes
from recordmap.template.model import Integration, MatchByField, SourceText


def check(integration: Integration, around: Surroundings, findings: Findings) -> None:
    """Report paths of an integration that no record of the source has."""
    schema = around.schemas.get(integration.source.schema.text)
    if schema is None:
        return
    facts = Facts(MappingProxyType({("record",): schema.type}))
    by_field = (rule.source for rule in integration.match if isinstance(rule, MatchByField))
    for source in (integration.source.external_id, integration.source.watermark, *by_field):
        if source is not None:
            _check(source, schema.name, facts, findings)


def _check(source: SourceText, schema: str, facts: Facts, findings: Findings) -> None:
    found: list[Problem] = []
    SourceTypes({"record": schema}, found.append).infer(source.parsed.tree, ("record",), facts)
    for problem in found:
        report(Located(problem, source.scalar, None), findings)
