"""The words of the generated catalog in English. What stands in braces is filled in by the generator."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Theme:
    """What events of a category are about. Of a hundred events `share` have it; most cost about `euros`."""

    category: str
    share: int
    euros: int
    tags: tuple[str, ...]
    names: tuple[str, ...]
    sentences: tuple[str, ...]


def parts(text: str) -> tuple[str, ...]:
    """Return what the text has between bars, each part on one line."""
    return tuple(" ".join(part.split()) for part in text.split("|"))


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


THEMES = (
    Theme(
        category="Music",
        share=27,
        euros=18,
        tags=parts("""
            jazz | techno | indie rock | classical | folk | hip-hop | electronic | blues | metal | soul | punk | house |
            choir | salsa | reggae | ambient | opera | drum and bass | bluegrass | afrobeat
        """),
        names=parts("""
            {artist} | {artist} + {other} | {artist} live at {venue} | {artist}: {title} Tour | {Tag} Night |
            {Tag} Night with {artist} | The {surname} Quartet | {Tag} Festival {city} | {artist} plays {title} |
            Open Mic Music Night | {Tag} Sessions: {artist} | Music at Midnight: {artist} | {title} Record Release
        """),
        sentences=parts("""
            {artist} brings new songs from the album {title}. | Live music, with {other} opening. |
            The band plays two sets with a short break. | A night of {tag} and soul. |
            The first band starts an hour after doors. | Expect deep bass, bright horns and a full dance floor. |
            {artist} returns to {city} after a long tour.
        """),
    ),
    Theme(
        category="Theatre",
        share=7,
        euros=24,
        tags=parts("""
            drama | musical | improv | puppetry | classic | monologue | new writing | physical theatre
        """),
        names=parts("""
            {title} | {title}: a play by {artist} | {title} (preview) | {surname} and Daughters | Improv Night |
            The Trial of {artist} | {title}: The Musical | A Winter's {noun}
        """),
        sentences=parts("""
            {artist} directs this story of a family that keeps a secret. | The play runs for ninety minutes. |
            A new production with live music on stage. | After the performance the cast answers questions.
        """),
    ),
    Theme(
        category="Comedy",
        share=6,
        euros=14,
        tags=parts("""
            stand-up | improv | sketch | open mic | satire | cabaret
        """),
        names=parts("""
            {artist}: {title} | Stand-up Night at {venue} | Comedy Cellar with {artist} | New Material Night |
            Laugh Out Late: {artist} and {other} | {artist}: Work in Progress
        """),
        sentences=parts("""
            Five comedians, one microphone. | {artist} hosts a night of stand-up. |
            Late arrivals are seated at the front. | The show contains strong language and bad puns.
        """),
    ),
    Theme(
        category="Film",
        share=5,
        euros=9,
        tags=parts("""
            documentary | shorts | silent film | horror | animation | classic | open air
        """),
        names=parts("""
            {title} (screening) | Short Film Night | Film Club: {title} | {title} with director {artist} |
            Silent Film and Live Music: {title} | Midnight Horror: {title} | Open Air Cinema: {title}
        """),
        sentences=parts("""
            A restored print, with subtitles. | Director {artist} talks about the film afterwards. |
            Popcorn is included. | Bring a blanket, the nights are cold.
        """),
    ),
    Theme(
        category="Art",
        share=7,
        euros=8,
        tags=parts("""
            painting | photography | ceramics | drawing | printmaking | sculpture | vernissage | textile
        """),
        names=parts("""
            {title}: an exhibition | Life Drawing with {artist} | {artist}: {title} | Gallery Night at {venue} |
            Ceramics Workshop | Photography Walk through {city} | Opening: {title} | Printmaking for Beginners
        """),
        sentences=parts("""
            {artist} shows new work in three rooms. | Materials are included, and nobody needs to know how to draw. |
            The artist is present at the opening. | The exhibition stays open until the end of the month.
        """),
    ),
    Theme(
        category="Food & Drink",
        share=8,
        euros=32,
        tags=parts("""
            wine | street food | baking | coffee | vegan | beer | tasting | supper club | market
        """),
        names=parts("""
            Wine Tasting with {artist} | {surname} Supper Club | Street Food Market {city} | Sourdough Workshop |
            Natural Wine Night | Coffee Cupping at {venue} | Chef's Table: {artist} | Beer and Cheese at {venue}
        """),
        sentences=parts("""
            Six courses, paired with wines of the region. | Vegetarians are welcome, tell us in advance. |
            {artist} cooks what the market has that morning. | Music and long tables until late.
        """),
    ),
    Theme(
        category="Sport",
        share=6,
        euros=16,
        tags=parts("""
            running | football | yoga | climbing | cycling | swimming | basketball | martial arts
        """),
        names=parts("""
            {city} Night Run | Sunrise Yoga | {surname} Cup | Bouldering for Beginners | {city} Half Marathon |
            Five-a-side Tournament | Open Water Swim | Cycling Tour with {artist}
        """),
        sentences=parts("""
            All levels are welcome. | Meet at the entrance ten minutes early. | Bring water and good shoes. |
            The course is ten kilometres long and mostly flat.
        """),
    ),
    Theme(
        category="Family",
        share=6,
        euros=7,
        tags=parts("""
            kids | puppets | crafts | storytelling | science | circus | outdoor
        """),
        names=parts("""
            Storytelling for Small People | Puppet Show: {title} | Family Concert: {title} | Craft Morning at {venue} |
            The {surname} Family Circus | Science for Kids | Treasure Hunt in {city}
        """),
        sentences=parts("""
            For children from four years on, with their grown-ups. | Singing, music and a snack. | Children pay half. |
            We make something that you can take home.
        """),
    ),
    Theme(
        category="Talks",
        share=7,
        euros=6,
        tags=parts("""
            history | politics | philosophy | climate | design | economics | literature | health
        """),
        names=parts("""
            {artist} in Conversation | {title}: a talk by {artist} | {Tag} after Dark | The Future of {noun} |
            {artist} and {other} on {tag} | Lecture: {title} | Breakfast Talk: {Tag}
        """),
        sentences=parts("""
            {artist} has written three books about {tag}. | Questions from the audience are welcome. |
            The talk is recorded. | Drinks in the hall afterwards.
        """),
    ),
    Theme(
        category="Technology",
        share=6,
        euros=5,
        tags=parts("""
            python | startups | machine learning | security | open source | robotics | data | web
        """),
        names=parts("""
            {city} Python Meetup | Startup Night at {venue} | Machine Learning Reading Group | Hackathon: {title} |
            Open Source Evening | Security Talks with {artist} | Data Night {city} | Robotics Lab Open Doors
        """),
        sentences=parts("""
            Two talks, then pizza. | {artist} shows what went wrong in production. | Bring a laptop. |
            Newcomers are welcome, and nobody has to present anything.
        """),
    ),
    Theme(
        category="Dance",
        share=4,
        euros=12,
        tags=parts("""
            tango | swing | ballet | contemporary | salsa | folk dance | bachata
        """),
        names=parts("""
            Tango Night | Swing Social with {artist} | {title}: contemporary dance | Salsa for Beginners |
            Milonga at {venue} | Ballet Gala: {title} | Folk Dance in the Hall
        """),
        sentences=parts("""
            A class for beginners comes first, then social dancing. | Live music by the {surname} orchestra. |
            You need no partner. | {artist} and {other} teach.
        """),
    ),
    Theme(
        category="Games",
        share=3,
        euros=4,
        tags=parts("""
            quiz | board games | chess | role-playing | video games | poker
        """),
        names=parts("""
            Pub Quiz at {venue} | Board Game Night | Rapid Chess Open | {surname} Quiz League | Retro Games Night |
            One-shot Adventure: {title}
        """),
        sentences=parts("""
            Teams of up to six. | We explain the rules. | The winners drink for free. | Games and snacks are provided.
        """),
    ),
    Theme(
        category="Market",
        share=3,
        euros=2,
        tags=parts("""
            flea market | vinyl | books | plants | vintage | design | christmas
        """),
        names=parts("""
            {city} Flea Market | Record Fair | Vintage Market at {venue} | Plant Swap | Book Fair {city} |
            Makers' Market: {title} | Night Market {city}
        """),
        sentences=parts("""
            Eighty stalls, coffee and live music. | Bring cash. | Dogs are welcome on a lead. |
            Entry is free after four.
        """),
    ),
    Theme(
        category="Community",
        share=3,
        euros=0,
        tags=parts("""
            volunteering | language exchange | repair | neighbourhood | queer | gardening
        """),
        names=parts("""
            Repair Café | Language Exchange {city} | Neighbourhood Dinner | Community Garden Day | Volunteer Evening |
            Clothes Swap at {venue} | Newcomers' Night {city}
        """),
        sentences=parts("""
            Everybody is welcome. | Tools are there, bring what is broken. | We share what everyone brings. |
            Free, and donations help.
        """),
    ),
    Theme(
        category="Wellness",
        share=2,
        euros=20,
        tags=parts("""
            meditation | yoga | sound bath | breathing | sauna | retreat
        """),
        names=parts("""
            Sound Bath at {venue} | Meditation for Beginners | Breathwork with {artist} | Full Moon Yoga | Sauna Night |
            A Quiet Morning: {title}
        """),
        sentences=parts("""
            Mats and blankets are provided. | {artist} has taught for twenty years. | Phones stay outside. |
            Gentle music, slow movement, tea.
        """),
    ),
)

SENTENCES = parts("""
    Doors open an hour before the start. | Tickets are limited, so book early. | The hall is accessible by wheelchair. |
    The bar stays open late. | Presented by {surname} Productions together with {venue}. |
    Supported by the {surname} Foundation and the city of {city}. | Ages eighteen and over. | There is a cloakroom. |
    Seats are not numbered. | The last trains and buses leave nearby. | Curated by {other}. |
    Part of the season {title}. | In the main hall of {venue}. | With support from friends of {other}. |
    Photographs may be taken. | {given} and {other} run the box office. |
    Please arrive on time, since latecomers can't be seated. |
    After last season's success {other} returns with a larger team. | Refunds until a week before the date. |
    Sign language interpretation on request. | A project of students from {city} and beyond. |
    Ask for {given} at the entrance. | Children under ten come free with an adult. | Supper is served from six. |
    Produced by {other}, lights by {given} {noun}. | The rooms are warm, so leave your coat. | Card payments only. |
    Smoking is allowed in the courtyard. | Press enquiries go to {other}. | Rain moves everything indoors. |
    Thanks to the members, whose {noun} fund pays for this. | The programme may change at short notice. |
    It sold out quickly last year. | Come as you are.
""")
"""What the description of any event may say."""

VENUES = parts("""
    {surname} Hall | The {adjective} {noun} | {noun} Club | {surname} Theatre | {city} Music Hall | The {noun} Rooms |
    {surname} Arms | {surname} Gallery | {adjective} Warehouse | Studio {surname} | St. {given}'s Church |
    {surname} Park | {surname} Library | {noun} & {noun} | {surname} Arena | Town Hall {city} | {adjective} Garden |
    The Old {noun} Hall | {surname} Community Centre
""")

ADJECTIVES = words("""
Amber Ancient Blue Borrowed Brave Bright Broken Burning Careful Common Copper Crooked Dancing Distant Double Electric
Empty Endless Fallen Favourite Final First Floating Forgotten Fragile Gentle Golden Green Half Hidden Hollow Honest
Hungry Invisible Iron Last Late Little Lonely Long Lost Loud Lucky Midnight Missing Narrow New Northern Old Open
Ordinary Other Painted Paper Patient Perfect Plain Quiet Red Restless Rolling Second Secret Seven Shallow Silent
Silver Simple Sleeping Slow Small Southern Strange Sudden Sunken Sweet Tender Thin Thousand Unfinished Unlikely Velvet
Violet Wandering Warm Western White Wild Winter Wooden Young
""")

NOUNS = words("""
Afternoon Anchor Animals Apartment Archive Armour Autumn Balcony Balloon Bells Birds Boats Bones Bridge Brothers
Candle Carousel Castle Cathedral Chapel Circle City Clock Coast Compass Country Courtyard Crossing Crown Daughters
Desert Dinner Door Dream Engine Evening Factory Feather Field Fire Fish Flowers Forest Fountain Fox Garden Ghost
Giants Glass Gold Guest Harbour Heart Helmet Highway Hills Horizon Horses Hotel Hours House Hunger Island Journey
Kingdom Kitchen Ladder Lake Lantern Laundry Letters Library Light Lighthouse Lions Machine Magic Market Meadow Memory
Metal Mirror Moon Morning Mountain Museum Neighbours Night Ocean Orchard Orchestra Parade Passage Piano Pilot Planet
Pocket Postcard Promise Queen Radio Rain Ribbon River Road Roof Room Roses Sailors Salt Season Shadow Signal Silence
Sisters Sky Smoke Snow Song Spring Square Stars Station Stone Storm Stranger Street Summer Sun Supper Swans Table
Theatre Thunder Tide Tiger Tower Train Travellers Trees Umbrella Valley Village Violin Voices Wall Water Waves Wedding
Weekend Whale Wheel Wind Window Winter Wolves Words World Year
""")

GIVEN_NAMES = words("""
Ada Adam Aino Alma Amara Amir Ana Anders Anita Anouk Antoine Aria Arjun Astrid Ava Aylin Beatriz Ben Bruno Camille
Carla Carmen Cecilia Chiara Chloé Clara Claude Daniel Daria David Diego Dina Edgar Eleni Elif Elsa Emil Emma Enzo Erik
Esther Eva Fatima Felix Femi Finn Flora Frida Gael Gloria Grace Greta Hana Hannah Hugo Ibrahim Ida Ines Ingrid Iris
Isaac Isabel Ivan Jack Jana Jasper Joana João Jonas José Judith Julia June Kai Karim Kenji Kofi Lara Leila Lena Leo
Liam Lina Lior Louis Lucía Luca Lukas Luna Magda Maja Malik Manu Marco Maria Marta Mateo Maya Mei Mia Miles Milena
Mina Miriam Moses Nadia Naomi Nia Nico Nina Noa Noah Nora Olga Oliver Omar Oscar Otto Pablo Paula Petra Priya Rafael
Ravi René Rita Rosa Ruth Sadie Said Samir Sara Selma Sofia Søren Stella Sven Tamar Tariq Teresa Theo Thiago Tilda Tom
Uma Vera Victor Viola Wanda Wei Yara Yuki Yusuf Zara Zoë
""")

SURNAME_STARTS = words("""
Al An Ar Bar Bel Ber Bor Bran Cal Car Cas Cor Dal Dan Del Dor El En Fal Fer Fin Gar Gil Gran Hal Har Hol Is Jan Kal
Kar Kor Lam Lan Lor Mal Man Mar Mel Mor Nor Or Pal Per Ros Sal San Sol Tal Tor Val Van Ver Vil Wal
""")

SURNAME_MIDDLES = words("""
a be bi co da de di do e fa fi ga ge go i ka ki la le li lo ma me mi mo na ne ni no o ra re ri ro sa se ta te ti va
""")

SURNAME_ENDS = words("""
berg bert coni dal dez din dis ford gard gen ger gren grove hart heim kin la land las les ley lin ling lis man mann
mont more nen ney ni quist r ra rell rez ri ros sen ski son ssen stein ston tado ter tin ton tti va ver vic ville well
wick wood
""")
