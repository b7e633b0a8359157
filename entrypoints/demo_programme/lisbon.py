"""The demo programme of Lisbon."""

from __future__ import annotations

from core.discovery.model import Source
from entrypoints.demo_programme.model import City, Hall, Night, Seller

LISBON = City("Lisbon", "Portugal", "Europe/Lisbon", "EUR")

GARDEN = Hall("Jardim Suspenso", LISBON, 38.7140, -9.1400)
TAVERN = Hall("Tasca do Farol", LISBON, 38.7117, -9.1265)
DOCK = Hall("Doca Seca", LISBON, 38.7036, -9.1786)

NIGHTS = (
    Night(
        name="Fado at Sunset",
        hall=GARDEN,
        category="Music",
        day=0,
        at="19:00",
        minutes=90,
        capacity=36,
        tags=("fado", "live"),
        description=(
            "Two voices, a Portuguese guitar and the whole river. Please keep quiet during the songs; between them the "
            "singers explain what was lost and to whom."
        ),
        sold=36,
        waiting=6,
    ),
    Night(
        name="Tile Painting on the Terrace",
        hall=GARDEN,
        category="Art",
        day=3,
        at="15:00",
        minutes=180,
        capacity=14,
        tags=("tiles", "workshop"),
        description=(
            "Paint two azulejos with a master from the workshop next door. They are fired overnight and sent to you, "
            "anywhere in Europe."
        ),
        price="35.00",
        sold=8,
    ),
    Night(
        name="Feira de Plantas",
        hall=GARDEN,
        category="Market",
        day=5,
        at="10:00",
        minutes=360,
        tags=("plants", "market"),
        description="Traga um vaso, leve uma muda. Bring a pot, take a cutting home. Advice on aphids is free.",
        sold=9,
    ),
    Night(
        name="Sailors' Songs, Sung by Everybody",
        hall=TAVERN,
        category="Community",
        day=7,
        at="21:00",
        capacity=45,
        tags=("shanties", "choir"),
        description="Nobody performs and everybody sings. Words are on the wall, wine is on the barrel.",
        sold=10,
    ),
    Night(
        name="Board Games in the Garden",
        hall=GARDEN,
        category="Games",
        day=12,
        at="16:00",
        minutes=240,
        capacity=36,
        tags=("board games", "outdoor"),
        description="We explain the rules, in four languages. When it rains we move into the greenhouse.",
        sold=6,
    ),
    Night(
        name="Noite de Contos",
        hall=TAVERN,
        category="Words",
        day=14,
        at="20:30",
        minutes=100,
        capacity=30,
        tags=("stories", "live"),
        description=(
            "Contos de mar e de serra, with a short summary in English before each. The last one is always about the "
            "same wolf and never ends the same way."
        ),
        sold=30,
        waiting=3,
    ),
    Night(
        name="Dry Dock Techno",
        hall=DOCK,
        category="Music",
        day=13,
        at="22:30",
        minutes=390,
        capacity=500,
        tags=("techno",),
        description=(
            "The dock is nine metres deep, so the neighbours hear nothing and you hear everything twice. Two stages, "
            "one of them under the hull of a ferry."
        ),
        price="15.00",
        sold=18,
    ),
    Night(
        name="Chamber Music under the Ferry",
        hall=DOCK,
        category="Music",
        day=19,
        at="19:30",
        minutes=85,
        capacity=160,
        per_row=16,
        tags=("classical", "live"),
        description=(
            "Shostakovich's eighth quartet and a new piece for strings and ship's engine. Sit on the left for the "
            "strings, on the right for the engine."
        ),
        price="18.00",
        sold=31,
    ),
    Night(
        name="Comets, Meteors and Other Visitors",
        hall=GARDEN,
        category="Science",
        day=23,
        at="21:30",
        capacity=40,
        tags=("astronomy", "talk"),
        description="A talk of forty minutes, then three telescopes. On clear evenings until midnight.",
        sold=14,
    ),
    Night(
        name="Sketching the Tram 28",
        hall=TAVERN,
        category="Art",
        day=31,
        at="10:30",
        minutes=150,
        capacity=18,
        tags=("drawing", "walk"),
        description="Draw the same tram eight times, from eight corners. It gets easier when it stops.",
        sold=4,
        cancelled="Our guide has broken her drawing hand. It heals; see you in spring.",
    ),
    Night(
        name="A Dinner of Seven Soups",
        hall=TAVERN,
        category="Food",
        day=38,
        at="20:00",
        minutes=150,
        capacity=28,
        tags=("supper", "food"),
        description="From caldo verde to sweet rice, each with the person who has always made it.",
        price="26.00",
        sold=9,
    ),
    Night(
        name="Winter Swim and Chocolate",
        hall=DOCK,
        category="Outdoors",
        day=50,
        at="08:00",
        minutes=90,
        capacity=60,
        tags=("swimming", "winter"),
        description="Ten minutes in, sixty minutes with a blanket. A lifeguard and two saunas are there.",
        sold=9,
    ),
    Night(
        name="Ondas: Festival of Small Waves",
        hall=DOCK,
        category="Music",
        day=21,
        at="16:00",
        minutes=480,
        tags=("festival", "electronic"),
        description="Twelve acts that are better heard sitting down. Bring a cushion.",
        price="39.00",
        sellers=(Seller(Source.EVENTBRITE, "39.00", 6), Seller(Source.DICE, "41.30", 1)),
    ),
    Night(
        name="Language Exchange by the River",
        hall=TAVERN,
        category="Community",
        day=2,
        at="18:30",
        minutes=150,
        tags=("languages",),
        description="Change tables and languages every twenty minutes. Beginners sit by the window.",
        sellers=(Seller(Source.MEETUP, "0.00", 2),),
    ),
    Night(
        name="Mercado da Meia-Noite",
        hall=DOCK,
        category="Market",
        day=26,
        at="20:00",
        minutes=300,
        tags=("market", "food"),
        description="Sixty stalls, four kitchens and a barber. Open until one.",
        price=None,
        sellers=(Seller(Source.WEB, None, 14),),
    ),
)
