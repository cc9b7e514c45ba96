"""Where the shipped collections and schemas are: inside the installed package, or in the checkout beside it."""

from __future__ import annotations

from pathlib import Path


def data_folder(name: str) -> Path:
    """Return the folder of shipped data called `name` ("collections" or "schemas").

    Raises:
        FileNotFoundError: neither the package nor a checkout around it holds the folder.
    """
    package = Path(__file__).parent
    for folder in (package / "data" / name, package.parent.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"recordmap was installed without its folder '{name}'")
