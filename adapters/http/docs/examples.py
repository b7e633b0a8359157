"""The example of every schema. A response's is composed of its fields' examples; a request's is given as a whole,
since not all of its fields go together.
"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from adapters.http.shared.fields import Id
from adapters.http.shared.request_schemas import RequestSchema

_ID = "019aa1c4-5a00-7000-8000-000000000001"
_ACCOUNT = {"name": "Ada Lovelace", "email": "ada@example.com", "password": "correct horse"}
_HALL = {"name": "Main Hall", "address": "Lindenstraße 9", "city": "Berlin", "latitude": 52.503, "longitude": 13.395}
_PICTURE = "/media/019aa1c45a0070008000000000000001-{}-5f2b1c0de4a98d37c6b1e0f2a4d3968b.{}"
_LINK = {"token": "hVb1c0V7y3mQzq0rT9n2Jw8kXo4sLd6f"}

_REQUESTS: dict[str, dict[str, Any]] = {
    "AddUserIn": {**_ACCOUNT, "role": "organizer"},
    "AreaChange": {"address": "Lindenstraße 9"},
    "AreaIn": _HALL,
    "BookIn": {"quantity": 2},
    "BookingLinkIn": {"token": "eyJhbGciOiJIUzI1NiJ9.eyJib29raW5nIjoiMDE5YWExYzQifQ.c2lnbmF0dXJl"},
    "CancelIn": {"reason": "The band is ill."},
    "ChangeUserIn": {"is_active": False},
    "CheckInIn": {"code": "Qm3xZ8r0T1vB6kLpYc5nWA"},
    "DeleteAccountIn": {"current_password": "correct horse"},
    "EventChange": {"start_time": "2030-05-01T20:00:00Z", "capacity": 150},
    "EventIn": {
        "name": "Night of the short film",
        "venue": "Old Cinema",
        "city": "Berlin",
        "start_time": "2030-05-01T19:00:00+02:00",
        "timezone": "Europe/Berlin",
        "capacity": 120,
        "price": "12.50",
        "currency": "EUR",
    },
    "ForgotIn": {"email": "ada@example.com"},
    "GenerateIn": {"rows": 8, "per_row": 15},
    "ImageChange": {"alt": "Two dancers under a string of lights"},
    "ImageIn": {"image_id": _ID},
    "ImageOrder": {"image_ids": [_ID]},
    "LogInIn": {"email": "ada@example.com", "password": "correct horse"},
    "LogOutIn": {"refresh_token": "019aa1c45a007000.c2VjcmV0LXRoYXQtcmVmcmVzaGVz"},
    "OrganizerRequestIn": {"message": "Jazz on Thursdays in the cellar of the old cinema."},
    "PayIn": {"payment_token": "tok_approve"},
    "ProfileIn": {"name": "Ada King"},
    "PurchaseIn": {"payment_token": "tok_approve"},
    "RefreshIn": {"refresh_token": "019aa1c45a007000.c2VjcmV0LXRoYXQtcmVmcmVzaGVz"},
    "RefusalIn": {"reason": "Please tell us more about your venue first."},
    "RegisterIn": {"full_name": "Ada Lovelace", "email": "ada@example.com"},
    "ResetIn": {**_LINK, "password": "correct horse"},
    "RoleIn": {"role": "organizer"},
    "SearchIn": {"q": "jazz", "near": "52.52,13.405", "radius_km": 25.0},
    "SignUpIn": _ACCOUNT,
    "SubscribeIn": {"email": "ada@example.com", "query": {"q": "jazz", "city": "Berlin"}, "frequency": "weekly"},
    "TokenIn": _LINK,
    "VerifyIn": _LINK,
    "WebhookChange": {"enabled": False},
    "WebhookIn": {"url": "https://tickets.example.org/hooks", "topics": ["booking.confirmed", "booking.cancelled"]},
}

_FIELDS: dict[str, Any] = {
    "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMTlhYTFjNCJ9.c2lnbmF0dXJl",
    "action": "user.role-changed",
    "address": "Lindenstraße 9",
    "arguments": {"sources": "dice"},
    "attempts": 1,
    "available": 75,
    "booked_count": 45,
    "bookable": True,
    "capacity": 120,
    "category": "Film",
    "checked_in_at": None,
    "checks": {"database": "ok"},
    "city": "Berlin",
    "code": "Qm3xZ8r0T1vB6kLpYc5nWA",
    "col_number": 1,
    "country": "Germany",
    "created": 120,
    "currency": "EUR",
    "description": "Eleven films, none longer than ten minutes.",
    "device": "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0",
    "disabled_at": None,
    "disabled_reason": None,
    "email": "ada@example.com",
    "email_verified": True,
    "enabled": True,
    "errors": {"capacity": ["Must be 1 to 1000000, or null for unlimited."]},
    "events": 3,
    "expires_at": None,
    "expires_in": 900,
    "facts": {"role": "organizer"},
    "full_name": "Ada Lovelace",
    "is_active": True,
    "is_cancelled": False,
    "is_current": True,
    "is_free": False,
    "label": "A-1",
    "last_error": None,
    "latitude": 52.503,
    "limit": 20,
    "longitude": 13.395,
    "message": "You are registered.",
    "name": "Night of the short film",
    "near": "52.52,13.405",
    "next_cursor": None,
    "next_digest_at": None,
    "offset": 0,
    "payload": {"event": {"id": _ID, "name": "Night of the short film"}},
    "q": "jazz",
    "quantity": 2,
    "radius_km": 25.0,
    "read_at": None,
    "refresh_token": "019aa1c45a007000.c2VjcmV0LXRoYXQtcmVmcmVzaGVz",
    "request_id": "86723aab52502f9dd8c78566df1c39bb",
    "response_status": 200,
    "revoked_at": None,
    "row_label": "A",
    "seat": "A-1",
    "seat_mapped": True,
    "seats": ["A-1", "A-2"],
    "secret": "whsec_NDJzZWNyZXRieXRlc3RoYXRzaWdudGhlcmVxdWVzdHM=",
    "source_id": "8841",
    "source_url": None,
    "sources": [],
    "tags": ["short film"],
    "target": _ID,
    "timezone": "Europe/Berlin",
    "topic": "booking.confirmed",
    "total": 1,
    "url": "https://tickets.example.org/hooks",
    "user_id": _ID,
    "utilization": 0.375,
    "venue": "Old Cinema",
    "waitlist_count": 0,
    "waitlist_position": None,
    "warning": None,
    "webhook_id": None,
}
"""Examples of response fields by their names; those of times, amounts, ids, enums and nested schemas follow from
their types. `Schema.field` takes precedence where a name means several things.
"""
_FIELDS |= {f"Area.{name}": value for name, value in _HALL.items()}
_FIELDS |= {f"AreaSummary.{name}": value for name, value in _HALL.items()}
_FIELDS |= {
    "Accepted.message": "A confirmation link is sent, if the address may receive one.",
    "CategoryCount.events": 12,
    "CityCount.events": 12,
    "Facets.capped": False,
    "PriceCount.events": 12,
    "PriceCount.price_max": "10.00",
    "SourceCount.events": 12,
    "Holder.name": "Ada Lovelace",
    "HolderName.name": "Ada Lovelace",
    "Image.alt": "Two dancers under a string of lights",
    "Image.url": _PICTURE.format("full", "jpg"),
    "Image.width": 2560,
    "Image.height": 1707,
    "Image.thumbnails": {"card": {"url": _PICTURE.format("card", "webp"), "width": 640, "height": 360}},
    "Picture.url": _PICTURE.format("card", "webp"),
    "Picture.width": 640,
    "Picture.height": 360,
    "EventSource.url": "https://dice.example/event/8841",
    "StoredKey.key": "7f0c2a4e-order-1",
    "StoredOrganizerRequest.message": "Jazz on Thursdays in the cellar of the old cinema.",
    "OrganizerRequest.message": "Jazz on Thursdays in the cellar of the old cinema.",
    "PersonalData.events": [],
    "PersonalData.organizer_request": None,
    "Problem.detail": "Only 1 place is left, and the party is of 2.",
    "Problem.instance": f"/api/events/{_ID}/book",
    "SeatMap.available": 5,
    "SeatMap.total": 8,
    "Seats.available": 119,
    "Seats.total": 120,
    "User.name": "Ada Lovelace",
}


def example_of(name: str, schema: type[Schema]) -> dict[str, Any] | None:
    """Return the example of the schema that has this name in the document, or None if a field has none."""
    if issubclass(schema, RequestSchema):
        return _REQUESTS.get(name)
    named = schema().dump_fields
    examples = {key: _field_example(name, key, field) for key, field in named.items() if _is_always_there(name, key)}
    return None if ... in examples.values() else examples


def _field_example(name: str, key: str, field: fields.Field[Any]) -> Any:
    """Return the example of a field, or ... if there is none."""
    given = [_FIELDS.get(f"{name}.{key}", ...), field.metadata.get("example", ...), _FIELDS.get(key, ...)]
    known = [each for each in given if each is not ...]
    return known[0] if known else _example_by_type(key, field)


def _example_by_type(key: str, field: fields.Field[Any]) -> Any:
    match field:
        case Id():
            return _ID
        case fields.Enum():
            first, *_ = field.enum.__members__.values()
            return first.value
        case fields.List():
            item = _example_by_type(key, field.inner)
            return ... if item is ... else [item]
        case fields.Nested():
            schema = type(field.schema)
            example = example_of(schema.__name__.removesuffix("Out"), schema)
            return ... if example is None else example
    allowed = field.metadata.get("enum")
    return allowed[0] if allowed else ...


def _is_always_there(name: str, key: str) -> bool:
    return (key, name) not in {("errors", "Problem")} and key != "total_capped"
