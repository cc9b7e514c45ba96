"""Making the mapper of a project's collection, in this process and again in others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from recordmap.batch.mapper import Mapper, Wishes
from recordmap.compiler.picker import compile_picker
from recordmap.diagnostics import ConfigurationError
from recordmap.frozen import Frozen, replace

if TYPE_CHECKING:
    from recordmap.batch.existing import Existing
    from recordmap.batch.narrow import Narrow
    from recordmap.batch.previous import Previous
    from recordmap.engine import Engine
    from recordmap.expression.source_nodes import Node
    from recordmap.runtime.plan import Plan


class Recipe(Frozen):
    """All that it takes to make a mapper, in a form that can be sent to another process.

    `load` returns the engine of a project folder; `existing` is a file of existing destination records, `previous`
    one of source records as they were last synced. `version` and `now` come from the run's first mapper, so that every
    process maps with the same templates and the same time.
    """

    load: Callable[[Path], Engine]
    project: Path
    collection: str
    wishes: Wishes
    existing: Path | None = None
    previous: Path | None = None
    version: str | None = None
    now: str | None = None

    def first(self) -> tuple[Mapper, Recipe]:
        """Make the first mapper of a run, and the recipe for more like it.

        Raises:
            TemplateError: the collection, or the integration, has errors.
            ConfigurationError: there is no such collection, it can't be mapped on its own, or the existing records
                can't be used.
        """
        engine = self.load(self.project)
        plan = engine.plan(self.collection)
        if engine.collections[self.collection].child_of is not None:
            raise ConfigurationError(
                f"'{self.collection}' is a child collection", "map its parent: children run inside it"
            )
        integration, _ = engine.checked_integration()
        id_source = integration.source.external_id
        # An ID is shown beside what was rejected, and nowhere else.
        also = (id_source.parsed.tree,) if id_source is not None and self.wishes.shows else ()
        recipe = replace(self, version=plan.version, now=self.now or (plan.clock() if plan.clock else None))
        mapper = Mapper(
            plan,
            self.wishes,
            pick_id=compile_picker(id_source.parsed) if id_source is not None else None,
            existing=self._existing(engine, plan),
            previous=self._previous(engine, plan),
            now=recipe.now,
            narrow=lambda: _narrow(engine, self.collection, also),
        )
        return mapper, recipe

    def __call__(self) -> Mapper:
        """Make one more mapper of a run.

        Raises:
            TemplateError, ConfigurationError: as `first`; also when the templates are no longer the run's.
        """
        mapper, recipe = self.first()
        if recipe.version != self.version:
            raise ConfigurationError("a template was changed while the run began", "start it again")
        return mapper

    def _existing(self, engine: Engine, plan: Plan) -> Existing | None:
        if self.existing is None:
            return None
        from recordmap.batch.existing import Existing, matching  # noqa: PLC0415 - only for updates

        if plan.operation != "update":
            raise ConfigurationError(
                f"'{self.collection}' makes new records", "existing records are for Update collections"
            )
        return Existing.from_file(matching(*engine.checked_integration(), plan), self.existing)

    def _previous(self, engine: Engine, plan: Plan) -> Previous | None:
        if self.previous is None:
            return None
        from recordmap.batch.previous import Previous  # noqa: PLC0415 - only for updates

        if plan.operation != "update":
            raise ConfigurationError(
                f"'{self.collection}' makes new records", "previous records are for Update collections"
            )
        integration, _ = engine.checked_integration()
        if integration.source.external_id is None:
            raise ConfigurationError(
                "the integration's source names no external_id, so no previous record can be found"
            )
        return Previous.from_file(compile_picker(integration.source.external_id.parsed), self.previous)


def _narrow(engine: Engine, collection: str, also: tuple[Node, ...]) -> Narrow | None:
    """Make a decoder of no more than a collection and the sources `also` need; None where that's not possible."""
    from recordmap.batch.narrow import Narrow  # noqa: PLC0415 - pays from some thousands of records on
    from recordmap.compiler.needs import needs  # noqa: PLC0415 - as above

    need = needs(engine.collections[collection], engine.collections, also)
    if need.whole:
        return None
    try:
        return Narrow(need, lambda objects: engine.function_for_objects(collection, objects))
    except ValueError:  # a key that no class takes for the name of an attribute
        return None
