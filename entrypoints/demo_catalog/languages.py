"""The words of the generated catalog in other languages than English, like those in `words`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from entrypoints.demo_catalog.words import parts


@dataclass(frozen=True, slots=True)
class Language:
    """How events and venues are named in a language, and what descriptions say."""

    names: tuple[str, ...]
    venues: tuple[str, ...]
    sentences: tuple[str, ...]


LANGUAGES: Mapping[str, Language] = {
    "cs": Language(
        names=parts("""
            Koncert: {artist} | Večer poezie | Hudební klub {surname} | Jarmark na náměstí | {artist} a hosté
        """),
        venues=parts("""
            Divadlo {surname} | Kulturní dům {surname} | Klub {noun} | Kavárna {surname}
        """),
        sentences=parts("""
            Vstupenky také na místě. | Hudba až do rána. | Začátek přesně, sál se otevírá o půl hodiny dřív.
        """),
    ),
    "da": Language(
        names=parts("""
            Koncert med {artist} | Aften på {venue} | Fællessang | Loppemarked ved havnen | Højskoleaften: {title}
        """),
        venues=parts("""
            {surname} Teater | Kulturhuset {surname} | Café {noun} | Værkstedet
        """),
        sentences=parts("""
            Døren åbner en time før. | Live musik og kolde øl. | Børn er velkomne.
        """),
    ),
    "de": Language(
        names=parts("""
            {artist} im Konzert | Lange Nacht der Museen | Lesung mit {artist} | Flohmarkt am Fluss | Kneipenquiz |
            Jazz im Hof: {artist} | Tanz in den Frühling | {title} – ein Kammerspiel | Führung durch {city}
        """),
        venues=parts("""
            Kulturhaus {surname} | {surname}saal | Alte Münze | Theater am {noun} | Club {noun} | Café {surname} |
            Bürgerhaus {city} | Jugendzentrum {surname}
        """),
        sentences=parts("""
            Einlass ist eine Stunde vorher. | Musik bis in die Nacht, danach legt {other} auf. |
            Eintritt für Schüler ermäßigt. | Mit freundlicher Unterstützung der Stadt {city}.
        """),
    ),
    "el": Language(
        names=parts("""
            Συναυλία: {artist} | Βραδιά ποίησης | Μουσική στην αυλή | Θεατρική παράσταση: {title}
        """),
        venues=parts("""
            Θέατρο {surname} | Μέγαρο Μουσικής | Café {noun} | Στέγη {surname}
        """),
        sentences=parts("""
            Οι πόρτες ανοίγουν μία ώρα νωρίτερα. | Ζωντανή μουσική ως αργά. | Είσοδος ελεύθερη για παιδιά.
        """),
    ),
    "es": Language(
        names=parts("""
            Noche de {tag} con {artist} | Concierto de {artist} | Feria del libro de {city} | Taller de cerámica |
            Cine de verano: {title} | {artist} en directo | Micrófono abierto | Milonga de los viernes | Peña flamenca
        """),
        venues=parts("""
            Teatro {surname} | Sala {noun} | Café {surname} | Centro Cultural {surname} | Casa {surname} |
            Jardín {surname} | Auditorio {city}
        """),
        sentences=parts("""
            Las puertas abren una hora antes. | Música en vivo y buen vino. | Entrada libre hasta completar el aforo. |
            Con la colaboración de {surname} y el ayuntamiento de {city}.
        """),
    ),
    "fi": Language(
        names=parts("""
            {artist} keikalla | Runoilta | Kirppis torilla | Saunailta ja musiikkia | Yhteislaulua: {title}
        """),
        venues=parts("""
            {surname} Teatteri | Kulttuuritalo {surname} | Kahvila {noun} | Klubi {noun}
        """),
        sentences=parts("""
            Ovet aukeavat tuntia ennen. | Elävää musiikkia myöhään yöhön. | Vapaa pääsy alle kouluikäisille.
        """),
    ),
    "fr": Language(
        names=parts("""
            Soirée {tag} avec {artist} | {artist} en concert | Nuit blanche à {city} | Atelier d'écriture |
            Ciné-club : {title} | Marché de Noël | Brocante du dimanche | Scène ouverte | Conférence de {artist}
        """),
        venues=parts("""
            Théâtre {surname} | Salle {surname} | Café de la {noun} | Maison {surname} | Médiathèque {surname} |
            L'Atelier {surname} | Espace {noun}
        """),
        sentences=parts("""
            Ouverture des portes une heure avant. | Musique jusqu'à l'aube, première partie : {other}. |
            Entrée libre dans la limite des places disponibles. | Avec le soutien de la ville de {city}.
        """),
    ),
    "hu": Language(
        names=parts("""
            {artist} koncert | Költészet éjszakája | Táncház | Könyvvásár | {title} – bemutató
        """),
        venues=parts("""
            {surname} Színház | Művelődési Ház | {noun} Klub | Kávéház {surname}
        """),
        sentences=parts("""
            Kapunyitás egy órával korábban. | Élőzene hajnalig. | A belépés gyerekeknek ingyenes.
        """),
    ),
    "it": Language(
        names=parts("""
            {artist} in concerto | Notte bianca | Serata {tag} | Mercatino dell'antiquariato |
            Cinema sotto le stelle: {title} | Aperitivo con {artist} | Laboratorio di ceramica | Poesia in piazza
        """),
        venues=parts("""
            Teatro {surname} | Palazzo {surname} | Circolo {surname} | Caffè {noun} | Sala {surname} | Villa {surname}
        """),
        sentences=parts("""
            Apertura porte un'ora prima. | Musica dal vivo fino a tardi. | Ingresso libero fino a esaurimento posti. |
            In collaborazione con il comune di {city}.
        """),
    ),
    "ja": Language(
        names=parts("""
            ジャズの夜 | {artist} 来日公演 | 春の音楽祭 | 落語と酒の会 | 映画上映会と監督トーク | 夜の美術館 | 古本市 |
            盆踊り大会 | 茶道体験 | {artist} ライブ | 東北民謡の夕べ | 星空観察会 | クラシック音楽コンサート | 手作り市
        """),
        venues=parts("""
            市民会館 | ライブハウス {noun} | 文化センター | {surname} ホール | 喫茶 {noun} | 中央公園 | 小劇場
        """),
        sentences=parts("""
            開場は開演の一時間前です。 | 当日券もございます。 | 音楽と食事をお楽しみください。 |
            小学生以下は入場無料です。
        """),
    ),
    "ko": Language(
        names=parts("""
            재즈의 밤 | {artist} 내한공연 | 봄 음악회 | 독립영화 상영회 | 한강 달리기 모임 | 책 읽는 저녁 |
            도자기 공방 체험
        """),
        venues=parts("""
            시민회관 | {noun} 클럽 | 예술의전당 | {surname} 홀 | 문화공원
        """),
        sentences=parts("""
            공연 한 시간 전에 입장합니다. | 음악과 함께하는 저녁입니다. | 어린이는 무료입니다.
        """),
    ),
    "nl": Language(
        names=parts("""
            {artist} live | Nacht van de poëzie | Rommelmarkt | Pubquiz in {venue} | Theater: {title} | Open podium
        """),
        venues=parts("""
            {surname} Theater | Buurthuis {surname} | Café {noun} | Zaal {surname} | Podium {noun}
        """),
        sentences=parts("""
            De deuren gaan een uur eerder open. | Live muziek tot laat. | Kinderen mogen gratis mee.
        """),
    ),
    "pl": Language(
        names=parts("""
            Koncert: {artist} | Noc poezji | Wieczór jazzowy | Targ śniadaniowy | Pokaz filmu: {title} | Święto Łodzi
        """),
        venues=parts("""
            Teatr {surname} | Dom Kultury {surname} | Klub {noun} | Kawiarnia {surname} | Galeria {noun}
        """),
        sentences=parts("""
            Drzwi otwieramy godzinę wcześniej. | Muzyka na żywo do późna. | Wstęp wolny dla dzieci.
        """),
    ),
    "pt": Language(
        names=parts("""
            {artist} ao vivo | Noite de fado | Roda de samba com {artist} | Feira do livro | Sessão de cinema: {title} |
            Oficina de cerâmica | Sarau de poesia | Festa de São João
        """),
        venues=parts("""
            Teatro {surname} | Casa {surname} | Espaço {noun} | Café {surname} | Salão {surname} | Praça {surname}
        """),
        sentences=parts("""
            As portas abrem uma hora antes. | Música ao vivo e boa comida. | Entrada franca para crianças. |
            Com o apoio da câmara de {city}.
        """),
    ),
    "sv": Language(
        names=parts("""
            Konsert: {artist} | Poesikväll | Loppis i parken | Allsång på {venue} | Föreläsning: {title}
        """),
        venues=parts("""
            {surname}teatern | Kulturhuset {surname} | Café {noun} | Ölhallen {noun}
        """),
        sentences=parts("""
            Dörrarna öppnar en timme före. | Levande musik hela kvällen. | Fri entré för barn.
        """),
    ),
    "th": Language(
        names=parts("""
            ดนตรีสดริมน้ำ | คืนแห่งแจ๊ส | ตลาดนัดกลางคืน | ฉายหนังกลางแปลง | {artist} คอนเสิร์ต | เวิร์กช็อปทำขนม
        """),
        venues=parts("""
            หอศิลป์ | สวนลุมพินี | โรงละคร {surname} | คาเฟ่ {noun}
        """),
        sentences=parts("""
            ประตูเปิดก่อนเวลาหนึ่งชั่วโมง | ดนตรีสดตลอดคืน | เด็กเข้าฟรี
        """),
    ),
    "tr": Language(
        names=parts("""
            {artist} konseri | Şiir gecesi | Caz akşamı | Kitap fuarı | Açık hava sineması: {title} | Çömlek atölyesi
        """),
        venues=parts("""
            {surname} Sahnesi | Kültür Merkezi {surname} | {noun} Kulübü | Çay Bahçesi | Müze Salonu
        """),
        sentences=parts("""
            Kapılar bir saat önce açılır. | Gece boyunca canlı müzik. | Çocuklar için ücretsiz.
        """),
    ),
    "uk": Language(
        names=parts("""
            Концерт: {artist} | Вечір поезії | Ніч музики | Кіно просто неба: {title} | Ярмарок у дворі
        """),
        venues=parts("""
            Театр {surname} | Будинок культури | Клуб {noun} | Кав'ярня {surname}
        """),
        sentences=parts("""
            Двері відчиняються за годину до початку. | Жива музика допізна. | Для дітей вхід вільний.
        """),
    ),
    "zh": Language(
        names=parts("""
            爵士音乐之夜 | {artist} 演唱会 | 独立电影放映 | 周末创意市集 | 城市夜跑 | 陶艺体验课 | 读书会 | 草地音乐节 |
            话剧：长夜 | 脱口秀开放麦 | 古典音乐会 | 星空观测活动
        """),
        venues=parts("""
            文化中心 | {noun} 酒吧 | 大剧院 | {surname} 画廊 | 人民公园 | 小剧场
        """),
        sentences=parts("""
            演出前一小时入场。 | 现场音乐，欢迎光临。 | 儿童免费入场。
        """),
    ),
}
"""By ISO 639-1 code. Events elsewhere are in English."""
