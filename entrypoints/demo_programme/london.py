"""The demo programme of London."""

from __future__ import annotations

from core.discovery.model import Source
from entrypoints.demo_programme.model import City, Hall, Night, Seller

LONDON = City("London", "United Kingdom", "Europe/London", "GBP")

YARD = Hall("Brewery Yard", LONDON, 51.5370, -0.0760)
CHAPEL = Hall("Chapel of Small Sounds", LONDON, 51.5462, -0.1032)
BASEMENT = Hall("Basement 41", LONDON, 51.5142, -0.1315)
HALL = Hall("Peckham Assembly Hall", LONDON, 51.4740, -0.0690)

NIGHTS = (
    Night(
        name="Brass in the Yard",
        hall=YARD,
        category="Music",
        day=1,
        at="19:00",
        minutes=210,
        capacity=150,
        tags=("brass", "outdoor", "live"),
        description=(
            "Two bands, eleven trombones and a food van. It takes place in any weather: half of the yard has a roof, "
            "and the tubas have the other half."
        ),
        sold=34,
    ),
    Night(
        name="Repair Café",
        hall=YARD,
        category="Community",
        day=4,
        at="11:00",
        minutes=240,
        capacity=24,
        tags=("repair", "workshop"),
        description=(
            "Toasters, lamps, trousers and bicycles. Volunteers repair it with you, not for you. Last month 41 of 57 "
            "things went home working."
        ),
        sold=24,
        waiting=4,
    ),
    Night(
        name="Post-Punk Double Bill",
        hall=HALL,
        category="Music",
        day=6,
        at="20:00",
        minutes=200,
        capacity=200,
        tags=("punk", "live"),
        description=(
            "Loud, fast and over by half past eleven. Two bands that have shared a rehearsal room for six years and a "
            "drummer for four. Earplugs at the bar."
        ),
        price="14.50",
        sold=20,
    ),
    Night(
        name="Pub Quiz: The Nineties",
        hall=BASEMENT,
        category="Games",
        day=8,
        at="19:30",
        minutes=150,
        capacity=36,
        tags=("quiz", "nineties"),
        description=(
            "Teams of up to six. Six rounds, one of them only sounds: modems, ringtones and the first second of songs "
            "you wish you had forgotten."
        ),
        sold=36,
        waiting=7,
    ),
    Night(
        name="Organ and Electronics",
        hall=CHAPEL,
        category="Music",
        day=11,
        at="20:00",
        minutes=75,
        capacity=120,
        per_row=10,
        tags=("ambient", "organ"),
        description=(
            "The chapel's organ of 1887 and a table of tape machines. The lowest pipe is felt rather than heard; the "
            "front rows feel it most."
        ),
        price="12.00",
        sold=18,
    ),
    Night(
        name="Life Drawing by Candlelight",
        hall=CHAPEL,
        category="Art",
        day=15,
        at="18:30",
        capacity=16,
        tags=("drawing", "workshop"),
        description=(
            "Short poses, long shadows. Paper, charcoal and candles are provided; experience is not needed. Two models "
            "take turns, and so do the biscuits."
        ),
        price="9.00",
        sold=16,
        waiting=2,
    ),
    Night(
        name="New Writing: First Pages",
        hall=BASEMENT,
        category="Words",
        day=18,
        at="19:00",
        minutes=100,
        capacity=55,
        tags=("reading", "new writing"),
        description="Seven writers read the first page of something that has no second page yet.",
        sold=7,
    ),
    Night(
        name="Ceilidh for Absolute Beginners",
        hall=HALL,
        category="Dance",
        day=22,
        at="19:30",
        minutes=180,
        capacity=160,
        tags=("folk", "dance"),
        description=(
            "The caller explains every dance, and the band waits until you have it. Come alone or with eleven friends; "
            "you will dance with all of them either way."
        ),
        price="7.00",
        sold=22,
    ),
    Night(
        name="Telling Tales: True Stories, Told Live",
        hall=BASEMENT,
        category="Words",
        day=25,
        at="20:00",
        capacity=60,
        tags=("stories", "live"),
        description="Five people, ten minutes, no notes. The theme of the evening is: the wrong train.",
        sold=6,
        cancelled="The basement has flooded. It dries out, and we look for another evening.",
    ),
    Night(
        name="Board Games and Broth",
        hall=YARD,
        category="Games",
        day=29,
        at="17:00",
        minutes=300,
        capacity=36,
        tags=("board games", "food"),
        description="We explain the rules. There are eighty games, two soups and a strict table for silent chess.",
        sold=7,
    ),
    Night(
        name="The Long Table: Supper for Thirty",
        hall=HALL,
        category="Food",
        day=36,
        at="18:30",
        minutes=210,
        capacity=30,
        tags=("supper", "food"),
        description=(
            "One table, four courses, and a seat beside somebody new for each of them. Vegetarian throughout; tell us "
            "about allergies when you arrive."
        ),
        price="32.00",
        sold=30,
        waiting=4,
    ),
    Night(
        name="Carols with a Brass Band",
        hall=YARD,
        category="Music",
        day=44,
        at="18:00",
        minutes=90,
        tags=("brass", "choir", "winter"),
        description="Song sheets and mulled cider. Every third verse is for the band alone.",
        sold=13,
    ),
    Night(
        name="Neon Ferns (album launch)",
        hall=BASEMENT,
        category="Music",
        day=7,
        at="19:30",
        minutes=180,
        tags=("indie", "live"),
        description="The new record from start to end, and then the songs that people shout for.",
        price="15.20",
        sellers=(Seller(Source.DICE, "15.20", 2), Seller(Source.WEB, "14.00", 20)),
    ),
    Night(
        name="Foraging on the Marshes",
        hall=YARD,
        category="Outdoors",
        day=12,
        at="09:30",
        minutes=180,
        tags=("walk", "food"),
        description="What is edible in the city in this season, and what only looks so. Bring boots and a paper bag.",
        price="22.50",
        sellers=(Seller(Source.EVENTBRITE, "22.50", 9),),
    ),
    Night(
        name="An Evening with the Night Bus",
        hall=HALL,
        category="Theatre",
        day=39,
        at="19:30",
        minutes=130,
        tags=("theatre", "comedy"),
        description="Eight monologues from the upper deck of the N37. The driver has the last one.",
        price="17.00",
        sellers=(Seller(Source.WEB, "17.00", 4), Seller(Source.DICE, "18.70", 4)),
    ),
)
