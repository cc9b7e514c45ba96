"""Invented people and things to make profiles of, and text that breaks careless software.

No list holds a real person: first and last names are drawn apart from each other.
"""

from __future__ import annotations

FIRST_NAMES = (
    *("Marisol", "Joanna", "Kwabena", "Lukas", "Amélie", "Søren", "Zoë", "Małgorzata", "Jürgen", "Chloé"),
    *("Ana María", "Jean-Luc", "Priya", "Mohammed", "Aoife", "Nguyễn", "Björk", "Thandiwe", "José", "Ines"),
    *("Tomáš", "Elif", "Hannah", "Oluwaseun", "Mei", "Anne-Sophie", "Ítalo", "Dmitri", "Leilani", "Kai"),
    *("明子", "Ольга", "محمد", "נועה", "Ελένη", "O'Dell", "Renée", "Ş", "Grace", "Ruth"),
)
LAST_NAMES = (
    *("Quintero", "Abernathy", "Pell", "Osei", "Grüber", "O'Malley", "van der Berg", "García Márquez", "Ng"),
    *(
        "Müller",
        "Dvořák",
        "Ødegård",
        "MacDonald",
        "de la Cruz",
        "Nowak",
        "Çelik",
        "Þórsdóttir",
        "Smith-Jones",
    ),
    *("Okonkwo", "Fitzgerald", "Lindqvist", "Ferreira", "Bianchi", "D'Angelo", "Ivanova", "Tremblay", "Sato"),
    *("佐藤", "Петрова", "الحسن", "Παπαδοπούλου", "Łukasiewicz", "Ho", "Castellanos", "Whitfield", "Kaya"),
)
ORGANIZATIONS = (
    *("Harbor Light Foundation", "Millrace Community Trust", "Stadtgärten Wien e.V.", "Ocean & Shore Ltd."),
    *('The "Green" Kitchen', "Åse & Sønner A/S", "Northwind Books", "L'Atelier des Fleurs", "Casa Sur, S.A."),
    *("Bright/Side Studio", "Kaya Tekstil A.Ş.", "Museum of Small Things", "株式会社みどり", "Red Barn Farm"),
)
TITLES = ("Program Director", "Kassier", "Owner", "Büroleitung", "VP, Sales", "Volunteer", "Buyer", "CEO")
STREETS = (
    *("Tidewater Lane", "Millrace Court", "Lindengasse", "Main Street", "Rue de l'Église", "Calle Mayor"),
    *("Hafenstraße", "Strandvejen", "O'Connell Street", "Avenida Paulista", "Queen's Road", "Via Roma"),
)
SECOND_LINES = ("Suite 5", "Apt #12", "3/14", "c/o Pell", "Top floor, left", "PO Box 77")
TOPICS = ("Oceans", "Volunteering", "Recipes", "Sale", "Gärten", "Kids", "New arrivals", "Events")
EMAIL_DOMAINS = ("example.org", "example.com", "example.net", "mail.example.org", "shop.example.com")

NASTY_TEXTS = (
    "=cmd|'/C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1+1)*2",
    "'; DROP TABLE customers; --",
    'say "hello"',
    "it's 'quoted'",
    "back\\slash \\n not a newline",
    "two\nlines",
    "three\r\nline\r\nbreaks",
    "tab\tand\x0bmore",
    "control\x01\x7f",
    "<script>alert('x')</script>",
    "<b>bold</b> & &amp;",
    "{{ 7 * 7 }} ${7*7} #{7*7} %s %(x)s {0}",
    "*bold* _it_ `code` | cell | [a](javascript:0)",
    "مرحبا بالعالم",
    "שלום עולם",
    "\u202egnirts desrever\u202c",
    "zero\u200bwidth\u200djoiner\ufeff",
    "line\u2028separator",
    "cafe\u0301 decomposed",
    "👩‍👩‍👧‍👦 🇦🇹 👍🏽",
    "\U0001d544athematical \U0001d49clphanumerics",
    "İstanbul ß ﬁ ΣΑΣ ǅ",
    "日本語のとても長い名前" * 12,
    "  padded  ",
    "   ",
    "\u00a0\u2003\u00a0",
    "null",
    "None",
    "N/A",
    "undefined",
    "NaN",
    "true",
    "0",
    "00123",
    "1e5",
    "0x1F",
    "2024-02-30",
    "12:30:00",
    "- item: [a, b]\n  key: *alias",
    "../../etc/passwd",
    "very long " * 600,
    "x" * 20_000,
)
NASTY_KEYS = (
    *(" ", "a.b.c", "$source", 'quote"d', "it's", "line\nbreak", "läß", "日本", "__proto__", "constructor"),
    *("attributes.email", "key with spaces", "[0]", "*", "&", "👍", "k" * 200, "Last Active", "last active"),
)
