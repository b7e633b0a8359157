"""Refusals of images."""

from __future__ import annotations

from core.shared.errors import Conflict, Invalid, NotFound, Unavailable


class NoSuchEvent(NotFound):
    """There is no such event, or it is hidden."""

    code = "event-not-found"


class ImageNotFound(NotFound):
    """The event has no such image."""

    code = "image-not-found"


class PictureNotFound(NotFound):
    """There is no such picture, or it was deleted."""

    code = "picture-not-found"


class ImageTooLarge(Invalid):
    """A picture has more than 5 MB, or too many pixels."""

    code = "image-too-large"


class UnsupportedImage(Invalid):
    """A file is not a still JPEG, PNG or WebP, whatever its name says."""

    code = "unsupported-image"


class DamagedImage(Invalid):
    """A picture can't be read to its end."""

    code = "damaged-image"


class TooManyImages(Conflict):
    """The event would have more images than an event may have."""

    code = "too-many-images"


class ImagesChanged(Conflict):
    """A new order does not name the images that the event has now, each once."""

    code = "images-changed"


class UploadTooSlow(Unavailable):
    """It took so long to store a picture that its reservation has ended. Nothing was added."""

    code = "upload-too-slow"


class StorageUnavailable(Unavailable):
    """The storage of pictures does not respond."""

    code = "storage-unavailable"
