"""Bytes to text that shows what it says: UTF-8, of bounded size, without characters that nobody can see."""

from __future__ import annotations

import re
from itertools import islice

from recordmap.diagnostics import Span
from recordmap.diagnostics.findings import Findings
from recordmap.patterns import later
from recordmap.unseen import JOINERS, UNSEEN

MAX_BYTES = 1024 * 1024
MAX_REPORTED = 20
"""Forbidden characters reported in one file; the rest is not worth a line each."""

# YAML 1.1 has more line ends, but those are forbidden characters here.
_LINE_END = re.compile(r"\r\n|\r|\n")
_ORDINARY = re.compile(r"[\t\r\n -~]*")
"""Text of nothing but ordinary characters, as most files have: the pattern takes no time to compile."""
FORBIDDEN = later(f"[{UNSEEN}{JOINERS}]")
"""A character that may not stand in a file as it is. An escape says what is meant."""


def split_lines(text: str) -> list[str]:
    """Return the lines of a text without their ends, counted as every editor counts them."""
    return _LINE_END.split(text)


def decode(data: str | bytes, findings: Findings) -> str | None:
    """Return the text of a file, without its byte order mark, or None when there are findings instead."""
    if len(data) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES:,} bytes, which is all that a template may have"
        hint = "is it the right file? a large table belongs into a file of its own, named under 'lookups'"
        findings.add("file-too-large", message, hint=hint)
        return None
    text = data if isinstance(data, str) else _from_bytes(data, findings)
    if text is None:
        return None
    text = text.removeprefix("\ufeff")
    return None if _has_forbidden_characters(text, findings) else text


def _from_bytes(data: bytes, findings: Findings) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = split_lines(data[: error.start].decode("utf-8-sig"))
        place = Span.at(len(before), len(before[-1]) + 1)
        hint = "open it in the editor that shows it correctly, and save it with the encoding UTF-8"
        findings.add("unreadable-file", "the file is not UTF-8 text", place, hint=hint)
        return None


def _has_forbidden_characters(text: str, findings: Findings) -> bool:
    if _ORDINARY.fullmatch(text) or FORBIDDEN.search(text) is None:
        return False
    if "\x00" in text:
        before = split_lines(text[: text.index("\x00")])
        place = Span.at(len(before), len(before[-1]) + 1)
        message = "a NUL character: this is no text, or it is saved as UTF-16"
        findings.add("forbidden-character", message, place, hint="save the file with the encoding UTF-8")
        return True
    lines = enumerate(split_lines(text), 1)
    places = ((number, match) for number, line in lines for match in FORBIDDEN.finditer(line))
    for number, match in islice(places, MAX_REPORTED):
        _report(match.group(), Span.at(number, match.start() + 1), findings)
    return True


def _report(character: str, place: Span, findings: Findings) -> None:
    import unicodedata  # noqa: PLC0415 - only for what is wrong

    code = ord(character)
    name = unicodedata.name(character, "control character").lower()
    message = f"a character that can't be seen: {name} (U+{code:04X})"
    hint = "delete it, and type the text around it anew"
    if not 0xD800 <= code <= 0xDFFF:
        escape = f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
        hint += f'; to mean it, write "{escape}" in double quotes'
    findings.add("forbidden-character", message, place, hint=hint)
