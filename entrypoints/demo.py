"""Demo data for a new installation: areas, and events in the coming weeks; or a generated catalog of any size."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from adapters.postgres.catalog.loading import find_event_ids, remove_events
from adapters.postgres.shared.engine import without_timeouts
from container import Container
from core.accounts.model import User, new_user
from core.catalog.errors import AreaExists, AreaInUse
from core.catalog.model import EventFields
from core.catalog.search import EventQuery
from core.shared.access import Principal, Role
from core.shared.ids import AreaId, UserId
from core.shared.paging import PageRequest
from core.shared.timezones import zone_of
from entrypoints.demo_catalog.generator import SOURCE_ID_PREFIX, CatalogGenerator
from entrypoints.demo_catalog.loading import load_catalog

ORGANIZER_EMAIL = "demo@nocturne.example"
MAX_GENERATED = 1_000_000
LOCKED_ACCOUNT_HASH = "!"
"""No password has this hash, so nobody can log in as the demo organizer."""


@dataclass(frozen=True, slots=True)
class Hall:
    name: str
    city: str
    country: str
    zone: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Night:
    """An event `days` from now, at `hour` in the time zone of its hall."""

    name: str
    hall: Hall
    category: str
    days: int
    hour: int
    capacity: int | None
    tags: tuple[str, ...]
    description: str
    price: str = "0.00"
    currency: str = "EUR"


CELLAR = Hall("Kellerbühne", "Berlin", "Germany", "Europe/Berlin", 52.4990, 13.4180)
YARD = Hall("Brewery Yard", "London", "United Kingdom", "Europe/London", 51.5370, -0.0760)
LOFT = Hall("Loft des Arts", "Paris", "France", "Europe/Paris", 48.8720, 2.3800)
PIER = Hall("Pier Nine", "New York", "United States", "America/New_York", 40.7060, -74.0030)
GARDEN = Hall("Jardim Suspenso", "Lisbon", "Portugal", "Europe/Lisbon", 38.7140, -9.1400)
HALLS = (CELLAR, YARD, LOFT, PIER, GARDEN)

NIGHTS = (
    Night("Night of the Short Film", CELLAR, "Film", 2, 20, 60, ("film", "shorts"), "Nine films under nine minutes."),
    Night("Modular Synth Open Table", CELLAR, "Music", 3, 19, 24, ("electronic", "workshop"), "Bring cables."),
    Night("Midnight Jazz at the Kellerbühne", CELLAR, "Music", 5, 23, 80, ("jazz", "live"), "A trio, three sets."),
    Night("Poetry Slam: Last Words", CELLAR, "Words", 9, 20, 100, ("poetry",), "Ten poets, five minutes each."),
    Night("Vinyl Swap", CELLAR, "Market", 12, 14, None, ("records",), "Trade what you no longer play."),
    Night("Brass in the Yard", YARD, "Music", 1, 19, 150, ("brass", "outdoor"), "Two bands and a food van."),
    Night("Repair Café", YARD, "Community", 4, 11, 30, ("repair",), "Toasters welcome."),
    Night("Post-Punk Double Bill", YARD, "Music", 6, 20, 200, ("punk", "live"), "Loud.", "14.50", "GBP"),
    Night("Pub Quiz: The Nineties", YARD, "Games", 8, 19, 48, ("quiz",), "Teams of up to six."),
    Night("Life Drawing by Candlelight", YARD, "Art", 15, 18, 16, ("drawing",), "Paper is provided."),
    Night("Soirée Accordéon", LOFT, "Music", 2, 20, 70, ("accordion", "live"), "Valses et musette."),
    Night("Atelier de linogravure", LOFT, "Art", 7, 14, 12, ("printmaking", "workshop"), "De la plaque à l'épreuve."),
    Night("Cinéma muet, piano vivant", LOFT, "Film", 10, 21, 90, ("film", "piano"), "Un film muet et une pianiste."),
    Night("Techno sans alcool", LOFT, "Music", 13, 17, 250, ("techno",), "On danse tôt.", "9.00"),
    Night("Sunset Kayak and Songs", PIER, "Outdoors", 3, 18, 20, ("kayak",), "Two hours on the water."),
    Night("Zine Fair", PIER, "Market", 6, 12, None, ("zines", "print"), "Sixty tables of small press."),
    Night("Bluegrass on the Pier", PIER, "Music", 9, 19, 120, ("bluegrass", "live"), "Fiddles at dusk."),
    Night("First Telescope Night", PIER, "Science", 16, 21, 40, ("astronomy",), "Saturn, if the clouds agree."),
    Night("Fado ao pôr do sol", GARDEN, "Music", 4, 19, 60, ("fado", "live"), "Duas vozes, uma guitarra."),
    Night("Feira de plantas", GARDEN, "Market", 5, 10, None, ("plants",), "Traga um vaso, leve uma muda."),
    Night("Board Games in the Garden", GARDEN, "Games", 11, 16, 36, ("board games",), "We explain the rules."),
    Night("Noite de contos", GARDEN, "Words", 14, 20, 45, ("stories",), "Contos de mar e de serra."),
)


@dataclass(frozen=True, slots=True)
class DemoRemoval:
    """How many demo events were removed, and how many kept since they have bookings."""

    removed: int
    kept: int


async def seed_demo_when_empty(container: Container) -> bool:
    """Create the demo events if there are no events or areas yet. Return whether they were created.

    They belong to an organizer as whom nobody can log in.
    """
    now = container.clock().now()
    anything = EventQuery(now=now, include_past=True)
    events = await container.search_events()(anything, PageRequest(limit=1))
    if events.total or await container.list_areas()():
        return False
    organizer = await _organizer(container)
    try:
        areas = {hall.name: await _area(container, hall, organizer) for hall in HALLS}
    except AreaExists:  # another process is creating them
        return False
    for night in NIGHTS:
        await container.create_event()(by=organizer.principal, wanted=_fields(night, areas[night.hall.name], now))
    return True


async def seed_catalog(container: Container, count: int, report: Callable[[int], None]) -> int:
    """Generate so many events, except those that are there already. Return how many were created.

    `report` is called with the number of events stored so far.
    """
    organizer = await _organizer(container)
    generator = CatalogGenerator(now=container.clock().now(), organizer_id=organizer.id)
    return await load_catalog(container.engine(), generator, organizer.id, count, report)


async def remove_demo(container: Container, report: Callable[[int], None]) -> DemoRemoval:
    """Delete the demo events that nobody has booked, generated ones too, and then the demo areas without events.

    `report` is called with the number of events dealt with so far.
    """
    async with container.accounts() as uow:
        organizer = await uow.users.by_email(ORGANIZER_EMAIL)
    if organizer is None:
        return DemoRemoval(0, 0)
    async with without_timeouts(container.engine()) as engine:
        event_ids = await find_event_ids(engine, organizer.id, SOURCE_ID_PREFIX)
        removed = await remove_events(engine, event_ids, report)
    admin = Principal(organizer.id, Role.ADMIN)  # only admins delete areas
    halls = {(hall.name, hall.city) for hall in HALLS}
    for summary in await container.list_areas()():
        if (summary.area.name, summary.area.city) in halls:
            with suppress(AreaInUse):
                await container.delete_area()(summary.area.id, by=admin)
    return DemoRemoval(removed, kept=len(event_ids) - removed)


async def _organizer(container: Container) -> User:
    async with container.accounts() as uow:
        known = await uow.users.by_email(ORGANIZER_EMAIL)
        if known is not None:
            return known
        organizer = new_user(
            UserId(container.ids().new()),
            name="Demo Organizer",
            email=ORGANIZER_EMAIL,
            password_hash=LOCKED_ACCOUNT_HASH,
            role=Role.ORGANIZER,
            now=container.clock().now(),
        )
        await uow.users.add(organizer)
        await uow.commit()
    return organizer


async def _area(container: Container, hall: Hall, organizer: User) -> AreaId:
    area = await container.create_area()(
        by=organizer.principal,
        name=hall.name,
        city=hall.city,
        latitude=hall.latitude,
        longitude=hall.longitude,
    )
    return area.id


def _fields(night: Night, area_id: AreaId, now: datetime) -> EventFields:
    hall = night.hall
    day = (now + timedelta(days=night.days)).date()
    return EventFields(
        name=night.name,
        description=night.description,
        category=night.category,
        tags=night.tags,
        venue=hall.name,
        area_id=area_id,
        city=hall.city,
        country=hall.country,
        latitude=hall.latitude,
        longitude=hall.longitude,
        start_time=datetime.combine(day, time(night.hour), zone_of(hall.zone)),
        timezone=hall.zone,
        capacity=night.capacity,
        price=Decimal(night.price),
        currency=night.currency,
    )
