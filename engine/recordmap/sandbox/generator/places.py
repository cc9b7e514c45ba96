"""Places with matching city, region, postal code, country and coordinates. Countries are names, not codes."""

from __future__ import annotations

from typing import NamedTuple

ADDRESS_MEMBERS = ("address1", "address2", "city", "country", "region", "zip", "timezone", "ip")
COORDINATES = ("latitude", "longitude")
LOCATION_MEMBERS = ADDRESS_MEMBERS + COORDINATES
"""What the location of a profile holds."""


class Place(NamedTuple):
    """A town. `locale` is the language tag usual there (BCP 47)."""

    city: str
    region: str
    zip: str
    country: str
    timezone: str
    latitude: float
    longitude: float
    locale: str


PLACES = (
    Place("Baltimore", "Maryland", "21202", "United States", "America/New_York", 39.2904, -76.6122, "en-US"),
    Place("Springfield", "Illinois", "62701", "United States", "America/Chicago", 39.7817, -89.6501, "en-US"),
    Place("Boston", "MA", "02108", "United States", "America/New_York", 42.3601, -71.0589, "en-US"),
    Place("Portland", "Oregon", "97201-1234", "USA", "America/Los_Angeles", 45.5152, -122.6784, "en-US"),
    Place("Austin", "Texas", "78701", "United States", "America/Chicago", 30.2672, -97.7431, "es-US"),
    Place("Honolulu", "Hawai'i", "96813", "United States", "Pacific/Honolulu", 21.3069, -157.8583, "en-US"),
    Place("San Juan", "", "00901", "Puerto Rico", "America/Puerto_Rico", 18.4655, -66.1057, "es-PR"),
    Place("Leeds", "West Yorkshire", "LS1 4DY", "United Kingdom", "Europe/London", 53.8008, -1.5491, "en-GB"),
    Place("London", "", "EC1A 1BB", "United Kingdom", "Europe/London", 51.5072, -0.1276, "en-GB"),
    Place("Wien", "", "1070", "Austria", "Europe/Vienna", 48.2009, 16.3494, "de-AT"),
    Place("Köln", "Nordrhein-Westfalen", "50667", "Deutschland", "Europe/Berlin", 50.9375, 6.9603, "de-DE"),
    Place("Saint-Étienne", "Loire", "42000", "France", "Europe/Paris", 45.4397, 4.3872, "fr-FR"),
    Place("São Paulo", "SP", "01310-100", "Brasil", "America/Sao_Paulo", -23.5505, -46.6333, "pt-BR"),
    Place("Querétaro", "Qro.", "76000", "México", "America/Mexico_City", 20.5888, -100.3899, "es-MX"),
    Place("Montréal", "Québec", "H2X 1Y4", "Canada", "America/Toronto", 45.5019, -73.5674, "fr-CA"),
    Place("Łódź", "łódzkie", "90-001", "Poland", "Europe/Warsaw", 51.7592, 19.456, "pl-PL"),
    Place("Αθήνα", "Αττική", "105 57", "Greece", "Europe/Athens", 37.9838, 23.7275, "el-GR"),
    Place("京都市", "京都府", "600-8001", "Japan", "Asia/Tokyo", 35.0116, 135.7681, "ja-JP"),
    Place("Hong Kong", "Kowloon", "", "Hong Kong", "Asia/Hong_Kong", 22.3193, 114.1694, "zh-Hant-HK"),
    Place("Dublin", "Co. Dublin", "D02 X285", "Ireland", "Europe/Dublin", 53.3498, -6.2603, "en-IE"),
    Place("Newcastle", "NSW", "2300", "Australia", "Australia/Sydney", -32.9283, 151.7817, "en-AU"),
    Place("Null Island", "", "0", "International waters", "Etc/UTC", 0.0, 0.0, "en"),
)
