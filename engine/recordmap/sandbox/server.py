"""The sandbox: a Klaviyo account on this machine, for demonstrations and tests.

It binds loopback only, there is no setting for anything else, and it never calls out.
"""

from __future__ import annotations

import socket
import string
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from itertools import count
from secrets import choice
from threading import Thread
from types import TracebackType
from typing import Any, Self

from recordmap.diagnostics import ConfigurationError
from recordmap.sandbox.application import build_app
from recordmap.sandbox.calls import Api
from recordmap.sandbox.cursors import Cursors
from recordmap.sandbox.faults.script import Fault, Script
from recordmap.sandbox.gate import Gate, SeenRequest
from recordmap.sandbox.generator import NEWEST, People, Profile
from recordmap.sandbox.generator.dice import Dice
from recordmap.sandbox.generator.ids import ulid
from recordmap.sandbox.generator.times import text
from recordmap.sandbox.settings import Clock, Settings, system_clock
from recordmap.sandbox.store import Store
from recordmap.sandbox.wire import LOOPBACK, Server, bind
from recordmap.sandbox.writes import merged

_KEY_LENGTH = 34
_KEY_LETTERS = string.ascii_lowercase + string.digits
_STOP_SECONDS = 15
_MOST_LEVELS = 10


def make_key(seed: int | None = None) -> str:
    """Return a private key: `pk_` and 34 characters, by chance or, with a seed, the same each time."""
    dice = None if seed is None else Dice(seed, 0, "key")
    letters = (choice(_KEY_LETTERS) if dice is None else dice.pick(_KEY_LETTERS) for _ in range(_KEY_LENGTH))
    return "pk_" + "".join(letters)


class Sandbox:
    """A Klaviyo account with generated or given profiles, served on loopback.

    Use it as a context manager to serve in the background, `serve` to serve until a signal comes, or `app` in
    process. Profiles, faults and time can be changed while it runs.

    Args:
        profiles: how many to generate, or the profiles themselves: `{"id": …, "attributes": {…}}`, each taken as
            it is; what it lacks is missing from answers too, but for `created` and `updated`, which become now.
        seed: decides the generated profiles and the lots of faults.
        port: 0 for any that is free.
        key: the private key; one by chance when None.
        faults: what shall go wrong, see `Fault`.
        clock: the time of the account. It should not run backwards.
        settings: what Klaviyo leaves open.
        nasty: share of generated profiles with text that breaks careless software.
        without_email: share of generated profiles without an e-mail address.

    Raises:
        ConfigurationError: the number of profiles, a share or a fault is not possible.
    """

    def __init__(  # noqa: PLR0913 - an account has many sides, all with a default
        self,
        profiles: int | Iterable[Mapping[str, Any]] = 1000,
        *,
        seed: int = 1,
        port: int = 0,
        key: str | None = None,
        faults: Iterable[Fault | Mapping[str, Any]] = (),
        clock: Clock = system_clock,
        settings: Settings | None = None,
        nasty: float = 0.02,
        without_email: float = 0.002,
    ) -> None:
        self.key = make_key() if key is None else key
        self._seed = seed
        self._port = port
        self._clock = clock
        self._settings = settings or Settings()
        self._added = count()
        self._script = Script(faults, seed=seed)
        generated = profiles if isinstance(profiles, int) else 0
        # An account whose clock stands in the past has no profiles from later on.
        newest = min(NEWEST, clock() - timedelta(minutes=1))
        try:
            people = People(generated, seed, nasty=nasty, without_email=without_email, newest=newest)
        except ValueError as error:
            raise ConfigurationError(str(error)) from error
        self._store = Store(people, clock, self._settings.visible_after)
        cursors = Cursors(self.key, self._settings.cursor_lifetime)
        self._api = Api(self._store, cursors, self._settings, self._new_id)
        inner = build_app(self._api, self.key, clock, self._settings)
        self._gate = Gate(inner, self._store, clock, lambda: self._script)
        self._socket: socket.socket | None = None
        self._server: Server | None = None
        self._thread: Thread | None = None
        if not isinstance(profiles, int):
            for profile in profiles:
                self._take(profile)

    @property
    def app(self) -> Gate:
        """The sandbox as an ASGI application, for calls in process under the host `localhost`."""
        return self._gate

    @property
    def url(self) -> str:
        """The address it serves, without a slash at the end.

        Raises:
            ConfigurationError: it has not been started.
        """
        if self._socket is None:
            raise ConfigurationError(
                "the sandbox is not running", hint="start it, or use it in a `with` block"
            )
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def requests(self) -> list[SeenRequest]:
        """The requests it got, oldest first, without the key."""
        return self._gate.seen

    def start(self) -> Self:
        """Serve in the background. A sandbox that runs stays as it is.

        Raises:
            ConfigurationError: the port is taken.
        """
        if self._thread is None:
            self._open()
            self._server = Server(self._gate)
            self._thread = Thread(
                target=self._server.run, args=([self._socket],), name="sandbox", daemon=True
            )
            self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and give the port back. Profiles and the log of requests stay."""
        if self._thread is not None and self._server is not None:
            self._server.should_exit = True
            self._thread.join(_STOP_SECONDS)
        self._close()

    def serve(self) -> None:
        """Serve in this thread until a signal to end comes, which is then raised again as usual.

        Raises:
            ConfigurationError: the port is taken, or it serves in the background already.
            KeyboardInterrupt: SIGINT came.
        """
        if self._thread is not None:
            raise ConfigurationError("the sandbox is running in the background already")
        self._open()
        try:
            Server(self._gate).run([self._socket] if self._socket else None)
        finally:
            self._close()

    def open(self) -> Self:
        """Take the port, so that `url` is known before `serve`; clients wait until then.

        Raises:
            ConfigurationError: the port is taken.
        """
        self._open()
        return self

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __iter__(self) -> Iterator[Profile]:
        """Give every profile as it is now, with all that is given on request only."""
        return iter(self._store)

    def ids(self) -> Iterator[str]:
        """Give the id of every profile there is, oldest first."""
        return self._store.ids()

    def profile(self, profile_id: str) -> Profile:
        """Return a profile as it is now, with all that is given on request only.

        Raises:
            KeyError: no profile has this id.
        """
        found = self._store.get(profile_id)
        if found is None:
            raise KeyError(profile_id)
        return deepcopy(found)

    def change(self, profile_id: str, changes: Mapping[str, Any], *, touch: bool = True) -> None:
        """Lay `changes` over a profile's attributes, in objects member by member; nothing is checked.

        `updated` becomes now unless `changes` holds it, or `touch` is false (Klaviyo: some changes, such as those
        of consent, don't move it).

        Raises:
            KeyError: no profile has this id.
        """
        before = self.profile(profile_id)
        attributes = merged(before["attributes"], deepcopy(dict(changes)), levels=_MOST_LEVELS)
        if touch and "updated" not in changes:
            attributes["updated"] = self._now()
        self._store.replace({"id": profile_id, "attributes": attributes})

    def add(self, attributes: Mapping[str, Any]) -> str:
        """Add a profile with some attributes and return its id; nothing is checked."""
        profile = self._api.made(deepcopy(dict(attributes)), self._clock())
        self._store.add(profile)
        return str(profile["id"])

    def remove(self, profile_id: str) -> None:
        """Remove a profile, as a merge or a privacy deletion does: its id is not found from now on.

        Raises:
            KeyError: no profile has this id.
        """
        self._store.remove(profile_id)

    def script(self, faults: Iterable[Fault | Mapping[str, Any]]) -> None:
        """Put other faults in the place of those that are left; requests count from 1 again.

        Raises:
            ConfigurationError: a fault is not possible.
        """
        self._script = Script(faults, seed=self._seed)

    def _take(self, profile: Mapping[str, Any]) -> None:
        attributes = profile.get("attributes")
        if not isinstance(attributes, Mapping):
            raise ConfigurationError('a profile is a mapping such as {"id": "44552", "attributes": {}}')
        times = {"created": self._now(), "updated": self._now()}
        profile_id = str(profile.get("id") or self._new_id(self._clock()))
        try:
            self._store.add({"id": profile_id, "attributes": {**times, **deepcopy(dict(attributes))}})
        except ValueError as error:
            raise ConfigurationError(str(error)) from error

    def _new_id(self, now: datetime) -> str:
        return ulid(int(now.timestamp()), Dice(self._seed, next(self._added), "added").below(1 << 80))

    def _now(self) -> str:
        return text(int(self._clock().timestamp()))

    def _open(self) -> None:
        if self._socket is None:
            self._socket = bind(self._port)
            self._port = int(self._socket.getsockname()[1])

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = self._server = self._thread = None
