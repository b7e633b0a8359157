"""The port of event editing: the catalog's events and booking's inventory in one transaction."""

from __future__ import annotations

from typing import Protocol

from core.booking.ports import BookingNotices, InventoryRepository
from core.catalog.ports import Events
from core.shared.unit_of_work import UnitOfWork


class EventEditingUnitOfWork(UnitOfWork, Protocol):
    events: Events
    inventory: InventoryRepository
    notices: BookingNotices
