"""The one address that a connector speaks to: scheme, host and port, and whether a link leads there.

It loads little, so that settings can be checked without an HTTP client.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from recordmap.diagnostics import ConfigurationError
from recordmap.frozen import Frozen

_PORTS = {"https": 443, "http": 80}


def is_this_machine(host: str) -> bool:
    """Say whether a host is this machine, as named by `localhost` or a loopback address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Origin(Frozen):
    """A server: `https://a.klaviyo.com`, or plain HTTP to this machine itself."""

    scheme: str
    host: str
    port: int

    @classmethod
    def read(cls, text: str) -> Origin:
        """Read the base URL of a setting.

        Raises:
            ConfigurationError: not a URL, more than scheme, host and port in it, or a key would travel in
            clear.
        """
        found = _split(text)
        origin = found and _origin(found)
        if not origin or not found or found.path not in {"", "/"} or found.query or found.fragment:
            raise ConfigurationError(
                "the base URL is not of the form https://host or https://host:port",
                "give scheme and host only; paths are added by recordmap",
            )
        if origin.scheme == "http" and not origin.is_loopback:
            raise ConfigurationError(
                f"the base URL must begin with https://, because {origin.host} is not this machine",
                "plain http:// is for a server on this machine only, since the key would travel in clear",
            )
        return origin

    @property
    def is_loopback(self) -> bool:
        """Say whether the server is this machine, as named by `localhost` or a loopback address."""
        return is_this_machine(self.host)

    def url(self, path: str) -> str:
        """Return the URL of a path, which begins with `/`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{path}"

    def query_of(self, link: str, path: str) -> str | None:
        """Return the query of a link to `path` on this server, or None when the link leads elsewhere.

        A slash at the end of the path does not matter; a link without scheme and host counts as one to here.
        """
        found = _split(link)
        if found is None or found.path.rstrip("/") != path.rstrip("/"):
            return None
        is_relative = not found.scheme and not found.netloc
        return found.query if is_relative or _origin(found) == self else None


def _split(text: str) -> SplitResult | None:
    # urlsplit drops line breaks and tabs, so that what is compared would not be what was given.
    if not text.isascii() or not text.isprintable() or " " in text:
        return None
    try:
        return urlsplit(text)
    except ValueError:
        return None


def _origin(found: SplitResult) -> Origin | None:
    try:
        port = found.port
    except ValueError:
        return None
    if found.scheme not in _PORTS or not found.hostname or "@" in found.netloc or "\\" in found.netloc:
        return None
    return Origin(found.scheme, found.hostname, port or _PORTS[found.scheme])
