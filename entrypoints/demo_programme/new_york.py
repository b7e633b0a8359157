"""The demo programme of New York."""

from __future__ import annotations

from core.discovery.model import Source
from entrypoints.demo_programme.model import City, Hall, Night, Seller

NEW_YORK = City("New York", "United States", "America/New_York", "USD")

PIER = Hall("Pier Nine", NEW_YORK, 40.7060, -74.0030)
LOFT = Hall("The Button Factory", NEW_YORK, 40.7196, -73.9573)
ROOF = Hall("Observatory Roof", NEW_YORK, 40.8116, -73.9610)
ROOM = Hall("The Reading Room", NEW_YORK, 40.7303, -73.9903)

NIGHTS = (
    Night(
        name="Comedy in the Reading Room",
        hall=ROOM,
        category="Comedy",
        day=1,
        at="20:00",
        minutes=90,
        capacity=70,
        tags=("comedy", "live"),
        description="Six comedians who have to whisper. The librarian has a bell, and she uses it.",
        price="12.00",
        sold=16,
    ),
    Night(
        name="Sunset Kayak and Songs",
        hall=PIER,
        category="Outdoors",
        day=3,
        at="17:00",
        minutes=150,
        capacity=20,
        tags=("kayak", "live"),
        description=(
            "Two hours on the water with a guitarist in the middle boat. Kayaks, vests and dry bags are included; you "
            "should be able to swim and to hold a second voice."
        ),
        price="30.00",
        sold=20,
        waiting=4,
    ),
    Night(
        name="Zine Fair",
        hall=LOFT,
        category="Market",
        day=6,
        at="12:00",
        minutes=360,
        tags=("zines", "print"),
        description=(
            "Sixty tables of small press, a stapling corner and two photocopiers that still smell right. Make a zine "
            "in an hour, sell it by the evening."
        ),
        sold=15,
    ),
    Night(
        name="Bluegrass on the Pier",
        hall=PIER,
        category="Music",
        day=9,
        at="18:30",
        minutes=150,
        capacity=120,
        tags=("bluegrass", "live"),
        description="Fiddles at dusk and a jam at the end: if you brought an instrument, you are in the band.",
        sold=32,
    ),
    Night(
        name="Improv: The Board Meeting",
        hall=LOFT,
        category="Theatre",
        day=10,
        at="19:30",
        minutes=80,
        capacity=90,
        per_row=10,
        tags=("improv", "comedy"),
        description=(
            "The audience founds a company, the cast runs it, and nobody survives the annual report. No two have been "
            "the same, and none has made a profit."
        ),
        price="15.00",
        sold=20,
    ),
    Night(
        name="First Telescope Night",
        hall=ROOF,
        category="Science",
        day=16,
        at="21:00",
        capacity=40,
        tags=("astronomy",),
        description="Saturn, if the clouds agree. Dress for a roof in the wind; children are welcome.",
    ),
    Night(
        name="Code and Coffee: Accessibility Clinic",
        hall=LOFT,
        category="Community",
        day=12,
        at="10:00",
        minutes=180,
        capacity=25,
        tags=("programming", "workshop"),
        description=(
            "Bring a website. People who use screen readers, switches and a lot of zoom show you what it does to them, "
            "and stay until it does something better."
        ),
        sold=25,
        waiting=3,
    ),
    Night(
        name="String Quartet in the Dark",
        hall=ROOM,
        category="Music",
        day=17,
        at="20:00",
        minutes=70,
        capacity=40,
        per_row=8,
        tags=("classical", "live"),
        description="Haas's third quartet, played from memory in complete darkness. Ushers lead you in and out.",
        price="24.00",
        sold=40,
        waiting=5,
    ),
    Night(
        name="Salsa on the Roof",
        hall=ROOF,
        category="Dance",
        day=20,
        at="19:00",
        minutes=210,
        capacity=130,
        tags=("salsa", "dance"),
        description="An hour of lessons, then a band of nine. Shoes with smooth soles save your knees.",
        price="10.00",
        sold=13,
        cancelled="The roof needs repairs before so many people may dance on it.",
    ),
    Night(
        name="Typewriter Poems, While You Wait",
        hall=ROOM,
        category="Words",
        day=24,
        at="14:00",
        minutes=240,
        tags=("poetry",),
        description="Tell a poet one true thing. Ten minutes later it is a poem, and it is yours.",
        sold=6,
    ),
    Night(
        name="Knitting Circle: Socks",
        hall=ROOM,
        category="Community",
        day=30,
        at="17:30",
        capacity=22,
        tags=("knitting", "workshop"),
        description="Turn a heel with help from people who have turned a hundred. Needles can be borrowed.",
        sold=4,
    ),
    Night(
        name="Ensemble for Broken Machines",
        hall=LOFT,
        category="Music",
        day=54,
        at="20:00",
        minutes=100,
        capacity=90,
        per_row=10,
        tags=("experimental", "live"),
        description="Eleven looms, two printing presses and a washing machine in the key of G.",
        price="18.00",
        sold=8,
    ),
    Night(
        name="Harbor Lights: A Night Cruise",
        hall=PIER,
        category="Outdoors",
        day=8,
        at="20:30",
        minutes=150,
        tags=("boat", "skyline"),
        description="Around the tip of the island with a historian on the microphone and a bar below deck.",
        price="44.50",
        sellers=(Seller(Source.EVENTBRITE, "44.50", 8),),
    ),
    Night(
        name="Cassette Mountain + Slow Weather",
        hall=LOFT,
        category="Music",
        day=14,
        at="20:00",
        minutes=210,
        tags=("indie", "live"),
        description="Two bands from opposite ends of the same street. Doors at seven, all ages.",
        price="21.75",
        sellers=(Seller(Source.DICE, "21.75", 1),),
    ),
    Night(
        name="Women in Data: Rooftop Social",
        hall=ROOF,
        category="Community",
        day=19,
        at="18:00",
        minutes=150,
        tags=("data", "talks"),
        description="Three talks of ten minutes and two hours of questions with food.",
        sellers=(Seller(Source.MEETUP, "0.00", 11), Seller(Source.EVENTBRITE, "0.00", 30)),
    ),
)
