"""The status code of every refusal. Outside of adapters/http nothing knows status codes."""

from __future__ import annotations

from http import HTTPStatus

from core.shared.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PaymentRequired,
    Refusal,
    TooMany,
    Unauthenticated,
    Unavailable,
)

STATUS_OF_KIND: dict[type[Refusal], int] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Conflict: HTTPStatus.CONFLICT,
    Forbidden: HTTPStatus.FORBIDDEN,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    PaymentRequired: HTTPStatus.PAYMENT_REQUIRED,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

STATUS_OF_CODE: dict[str, int] = {
    "bad-booking-link": HTTPStatus.BAD_REQUEST,
    "bad-json": HTTPStatus.BAD_REQUEST,
    "bad-subscription-token": HTTPStatus.BAD_REQUEST,
    "bad-token": HTTPStatus.BAD_REQUEST,
    "image-too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unsupported-image": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "idempotency-key-missing": HTTPStatus.BAD_REQUEST,
    "payment-unavailable": HTTPStatus.BAD_GATEWAY,
    "stale": HTTPStatus.PRECONDITION_FAILED,
    "upgrade-required": HTTPStatus.UPGRADE_REQUIRED,
    "unsupported-media-type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
}
"""Refusals for which HTTP has a more precise status than for their kind."""


def status_of(refusal: type[Refusal]) -> int:
    """Return the status of a refusal: by its code, else by its kind; 500 for a refusal of no kind."""
    by_kind = (STATUS_OF_KIND[kind] for kind in refusal.__mro__ if kind in STATUS_OF_KIND)
    return STATUS_OF_CODE.get(refusal.code) or next(by_kind, HTTPStatus.INTERNAL_SERVER_ERROR)
