"""The cities of the generated catalog, the larger ones of each country first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class City:
    """A city, its position in degrees, and the language and the currency of its events."""

    name: str
    country: str
    zone: str
    latitude: float
    longitude: float
    language: str
    currency: str


_TABLE = """
United Kingdom | en | GBP | Europe/London
London 51.507 -0.128, Manchester 53.481 -2.242, Birmingham 52.486 -1.890, Glasgow 55.864 -4.252, Leeds 53.801 -1.549,
Liverpool 53.408 -2.992, Bristol 51.455 -2.588, Edinburgh 55.953 -3.188, Cardiff 51.482 -3.179, Belfast 54.597 -5.930,
Brighton 50.823 -0.137, Newcastle upon Tyne 54.978 -1.618, Nottingham 52.955 -1.158, Sheffield 53.381 -1.470
Ireland | en | EUR | Europe/Dublin
Dublin 53.350 -6.260, Cork 51.898 -8.476, Galway 53.271 -9.057
Germany | de | EUR | Europe/Berlin
Berlin 52.520 13.405, Hamburg 53.551 9.994, München 48.137 11.575, Köln 50.938 6.960, Frankfurt am Main 50.110 8.682,
Stuttgart 48.776 9.183, Düsseldorf 51.228 6.773, Leipzig 51.340 12.375, Dresden 51.051 13.738, Nürnberg 49.452 11.077,
Hannover 52.375 9.732, Bremen 53.079 8.802, Freiburg im Breisgau 47.999 7.842
Austria | de | EUR | Europe/Vienna
Wien 48.208 16.374, Graz 47.071 15.440, Linz 48.306 14.286, Salzburg 47.809 13.055, Innsbruck 47.269 11.404
Switzerland | de | CHF | Europe/Zurich
Zürich 47.377 8.542, Basel 47.560 7.589, Bern 46.948 7.447, Luzern 47.050 8.309
Switzerland | fr | CHF | Europe/Zurich
Genève 46.204 6.143, Lausanne 46.520 6.634
France | fr | EUR | Europe/Paris
Paris 48.857 2.352, Lyon 45.764 4.836, Marseille 43.296 5.370, Toulouse 43.605 1.444, Bordeaux 44.838 -0.579,
Lille 50.629 3.057, Nantes 47.218 -1.554, Strasbourg 48.573 7.752, Montpellier 43.611 3.877, Rennes 48.117 -1.678,
Nice 43.710 7.262, Grenoble 45.188 5.724
Belgium | fr | EUR | Europe/Brussels
Bruxelles 50.850 4.352, Liège 50.633 5.568
Belgium | nl | EUR | Europe/Brussels
Antwerpen 51.219 4.402, Gent 51.054 3.725
Netherlands | nl | EUR | Europe/Amsterdam
Amsterdam 52.368 4.904, Rotterdam 51.924 4.478, Den Haag 52.079 4.311, Utrecht 52.091 5.122, Groningen 53.219 6.567,
Eindhoven 51.442 5.470
Luxembourg | fr | EUR | Europe/Luxembourg
Luxembourg 49.612 6.130
Spain | es | EUR | Europe/Madrid
Madrid 40.417 -3.704, Barcelona 41.387 2.169, Valencia 39.470 -0.376, Sevilla 37.389 -5.984, Bilbao 43.263 -2.935,
Málaga 36.721 -4.421, Zaragoza 41.649 -0.889, Granada 37.177 -3.599, Palma 39.570 2.650
Portugal | pt | EUR | Europe/Lisbon
Lisboa 38.722 -9.139, Porto 41.158 -8.629, Coimbra 40.203 -8.410, Braga 41.545 -8.427
Italy | it | EUR | Europe/Rome
Roma 41.903 12.496, Milano 45.464 9.190, Torino 45.070 7.687, Napoli 40.852 14.268, Bologna 44.494 11.343,
Firenze 43.770 11.256, Palermo 38.116 13.361, Genova 44.405 8.946, Venezia 45.441 12.316
Denmark | da | DKK | Europe/Copenhagen
København 55.676 12.568, Aarhus 56.163 10.204, Odense 55.404 10.402
Sweden | sv | SEK | Europe/Stockholm
Stockholm 59.329 18.069, Göteborg 57.709 11.975, Malmö 55.605 13.004, Uppsala 59.859 17.639
Norway | da | NOK | Europe/Oslo
Oslo 59.914 10.752, Bergen 60.393 5.324, Trondheim 63.431 10.395, Tromsø 69.649 18.956
Finland | fi | EUR | Europe/Helsinki
Helsinki 60.170 24.938, Tampere 61.498 23.761, Turku 60.452 22.267
Iceland | en | ISK | Atlantic/Reykjavik
Reykjavík 64.147 -21.943
Poland | pl | PLN | Europe/Warsaw
Warszawa 52.230 21.012, Kraków 50.065 19.945, Wrocław 51.108 17.039, Poznań 52.406 16.925, Gdańsk 54.352 18.647,
Łódź 51.759 19.456
Czechia | cs | CZK | Europe/Prague
Praha 50.076 14.438, Brno 49.195 16.607, Ostrava 49.821 18.263
Slovakia | cs | EUR | Europe/Bratislava
Bratislava 48.149 17.107
Hungary | hu | HUF | Europe/Budapest
Budapest 47.498 19.040, Debrecen 47.532 21.627, Szeged 46.253 20.141
Romania | en | RON | Europe/Bucharest
București 44.427 26.103, Cluj-Napoca 46.771 23.624, Timișoara 45.749 21.209
Bulgaria | en | EUR | Europe/Sofia
Sofia 42.698 23.322, Plovdiv 42.135 24.745
Greece | el | EUR | Europe/Athens
Athens 37.984 23.728, Thessaloniki 40.640 22.944
Croatia | en | EUR | Europe/Zagreb
Zagreb 45.815 15.982, Split 43.508 16.440
Slovenia | en | EUR | Europe/Ljubljana
Ljubljana 46.057 14.506
Serbia | en | RSD | Europe/Belgrade
Beograd 44.787 20.457, Novi Sad 45.267 19.833
Estonia | en | EUR | Europe/Tallinn
Tallinn 59.437 24.754, Tartu 58.378 26.729
Latvia | en | EUR | Europe/Riga
Rīga 56.950 24.105
Lithuania | en | EUR | Europe/Vilnius
Vilnius 54.687 25.280, Kaunas 54.899 23.904
Ukraine | uk | UAH | Europe/Kyiv
Kyiv 50.450 30.523, Lviv 49.840 24.030, Odesa 46.483 30.724
Türkiye | tr | TRY | Europe/Istanbul
İstanbul 41.008 28.978, Ankara 39.934 32.860, İzmir 38.424 27.143, Eskişehir 39.767 30.526
Georgia | en | GEL | Asia/Tbilisi
Tbilisi 41.716 44.783
United States | en | USD | America/New_York
New York 40.713 -74.006, Philadelphia 39.953 -75.165, Boston 42.360 -71.059, Washington 38.907 -77.037,
Atlanta 33.749 -84.388, Miami 25.762 -80.192, Detroit 42.331 -83.046, Pittsburgh 40.441 -79.996,
Baltimore 39.290 -76.612, Cleveland 41.499 -81.694, Charlotte 35.227 -80.843
United States | en | USD | America/Chicago
Chicago 41.878 -87.630, Houston 29.760 -95.370, Austin 30.267 -97.743, Dallas 32.777 -96.797,
Nashville 36.163 -86.781, New Orleans 29.951 -90.072, Minneapolis 44.978 -93.265, Memphis 35.150 -90.049,
St. Louis 38.627 -90.199, Milwaukee 43.039 -87.907
United States | en | USD | America/Denver
Denver 39.739 -104.990, Salt Lake City 40.761 -111.891, Santa Fe 35.687 -105.938
United States | en | USD | America/Phoenix
Phoenix 33.448 -112.074
United States | en | USD | America/Los_Angeles
Los Angeles 34.052 -118.244, San Francisco 37.775 -122.419, Seattle 47.606 -122.332, Portland 45.515 -122.679,
San Diego 32.716 -117.161, Oakland 37.804 -122.271, Las Vegas 36.170 -115.140, Sacramento 38.582 -121.494
United States | en | USD | Pacific/Honolulu
Honolulu 21.307 -157.858
Canada | en | CAD | America/Toronto
Toronto 43.653 -79.383, Ottawa 45.422 -75.697, Hamilton 43.256 -79.871
Canada | fr | CAD | America/Toronto
Montréal 45.502 -73.567, Québec 46.813 -71.208
Canada | en | CAD | America/Vancouver
Vancouver 49.283 -123.121, Victoria 48.428 -123.366
Canada | en | CAD | America/Edmonton
Calgary 51.045 -114.072, Edmonton 53.546 -113.494
Canada | en | CAD | America/Halifax
Halifax 44.649 -63.575
Mexico | es | MXN | America/Mexico_City
Ciudad de México 19.433 -99.133, Guadalajara 20.660 -103.350, Monterrey 25.687 -100.316, Oaxaca 17.073 -96.727,
Puebla 19.041 -98.206
Colombia | es | COP | America/Bogota
Bogotá 4.711 -74.072, Medellín 6.244 -75.581, Cali 3.452 -76.532, Cartagena 10.391 -75.479
Peru | es | PEN | America/Lima
Lima -12.046 -77.043, Cusco -13.532 -71.967, Arequipa -16.409 -71.537
Ecuador | es | USD | America/Guayaquil
Quito -0.180 -78.467, Guayaquil -2.189 -79.888
Chile | es | CLP | America/Santiago
Santiago -33.449 -70.669, Valparaíso -33.047 -71.613, Concepción -36.827 -73.050
Argentina | es | ARS | America/Argentina/Buenos_Aires
Buenos Aires -34.604 -58.382, Córdoba -31.420 -64.189, Rosario -32.944 -60.651
Uruguay | es | UYU | America/Montevideo
Montevideo -34.901 -56.165
Costa Rica | es | CRC | America/Costa_Rica
San José 9.928 -84.091
Brazil | pt | BRL | America/Sao_Paulo
São Paulo -23.551 -46.633, Rio de Janeiro -22.907 -43.173, Belo Horizonte -19.917 -43.935, Curitiba -25.429 -49.267,
Porto Alegre -30.035 -51.218, Brasília -15.794 -47.882, Florianópolis -27.595 -48.548
Brazil | pt | BRL | America/Bahia
Salvador -12.977 -38.502
Brazil | pt | BRL | America/Recife
Recife -8.048 -34.877
Japan | ja | JPY | Asia/Tokyo
Tokyo 35.690 139.692, Osaka 34.694 135.502, Kyoto 35.012 135.768, Yokohama 35.444 139.638, Nagoya 35.181 136.906,
Sapporo 43.062 141.354, Fukuoka 33.590 130.402
South Korea | ko | KRW | Asia/Seoul
Seoul 37.567 126.978, Busan 35.180 129.075, Daegu 35.872 128.602
China | zh | CNY | Asia/Shanghai
Shanghai 31.230 121.474, Beijing 39.904 116.407, Shenzhen 22.543 114.058, Chengdu 30.573 104.067,
Hangzhou 30.274 120.155
Taiwan | zh | TWD | Asia/Taipei
Taipei 25.033 121.565, Kaohsiung 22.627 120.301
Hong Kong | zh | HKD | Asia/Hong_Kong
Hong Kong 22.320 114.170
Thailand | th | THB | Asia/Bangkok
Bangkok 13.756 100.502, Chiang Mai 18.788 98.985
Vietnam | en | VND | Asia/Ho_Chi_Minh
Hà Nội 21.028 105.854, Đà Nẵng 16.047 108.206
Singapore | en | SGD | Asia/Singapore
Singapore 1.352 103.820
Malaysia | en | MYR | Asia/Kuala_Lumpur
Kuala Lumpur 3.139 101.687, George Town 5.414 100.329
Indonesia | en | IDR | Asia/Jakarta
Jakarta -6.209 106.846, Bandung -6.917 107.619
Philippines | en | PHP | Asia/Manila
Manila 14.600 120.984, Cebu 10.316 123.886
India | en | INR | Asia/Kolkata
Mumbai 19.076 72.878, Delhi 28.614 77.209, Bengaluru 12.972 77.595, Kolkata 22.573 88.364, Chennai 13.083 80.271,
Pune 18.520 73.857, Hyderabad 17.385 78.487
Sri Lanka | en | LKR | Asia/Colombo
Colombo 6.927 79.861
Nepal | en | NPR | Asia/Kathmandu
Kathmandu 27.717 85.324
United Arab Emirates | en | AED | Asia/Dubai
Dubai 25.205 55.271, Abu Dhabi 24.454 54.377
Kuwait | en | KWD | Asia/Kuwait
Kuwait City 29.376 47.977
Israel | en | ILS | Asia/Jerusalem
Tel Aviv 32.085 34.782
Egypt | en | EGP | Africa/Cairo
Cairo 30.044 31.236, Alexandria 31.200 29.919
Morocco | fr | MAD | Africa/Casablanca
Casablanca 33.573 -7.590, Marrakech 31.630 -7.981
Tunisia | fr | TND | Africa/Tunis
Tunis 36.807 10.181
Senegal | fr | XOF | Africa/Dakar
Dakar 14.717 -17.467
Nigeria | en | NGN | Africa/Lagos
Lagos 6.524 3.379, Abuja 9.077 7.399
Ghana | en | GHS | Africa/Accra
Accra 5.604 -0.187
Kenya | en | KES | Africa/Nairobi
Nairobi -1.292 36.822
South Africa | en | ZAR | Africa/Johannesburg
Johannesburg -26.204 28.047, Cape Town -33.925 18.424, Durban -29.859 31.022
Australia | en | AUD | Australia/Sydney
Sydney -33.869 151.209, Canberra -35.281 149.130
Australia | en | AUD | Australia/Melbourne
Melbourne -37.814 144.963
Australia | en | AUD | Australia/Brisbane
Brisbane -27.470 153.025
Australia | en | AUD | Australia/Perth
Perth -31.951 115.861
Australia | en | AUD | Australia/Adelaide
Adelaide -34.929 138.600
Australia | en | AUD | Australia/Hobart
Hobart -42.882 147.327
New Zealand | en | NZD | Pacific/Auckland
Auckland -36.851 174.763, Wellington -41.287 174.776, Christchurch -43.532 172.636
"""
"""For each country and time zone a line, followed by its cities with their latitudes and longitudes."""


def _read_table(table: str) -> Iterator[City]:
    country = language = currency = zone = ""
    for line in filter(None, table.splitlines()):
        if "|" in line:
            country, language, currency, zone = line.split(" | ")
            continue
        for city in filter(None, line.split(",")):
            name, latitude, longitude = city.strip().rsplit(" ", 2)
            yield City(name, country, zone, float(latitude), float(longitude), language, currency)


CITIES = tuple(_read_table(_TABLE))

UNITS_PER_EURO = {
    "AED": "4", "ARS": "1500", "AUD": "1.6", "BRL": "6", "CAD": "1.5", "CHF": "1", "CLP": "1000", "CNY": "8",
    "COP": "4500", "CRC": "550", "CZK": "25", "DKK": "7.5", "EGP": "50", "EUR": "1", "GBP": "0.9", "GEL": "3",
    "GHS": "13", "HKD": "9", "HUF": "400", "IDR": "18000", "ILS": "4", "INR": "50", "ISK": "140", "JPY": "150",
    "KES": "140", "KRW": "1500", "KWD": "0.4", "LKR": "300", "MAD": "10", "MXN": "20", "MYR": "5", "NGN": "1500",
    "NOK": "11", "NPR": "100", "NZD": "1.8", "PEN": "4", "PHP": "60", "PLN": "4", "RON": "5", "RSD": "117",
    "SEK": "11", "SGD": "1.5", "THB": "35", "TND": "3.5", "TRY": "40", "TWD": "35", "UAH": "45", "USD": "1.1",
    "UYU": "45", "VND": "25000", "XOF": "650", "ZAR": "20",
}  # fmt: skip
"""Roughly what costs a euro elsewhere, so that prices look like those of the place."""
