"""Links in a project: followed within it, and never out of it, or a repository could show what it doesn't hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.syncing import Do

SECRET = "name: hunter2\ncolour: blue\n"


@pytest.mark.parametrize(
    "name", ["linked.yaml", "linked.cases.yaml", "linked.overlay.yaml", "integration.yaml", "schemas/shop/x"]
)
@pytest.mark.parametrize("alone", [False, True], ids=["project", "file"])
def test_a_link_out_of_the_project_is_told_and_not_read(
    do: Do, name: str, alone: bool, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret"
    secret.write_text(SECRET, encoding="utf-8")
    is_schema = name.startswith("schemas")
    link = project / (f"{name}.schema.json" if is_schema else name)
    link.unlink(missing_ok=True)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(secret)
    place = link
    if is_schema:
        place = link.parents[2] / "customer_add.yaml"
        template = place.read_text(encoding="utf-8")
        place.write_text(template.replace("ipaas/customer\n", "shop/x\n", 1), encoding="utf-8")
    code, printed, _ = do("check", *([place.name] if alone else []))
    assert (code, f"{place.name}:" in printed) == (1, True)
    assert "it is a link, and it lies outside the project" in printed
    assert "hint: " in printed
    assert not {"hunter2", "colour"} & set(re.findall(r"\w+", printed))


def test_what_lies_behind_a_folder_that_leads_out_of_the_project_is_not_named(
    do: Do, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "secret.schema.json").write_text("{}", encoding="utf-8")
    (project / "schemas" / "shop").symlink_to(elsewhere)
    template = project / "customer_add.yaml"
    text = template.read_text(encoding="utf-8")
    template.write_text(text.replace("ipaas/customer\n", "shop/secre\n", 1), encoding="utf-8")
    code, printed, _ = do("check")
    assert (code, "there is no record schema 'shop/secre'" in printed, "secret" in printed) == (
        1,
        True,
        False,
    )


def test_a_link_within_the_project_is_followed(do: Do, project: Path) -> None:
    template = project / "customer_add.yaml"
    template.rename(project / "records" / "customer_add.yaml")
    template.symlink_to("records/customer_add.yaml")
    assert do("check")[0] == 0


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("customer_add.cases.yaml", ("capture", "records/profiles.json")),
        ("docs/README.md", ("docs",)),
        ("new/customer_add.yaml", ("init", "new")),
    ],
)
def test_nothing_is_written_through_a_link_out_of_the_project(
    do: Do, name: str, command: tuple[str, ...], project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "made"
    link = project / name
    link.unlink(missing_ok=True)
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(elsewhere)
    code, _, told = do(*command)
    assert (code, link.name in told, elsewhere.exists()) == (2, True, False)
    assert command[0] == "capture" or [*link.parent.iterdir()] == [link]
