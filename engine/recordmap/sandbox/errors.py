"""Error answers in the shape and, where it is known, the wording of Klaviyo's.

Klaviyo: clients must branch on the status and on `code`; wording may change at any time. These are answers, not
faults of the sandbox, so they don't stem from `RecordmapError`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

_RATE_LIMIT_GUIDE = "https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling#rate-limits"
CLOUD_EDGE_400 = (
    "<html>\r\n<head><title>400 Bad Request</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>"
    "\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
)


class ApiError(Exception):
    """An answer that refuses a request.

    Args:
        status: the HTTP status.
        code: what programs branch on.
        title: one sentence for people, the same for each use of the code.
        detail: what is wrong with this request.
        source: where: `{"parameter": …}` or `{"pointer": …}`.
        extra: further members of the error object.
        headers: further headers of the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        *,
        source: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = dict(headers or {})
        self._members = {
            "status": status,
            "code": code,
            "title": title,
            "detail": detail,
            "source": dict(source or {"pointer": "/data/"}),
            **({"links": {}, "meta": {}} if extra is None else extra),
        }

    def body(self) -> dict[str, Any]:
        """Return the JSON body, with an id that no other error has."""
        return {"errors": [{"id": str(uuid4()), **self._members}]}


def _invalid(detail: str, source: Mapping[str, str] | None = None, **extra: Any) -> ApiError:
    return ApiError(400, "invalid", "Invalid input.", detail, source=source, extra=extra or None)


def bad_parameter(name: str, detail: str) -> ApiError:
    """Return a refusal of a query parameter or one of its values."""
    return _invalid(detail, {"parameter": name}, meta={})


def bad_filter() -> ApiError:
    """Return a refusal of a filter."""
    return _invalid("Invalid filter provided.", {"parameter": "filter"})


def future_bound() -> ApiError:
    """Return a refusal of a filter by a date that has not come yet."""
    return bad_parameter("filter", "End date may not be in the future: YYYY-mm-ddTHH:MM:SS")


def bad_cursor() -> ApiError:
    """Return a refusal of a cursor."""
    return _invalid("Invalid cursor provided.")


def bad_header(name: str, detail: str) -> ApiError:
    """Return a refusal of a header's value."""
    return _invalid(detail, {"pointer": f"/headers/{name}"})


def bad_body(pointer: str, detail: str) -> ApiError:
    """Return a refusal of a request body; `pointer` is a JSON pointer into it."""
    return _invalid(detail, {"pointer": pointer})


def no_credentials() -> ApiError:
    """Return the refusal of a request without a key, or with another scheme."""
    return ApiError(
        401,
        "not_authenticated",
        "Authentication credentials were not provided.",
        "Missing or invalid authorization scheme. Please use Klaviyo-API-Key.",
        extra={},
    )


def wrong_key() -> ApiError:
    """Return the refusal of an unknown key."""
    text = "Incorrect authentication credentials."
    return ApiError(401, "authentication_failed", text, text)


def no_permission() -> ApiError:
    """Return the refusal of a key that lacks the scope."""
    text = "You do not have permission to perform this action."
    return ApiError(403, "permission_denied", text, text)


def no_such_profile(profile_id: str) -> ApiError:
    """Return that no profile has this id."""
    return ApiError(404, "not_found", "Not found.", f"A profile with id {profile_id} does not exist.")


def no_such_endpoint() -> ApiError:
    """Return that no endpoint has this path in this revision."""
    return ApiError(404, "not_found", "Not found.", "No valid revisions found for method")


def wrong_method(method: str) -> ApiError:
    """Return that the endpoint knows no such method."""
    return ApiError(405, "method_not_allowed", "Method not allowed.", f'Method "{method}" not allowed.')


def duplicate(profile_id: str) -> ApiError:
    """Return that another profile has one of the identifiers."""
    return ApiError(
        409,
        "duplicate_profile",
        "Conflict.",
        "A profile already exists with one of these identifiers.",
        source={"pointer": "/data/attributes"},
        extra={"links": {}, "meta": {"duplicate_profile_id": profile_id}},
    )


def retired(revision: str) -> ApiError:
    """Return that a revision has ended and the client does not want a newer one instead."""
    return ApiError(410, "gone", "Gone.", f"Revision {revision} is no longer available.")


def too_large() -> ApiError:
    """Return that a request body is beyond 5 MB."""
    return ApiError(413, "payload_too_large", "Payload too large.", "The payload is larger than 5 MB.")


def wrong_media_type(media_type: str) -> ApiError:
    """Return that a request body is not said to be JSON."""
    return ApiError(
        415,
        "unsupported_media_type",
        "Unsupported media type.",
        f'Unsupported media type "{media_type}" in request.',
    )


def throttled(seconds: float, retry_after: str | None = None, *, tell: bool = True) -> ApiError:
    """Return that the rate limit is reached. `tell` is whether there is a Retry-After header at all."""
    whole = math.ceil(seconds)
    headers = {"Retry-After": str(whole) if retry_after is None else retry_after} if tell else {}
    return ApiError(
        429,
        "throttled",
        "Request was throttled.",
        f"Request was throttled. Expected available in {whole} second{'' if whole == 1 else 's'}.",
        source={"pointer": "/data"} if tell else None,
        extra={"links": {"type": _RATE_LIMIT_GUIDE}, "meta": {}} if tell else {},
        headers=headers,
    )


def server_error(status: int) -> ApiError:
    """Return an error of the service itself."""
    text = "A server error occurred."
    return ApiError(status, "error", "Server error.", text)
