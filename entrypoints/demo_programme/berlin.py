"""The demo programme of Berlin."""

from __future__ import annotations

from core.discovery.model import Source
from entrypoints.demo_programme.model import City, Hall, Night, Seller

BERLIN = City("Berlin", "Germany", "Europe/Berlin", "EUR")

CELLAR = Hall("Kellerbühne", BERLIN, 52.4990, 13.4180)
CINEMA = Hall("Lichtspielhaus Nord", BERLIN, 52.5486, 13.4039)
HARBOUR = Hall("Osthafen Werkhalle", BERLIN, 52.5033, 13.4524)
LIBRARY = Hall("Bibliothek am Landwehrkanal", BERLIN, 52.4957, 13.4215)

NIGHTS = (
    Night(
        name="Open Stage at the Kellerbühne",
        hall=CELLAR,
        category="Music",
        day=0,
        at="20:00",
        minutes=180,
        capacity=60,
        tags=("open stage", "live"),
        description=(
            "Eight slots of fifteen minutes, one microphone and a piano that has been tuned this time. Put your name "
            "on the list at the bar before half past seven.\n\nListeners are as welcome as players."
        ),
        sold=22,
    ),
    Night(
        name="Night of the Short Film",
        hall=CINEMA,
        category="Film",
        day=2,
        at="20:30",
        minutes=110,
        capacity=96,
        per_row=12,
        tags=("film", "shorts"),
        description=(
            "Nine films under nine minutes: a lighthouse, a divorce, a dog that learns Polish. Five of the directors "
            "are here and answer questions after the last one.\n\nAll films have English subtitles."
        ),
        price="8.50",
        sold=22,
    ),
    Night(
        name="Modular Synth Open Table",
        hall=CELLAR,
        category="Music",
        day=3,
        at="19:00",
        minutes=180,
        capacity=24,
        tags=("electronic", "workshop"),
        description=(
            "Bring your case, or play one of ours. Ada from the repair bench shows how to build a random voltage "
            "source for the price of a coffee. Headphones are on the tables."
        ),
        sold=24,
        waiting=5,
    ),
    Night(
        name="Midnight Jazz at the Kellerbühne",
        hall=CELLAR,
        category="Music",
        day=5,
        at="23:00",
        minutes=150,
        capacity=80,
        tags=("jazz", "live"),
        description=(
            "A trio, three sets, and the lights low. The first set is standards, the second is their own, and nobody "
            "knows about the third."
        ),
    ),
    Night(
        name="Linocut for Beginners",
        hall=LIBRARY,
        category="Art",
        day=6,
        at="14:00",
        minutes=240,
        capacity=12,
        tags=("printmaking", "workshop"),
        description=(
            "Design, cut and print a card in one afternoon. Lino, paper and ink are included; wear something that may "
            "get black. You go home with ten prints and all your fingers."
        ),
        price="28.00",
        sold=12,
        waiting=3,
    ),
    Night(
        name="Warehouse: Live Electronics",
        hall=HARBOUR,
        category="Music",
        day=6,
        at="22:00",
        minutes=420,
        capacity=400,
        tags=("techno", "live"),
        description=(
            "Four live acts, no laptops on stage. Doors at ten, the first act at eleven, the last tram at twenty to "
            "six. Earplugs are free at the cloakroom."
        ),
        price="16.00",
        sold=15,
    ),
    Night(
        name="Poetry Slam: Last Words",
        hall=CELLAR,
        category="Words",
        day=9,
        at="20:00",
        capacity=100,
        tags=("poetry", "slam"),
        description=(
            "Ten poets, five minutes each, and a jury of five people from the audience. The winner gets a bottle of "
            "something and the last word."
        ),
        sold=18,
    ),
    Night(
        name="Vinyl Swap",
        hall=HARBOUR,
        category="Market",
        day=13,
        at="13:00",
        minutes=300,
        tags=("records", "market"),
        description=(
            "Trade what you no longer play. Tables are free, first come, first served; there are three turntables to "
            "listen before you decide. No dealers."
        ),
        sold=10,
    ),
    Night(
        name="The Cabinet of Dr. Caligari, with Live Score",
        hall=CINEMA,
        category="Film",
        day=16,
        at="20:00",
        minutes=100,
        capacity=48,
        per_row=8,
        tags=("film", "silent film", "live"),
        description=(
            "The restored print of 1920, with a new score for viola, musical saw and electronics, played by the people "
            "who wrote it. There is a short introduction at eight; the film begins at a quarter past."
        ),
        price="14.00",
        sold=48,
        waiting=6,
    ),
    Night(
        name="Neighbours' Breakfast",
        hall=LIBRARY,
        category="Community",
        day=20,
        at="10:00",
        capacity=40,
        tags=("breakfast", "neighbours"),
        description="Bring something for the table and somebody you have only nodded at so far. Coffee is there.",
        sold=4,
    ),
    Night(
        name="Reading: Letters Nobody Sent",
        hall=LIBRARY,
        category="Words",
        day=27,
        at="19:30",
        minutes=90,
        capacity=70,
        tags=("reading", "letters"),
        description=(
            "Four actors read letters from the city archive that were written between 1890 and 1989 and never posted: "
            "apologies, two proposals, and a complaint about a goose."
        ),
        sold=12,
    ),
    Night(
        name="Winter Choir in the Werkhalle",
        hall=HARBOUR,
        category="Music",
        day=48,
        at="18:00",
        minutes=80,
        capacity=240,
        per_row=24,
        tags=("choir", "winter"),
        description=(
            "Ninety voices and no amplification. The hall is heated, though not much: keep your coat. Pieces by Pärt, "
            "Sandström and two members of the choir."
        ),
        price="12.00",
        sold=29,
    ),
    Night(
        name="Kottbusser Klub: Afrobeat All Night",
        hall=HARBOUR,
        category="Music",
        day=4,
        at="21:00",
        minutes=300,
        tags=("afrobeat", "live"),
        description="A twelve-piece band on two drum kits, then records until the morning.",
        price="18.40",
        sellers=(Seller(Source.DICE, "18.40", 3), Seller(Source.EVENTBRITE, "19.90", 7)),
    ),
    Night(
        name="Python Users Berlin: Lightning Talks",
        hall=LIBRARY,
        category="Community",
        day=10,
        at="19:00",
        minutes=150,
        tags=("programming", "talks"),
        description="Twelve talks of five minutes. Slides are optional, a timer is not.",
        sellers=(Seller(Source.MEETUP, "0.00", 5),),
    ),
    Night(
        name="Retrospective: Films of the Moon",
        hall=CINEMA,
        category="Film",
        day=34,
        at="19:00",
        minutes=200,
        tags=("film", "moon"),
        description="Méliès, Lang and a documentary about the dust, in one evening with soup in between.",
        price="11.00",
        sellers=(Seller(Source.EVENTBRITE, "11.00", 12),),
    ),
)
