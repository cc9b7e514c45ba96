"""competing-collections, unused-collection: collections of a project that never run."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings, job_of
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Collection


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report enabled collections that the integration doesn't come to, and why not if another has their job.

    While a name leads nowhere, it may be this collection that it means.
    """
    if around.integration is None or not collection.enabled:
        return
    if collection.title in around.named or not around.named <= around.collections.keys():
        return
    if collection.child_of is not None:
        message = "no collection has this one under 'children', so it never runs"
        hint = "name it under 'children' of its parent, or write 'status: disabled'"
        findings.add("unused-collection", message, collection.name.span, hint=hint)
        return
    job = job_of(collection)
    same = [] if "any" in job else [one for one in around.jobs.get(job, ()) if one is not collection]
    if around.running(collection.operation) in same:
        message = (
            "this does the same job as the collection that the integration names, so this one never runs"
        )
        hint = (
            f"name this one under '{collection.operation}' in integration.yaml, or write 'status: disabled'"
        )
        findings.add("competing-collections", message, collection.name.span, hint=hint)
    elif same:
        message = f"this does the same job as '{same[0].title}', and the integration names neither"
        hint = f"name one of them under '{collection.operation}' in integration.yaml, and disable the other"
        findings.add("competing-collections", message, collection.name.span, hint=hint)
    else:
        message = "the integration doesn't name this collection, so it never runs"
        hint = f"name it under '{collection.operation}' in integration.yaml, or write 'status: disabled'"
        findings.add("unused-collection", message, collection.name.span, hint=hint)
