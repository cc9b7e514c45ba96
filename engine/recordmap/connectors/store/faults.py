"""What errors of a database mean to its user, in the same words whichever database it is.

`store` names the store in a message: its file, or its address without a password. No message repeats what the
database said, because that may quote a value.
"""

from __future__ import annotations

from recordmap.connectors.base import ConnectorError
from recordmap.connectors.destination import OvertakenError


def overtaken(store: str, code: str = "value-not-unique") -> ConnectorError:
    """Return the fault for a writer that got past the write lock: the indexes, the last line behind it, held."""
    return OvertakenError(code, f"another writer of the store {store} got in between")


def locked(store: str) -> ConnectorError:
    """Return the fault for another writer that took longer than one waits."""
    return ConnectorError(
        "store-locked",
        f"the store {store} is in use by another process",
        transient=True,
        hint="wait for it to finish, or stop it",
    )


def full(store: str) -> ConnectorError:
    """Return the fault for a database without room."""
    return ConnectorError(
        "store-full",
        f"there is no room left for the store {store}",
        transient=False,
        hint="make room on its disk; nothing half-written is left behind",
    )


def read_only(store: str, hint: str) -> ConnectorError:
    """Return the fault for a database that may not be written."""
    return ConnectorError("store-readonly", f"the store {store} can't be written", transient=False, hint=hint)


def unreadable(store: str, reason: str, hint: str | None = None) -> ConnectorError:
    """Return the fault for a database that is no store, or can't be used as one."""
    message = f"the store {store} can't be read: {reason}"
    return ConnectorError("store-unreadable", message, transient=False, hint=hint)


def gone(store: str) -> ConnectorError:
    """Return the fault for a file that is there no more, or is another one by now."""
    return unreadable(
        store,
        "its file was deleted or replaced while it was in use",
        "start again; before a backup is put in its place, stop what uses the store",
    )


def unavailable(store: str) -> ConnectorError:
    """Return the fault for a server that doesn't answer now."""
    return ConnectorError(
        "store-unavailable",
        f"the database server of the store {store} can't be reached",
        transient=True,
        hint="check that the server runs, its name and port, and the network in between",
    )


def refused(store: str, reason: str, hint: str) -> ConnectorError:
    """Return the fault for a server that answers, and doesn't let this user in."""
    return ConnectorError(
        "store-refused",
        f"the database server of the store {store} refuses: {reason}",
        transient=False,
        hint=hint,
    )
