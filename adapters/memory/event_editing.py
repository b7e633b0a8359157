"""Editing events in memory."""

from __future__ import annotations

from adapters.memory.catalog import MemoryEvents
from adapters.memory.inventory import MemoryInventoryRepository
from adapters.memory.notices import MemoryBookingNotices
from adapters.memory.shared.store import MemoryStore, MemoryUnitOfWork
from core.event_editing.ports import EventEditingUnitOfWork


class MemoryEventEditingUnitOfWork(MemoryUnitOfWork, EventEditingUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.events = MemoryEvents(store)
        self.inventory = MemoryInventoryRepository(store)
        self.notices = MemoryBookingNotices(store)
