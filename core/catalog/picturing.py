"""Pictures of events that have none: posters, and the pictures that are shown with shared links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.catalog.errors import EventNotFound
from core.catalog.model import EventView
from core.catalog.ports import CatalogUnitOfWork, EventViews, PosterArtist
from core.catalog.posters import Shape, poster_of, share_picture_of
from core.shared.clock import Clock
from core.shared.ids import EventId
from core.shared.jobs import paint_share_picture


@dataclass(frozen=True, slots=True)
class DrawPoster:
    """Return the poster of an event as SVG. The same event has the same poster, until its start or category changes."""

    artist: PosterArtist

    def __call__(self, view: EventView, shape: Shape) -> bytes:
        return self.artist.draw(poster_of(view.event), shape)


@dataclass(frozen=True, slots=True)
class ReadSharePicture:
    """Return the picture of links to an event as PNG. If it is not painted yet, return None, and a worker paints it."""

    new_uow: Callable[[], CatalogUnitOfWork]

    async def __call__(self, view: EventView) -> bytes | None:
        async with self.new_uow() as uow:
            content = await uow.share_pictures.get(share_picture_of(view))
            if content is None:
                await uow.jobs.enqueue([paint_share_picture(view.event.id)])
                await uow.commit()
        return content


@dataclass(frozen=True, slots=True)
class PrepareSharePicture:
    """Have a worker paint the picture of links to an event, unless that was done: somebody may share it soon."""

    new_uow: Callable[[], CatalogUnitOfWork]

    async def __call__(self, view: EventView) -> None:
        async with self.new_uow() as uow:
            if not await uow.share_pictures.has(share_picture_of(view)):
                await uow.jobs.enqueue([paint_share_picture(view.event.id)])
                await uow.commit()


@dataclass(frozen=True, slots=True)
class PaintSharePicture:
    """Paint the picture of links to an event and store it, unless that was done. An event that is deleted has none."""

    views: EventViews
    new_uow: Callable[[], CatalogUnitOfWork]
    artist: PosterArtist
    clock: Clock

    async def __call__(self, event_id: EventId) -> None:
        try:
            picture = share_picture_of(await self.views.get(event_id, self.clock.now()))
        except EventNotFound:
            return
        async with self.new_uow() as uow:
            if await uow.share_pictures.has(picture):
                return
        content = await self.artist.paint(picture)
        async with self.new_uow() as uow:
            await uow.share_pictures.save(picture, content)
            await uow.commit()


@dataclass(frozen=True, slots=True)
class DeleteSharePictures:
    """Delete the pictures of links to events that ended longer ago than `retention`. Returns how many.

    Should somebody ask for one again, it is painted again.
    """

    new_uow: Callable[[], CatalogUnitOfWork]
    clock: Clock
    retention: timedelta

    async def __call__(self) -> int:
        async with self.new_uow() as uow:
            deleted = await uow.share_pictures.delete_of_ended(self.clock.now() - self.retention)
            await uow.commit()
        return deleted
