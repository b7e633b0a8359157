"""Requests and responses about the images of events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import fields, validate

from adapters.http.shared.fields import Id
from adapters.http.shared.request_schemas import RequestSchema
from adapters.http.shared.response_schemas import ResponseSchema
from core.media.model import MAX_ALT_LENGTH, MAX_IMAGES_PER_EVENT
from core.shared.ids import EventId, ImageId
from core.shared.images import Image, Picture

_ALT = "What the image shows, in words, for people who don't see it."


@dataclass(frozen=True, slots=True)
class ImageRef:
    event_id: EventId
    image_id: ImageId


class ImagePath(RequestSchema[ImageRef]):
    event_id = Id(required=True)
    image_id = Id(required=True)


@dataclass(frozen=True, slots=True)
class ImageBody:
    image_id: ImageId


class ImageIn(RequestSchema[ImageBody]):
    image_id = Id(required=True)


@dataclass(frozen=True, slots=True)
class AltBody:
    alt: str


class ImageChange(RequestSchema[AltBody]):
    alt = fields.String(
        required=True,
        validate=validate.Length(0, MAX_ALT_LENGTH),
        metadata={"description": _ALT, "example": "Two dancers under a string of lights"},
    )


@dataclass(frozen=True, slots=True)
class ImageOrderBody:
    image_ids: Sequence[ImageId]


class ImageOrder(RequestSchema[ImageOrderBody]):
    """Every image of the event, each once. The first one represents the event."""

    image_ids = fields.List(Id(), required=True, validate=validate.Length(0, MAX_IMAGES_PER_EVENT))


class PictureOut(ResponseSchema):
    url = fields.String(metadata={"description": "The path on this server. What it shows never changes."})
    width = fields.Integer()
    height = fields.Integer()

    def flatten(self, picture: Picture) -> dict[str, Any]:
        return {"url": picture.path, "width": picture.width, "height": picture.height}


class ImageOut(ResponseSchema):
    id = Id()
    url = fields.String(
        metadata={"description": "The path on this server of the whole picture. What it shows never changes."}
    )
    alt = fields.String(metadata={"description": f"{_ALT} It may be empty."})
    width = fields.Integer()
    height = fields.Integer()
    thumbnails = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(PictureOut),
        metadata={
            "description": "Smaller versions by name: `card`, `hero` and `16x9` (all 16:9), `4x3` and `1x1`. Empty for "
            "some seconds after the upload, until they are made."
        },
    )

    def flatten(self, image: Image) -> dict[str, Any]:
        return {
            "id": image.id,
            "url": image.picture.path,
            "alt": image.alt,
            "width": image.picture.width,
            "height": image.picture.height,
            "thumbnails": image.thumbnails,
        }


class ImagesOut(ResponseSchema):
    items = fields.List(fields.Nested(ImageOut))
