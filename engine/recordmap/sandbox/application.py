"""The API over HTTP: who may ask, which revision answers, how much, and how bodies are read and written.

Klaviyo: a wrong key is told before anything else that is wrong; paths work with and without a slash at the end and
neither is redirected; answers and errors are JSON:API documents.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from hmac import compare_digest
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from recordmap.sandbox import errors
from recordmap.sandbox.calls import Api, Call, Document
from recordmap.sandbox.errors import ApiError
from recordmap.sandbox.limits import PREDICTIVE, Limiter, Quota, endpoint_quota, include_quota
from recordmap.sandbox.revisions import served_revision
from recordmap.sandbox.settings import READ, WRITE, Clock, Settings

_MOST_BODY = 5_000_000
_SCHEME = "Klaviyo-API-Key"
_PLAIN_KEY = re.compile(r"[!-~]*")
_JSON_TYPES = ("application/json", "application/vnd.api+json")

_Endpoint = Callable[[Request], Awaitable[Response]]


def build_app(api: Api, key: str, clock: Clock, settings: Settings) -> Starlette:
    """Return the API as an ASGI application that knows one key."""
    door = _Door(key, clock, settings)
    routes = []
    for path, method, scope, status, answer in (
        ("/api/profiles", "GET", READ, 200, api.list_profiles),
        ("/api/profiles", "POST", WRITE, 201, api.create_profile),
        ("/api/profiles/{id}", "GET", READ, 200, api.get_profile),
        ("/api/profiles/{id}", "PATCH", WRITE, 200, api.update_profile),
    ):
        endpoint = door.endpoint(f"{method} {path}", scope, status, answer)
        routes += [Route(form, endpoint, methods=[method]) for form in (path, f"{path}/")]
    app = Starlette(routes=routes, exception_handlers={HTTPException: door.refuse_path})
    app.router.redirect_slashes = False
    return app


class _MalformedHeader(Exception):  # noqa: N818 - an answer, not an error of the sandbox
    """The key would not have got past the network edge."""


class _Door:
    def __init__(self, key: str, clock: Clock, settings: Settings) -> None:
        self._key = key
        self._clock = clock
        self._settings = settings
        self._limiter = Limiter(settings.limits)

    def endpoint(self, name: str, scope: str, status: int, answer: Callable[[Call], Document]) -> _Endpoint:
        """Return a Starlette endpoint around one call."""

        async def handle(request: Request) -> Response:
            headers: Mapping[str, str] = {}
            try:
                self._authenticate(request, scope)
                now = self._clock()
                revision = served_revision(request.headers, self._settings, now.date())
                headers = self._limiter.admit(_quotas(name, request.query_params), now)
                call = Call(
                    parameters=request.query_params,
                    path=request.url.path,
                    profile_id=request.path_params.get("id", ""),
                    revision=revision,
                    now=now,
                    origin=f"http://{request.headers.get('host', 'localhost')}",
                    body=await _body(request) if scope == WRITE else None,
                )
                return self._json(answer(call), status, headers)
            except _MalformedHeader:
                return HTMLResponse(errors.CLOUD_EDGE_400, 400)
            except ApiError as error:
                return self._json(error.body(), error.status, {**headers, **error.headers})

        return handle

    async def refuse_path(self, request: Request, exception: Exception) -> Response:
        """Answer a path or a method that is not there."""
        status = exception.status_code if isinstance(exception, HTTPException) else 404
        error = errors.wrong_method(request.method) if status == 405 else errors.no_such_endpoint()
        return self._json(error.body(), error.status, {})

    def _json(self, document: Document, status: int, headers: Mapping[str, str]) -> Response:
        return Response(orjson.dumps(document), status, dict(headers), self._settings.media_type)

    def _authenticate(self, request: Request, scope: str) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme != _SCHEME or not key:
            raise errors.no_credentials()
        if _PLAIN_KEY.fullmatch(key) is None:
            raise _MalformedHeader
        if not compare_digest(key.encode(), self._key.encode()):
            raise errors.wrong_key()
        if scope not in self._settings.scopes:
            raise errors.no_permission()


def _quotas(name: str, parameters: Mapping[str, str]) -> list[Quota]:
    quotas = [endpoint_quota(name)]
    if "include" in parameters:
        quotas.append(include_quota(name))
    if PREDICTIVE.name in parameters.get("additional-fields[profile]", "").split(","):
        quotas.append(PREDICTIVE)
    return quotas


async def _body(request: Request) -> Any:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _JSON_TYPES:
        raise errors.wrong_media_type(media_type)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BODY:
            raise errors.too_large()
    try:
        return orjson.loads(bytes(body))
    except orjson.JSONDecodeError:
        raise errors.bad_body("/data", "The body is not valid JSON.") from None
