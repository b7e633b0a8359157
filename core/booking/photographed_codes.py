"""Reading the code of a ticket from a photo, for browsers that can't scan by themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.booking.errors import NoCodeInPhoto, PhotoTooLarge, SeveralCodesInPhoto
from core.booking.ports import BookingUnitOfWork, CodeReader
from core.shared.access import Principal
from core.shared.ids import EventId

MAX_PHOTO_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class ReadPhotographedCode:
    """Return the code that the photo of a ticket shows. Nothing is stored, and nobody is checked in by it.

    The photo is a JPEG, PNG or WebP of 5 MB at most, with one QR code in it. The event's organizer and admins only.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    reader: CodeReader

    async def __call__(self, event_id: EventId, *, by: Principal, photo: bytes) -> str:
        async with self.new_uow() as uow:
            (await uow.inventory.summary(event_id)).must_be_managed_by(by)
        if len(photo) > MAX_PHOTO_BYTES:
            raise PhotoTooLarge("A photo may have 5 MB at most. Choose a smaller size in the camera, or type the code.")
        codes = await self.reader.read(photo)
        if not codes:
            raise NoCodeInPhoto("No QR code was found. Go closer, hold still and avoid glare, or type the code.")
        if len(codes) > 1:
            raise SeveralCodesInPhoto("The photo shows several QR codes. Take one of a single ticket.")
        return codes[0]
