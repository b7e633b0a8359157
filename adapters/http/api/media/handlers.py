"""Add, describe, order and delete the images of an event."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from marshmallow import Schema

from adapters.http.api.catalog.schemas import EventPath
from adapters.http.api.media.schemas import ImageChange, ImageIn, ImageOrder, ImageOut, ImagePath, ImagesOut
from adapters.http.api.media.uploads import ReceivedImages
from adapters.http.middleware.auth import principal, requires_sign_in
from adapters.http.middleware.conditional import has_no_version
from adapters.http.middleware.public_cache import changes_public_lists
from adapters.http.middleware.rate_limiting import IMAGES, rate_limit
from adapters.http.middleware.validation import UnsupportedMediaType
from adapters.http.shared.declarations import docs, json_schema, match_info_schema, refuses, response_schema
from adapters.http.shared.request_schemas import get_input
from adapters.http.shared.responses import json_response, no_content_response
from adapters.http.use_cases import use_cases
from core.media.editing import AddImages, DeleteImage, DescribeImage, ReorderImages
from core.media.errors import (
    DamagedImage,
    ImageNotFound,
    ImagesChanged,
    ImageTooLarge,
    NoSuchEvent,
    TooManyImages,
    UnsupportedImage,
)
from core.media.model import MAX_ALT_LENGTH, MAX_IMAGE_BYTES, MAX_IMAGES_PER_REQUEST
from core.shared.errors import Forbidden, InvalidFields

_FORM: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["images"],
                "properties": {
                    "images": {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": MAX_IMAGES_PER_REQUEST,
                        "items": {"type": "string", "format": "binary"},
                        "description": f"JPEG, PNG or WebP, {MAX_IMAGE_BYTES // 1024**2} MB each.",
                    },
                    "alt": {
                        "type": "array",
                        "items": {"type": "string", "maxLength": MAX_ALT_LENGTH},
                        "description": "What each image shows, in words, in the order of the images.",
                    },
                },
            }
        }
    },
}


@docs(tags=["images"], summary="Add images to an event", description=AddImages.__doc__, requestBody=_FORM)
@requires_sign_in
@rate_limit(IMAGES)
@changes_public_lists
@match_info_schema(EventPath)
@response_schema(ImagesOut, 201, description="The new images.")
@refuses(400, 413, Forbidden, NoSuchEvent, TooManyImages, InvalidFields)
@refuses(ImageTooLarge, UnsupportedImage, DamagedImage, UnsupportedMediaType)
async def add_images(request: web.Request) -> web.Response:
    added = await use_cases(request).media.add_images(
        get_input(request, EventPath).event_id, by=principal(request), uploads=ReceivedImages(request)
    )
    return json_response(ImagesOut, {"items": added}, 201)


@docs(tags=["images"], summary="Describe an image", description=DescribeImage.__doc__)
@has_no_version
@requires_sign_in
@rate_limit(IMAGES)
@changes_public_lists
@match_info_schema(ImagePath)
@json_schema(ImageChange)
@response_schema(ImageOut)
@refuses(Forbidden, NoSuchEvent, ImageNotFound)
async def describe_image(request: web.Request) -> web.Response:
    path = get_input(request, ImagePath)
    image = await use_cases(request).media.describe_image(
        path.event_id, path.image_id, by=principal(request), alt=get_input(request, ImageChange).alt
    )
    return json_response(ImageOut, image)


@docs(tags=["images"], summary="Put the images of an event into order", description=ReorderImages.__doc__)
@has_no_version
@requires_sign_in
@rate_limit(IMAGES)
@changes_public_lists
@match_info_schema(EventPath)
@json_schema(ImageOrder)
@response_schema(ImagesOut)
@refuses(Forbidden, NoSuchEvent, ImagesChanged)
async def reorder_images(request: web.Request) -> web.Response:
    images = await use_cases(request).media.reorder_images(
        get_input(request, EventPath).event_id,
        by=principal(request),
        image_ids=get_input(request, ImageOrder).image_ids,
    )
    return json_response(ImagesOut, {"items": images})


@docs(tags=["images"], summary="Delete an image", description=DeleteImage.__doc__)
@has_no_version
@requires_sign_in
@rate_limit(IMAGES)
@changes_public_lists
@match_info_schema(ImagePath)
@response_schema(Schema, 204, description="Deleted.")
@refuses(Forbidden, NoSuchEvent)
async def delete_image(request: web.Request) -> web.Response:
    path = get_input(request, ImagePath)
    await use_cases(request).media.delete_image(path.event_id, path.image_id, by=principal(request))
    return no_content_response()


@docs(tags=["images"], summary="Delete the image that the body names", description=DeleteImage.__doc__)
@has_no_version
@requires_sign_in
@rate_limit(IMAGES)
@changes_public_lists
@match_info_schema(EventPath)
@json_schema(ImageIn)
@response_schema(Schema, 204, description="Deleted.")
@refuses(Forbidden, NoSuchEvent)
async def delete_named_image(request: web.Request) -> web.Response:
    event_id, image_id = get_input(request, EventPath).event_id, get_input(request, ImageIn).image_id
    await use_cases(request).media.delete_image(event_id, image_id, by=principal(request))
    return no_content_response()


ROUTES = [
    web.post("/api/events/{event_id}/images", add_images),
    web.delete("/api/events/{event_id}/images", delete_named_image),
    web.put("/api/events/{event_id}/images/order", reorder_images),
    web.patch("/api/events/{event_id}/images/{image_id}", describe_image),
    web.delete("/api/events/{event_id}/images/{image_id}", delete_image),
]
