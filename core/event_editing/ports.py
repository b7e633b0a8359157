"""The port of event editing: the catalog's events and booking's inventory in one transaction."""

from __future__ import annotations

from typing import Protocol

from core.booking.ports import BookingNotices, InventoryUnitOfWork
from core.catalog.ports import Events


class EventEditingUnitOfWork(InventoryUnitOfWork, Protocol):
    events: Events
    notices: BookingNotices
