"""E-mail addresses and phone numbers in one normal form, by the same rules that matching uses."""

from __future__ import annotations

from collections.abc import Sequence

from recordmap.expression.functions.arguments import not_converted, refuse_unless_null
from recordmap.expression.functions.spec import Example, FunctionSpec, NullRule, Parameter, Slow
from recordmap.schema.narrowing import only
from recordmap.schema.types import ANY, NULL, TEXT, Kind, Texts, Type
from recordmap.schema.unions import or_null

FAMILY = "contact"


def normalize_email(value: object) -> str | None:
    """Return an e-mail address in its normal form, or null if it isn't one."""
    if type(value) is not str:
        return None
    from recordmap.keys import normalize_email as normalized  # noqa: PLC0415 - few collections need it

    return normalized(value)


def normalize_email_required(value: object) -> str:
    """As `normalize_email`; raises Fault `conversion-failed` instead of giving null."""
    address = normalize_email(value)
    if address is None:
        raise not_converted(NORMALIZE_EMAIL_REQUIRED, value, "an e-mail address")
    return address


def normalize_phone(value: object, region: object = None) -> str | None:
    """Return a phone number in E.164, or null if it isn't one."""
    return _phone(NORMALIZE_PHONE, value, region)


def normalize_phone_required(value: object, region: object = None) -> str:
    """As `normalize_phone`; raises Fault `conversion-failed` instead of giving null."""
    number = _phone(NORMALIZE_PHONE_REQUIRED, value, region)
    if number is None:
        raise not_converted(NORMALIZE_PHONE_REQUIRED, value, "a phone number")
    return number


def _phone(spec: FunctionSpec, value: object, region: object) -> str | None:
    if region is not None and (type(region) is not str or region_problem(region)):
        refuse_unless_null(spec, value, region)
        return None
    if type(value) is not str:
        return None
    from recordmap.keys import normalize_phone as normalized  # noqa: PLC0415 - few collections need it

    return normalized(value, region)


def region_problem(region: str) -> str | None:
    """Say what is wrong with the country of phone numbers, as the end of a sentence, or None."""
    from recordmap.keys import normalize_phone as normalized  # noqa: PLC0415 - few collections need it

    try:
        normalized("", region)
    except ValueError:
        return "must be a two-letter country code in capitals, such as US or GB"
    return None


_ADDRESS = Type(TEXT.kinds, texts=Texts.solid(len("a@b.c"), 254))
_NUMBER = Type(TEXT.kinds, texts=Texts.solid(7, 20))  # +, a country's code, 4 to 17 digits


def _address_type(given: Sequence[Type]) -> Type:
    """Return an address or null: there is none in a value that is no text, or in one that is too short for any."""
    longest = _longest(given)
    return NULL if longest is not None and longest < _ADDRESS.shortest else or_null(_ADDRESS)


def _number_type(given: Sequence[Type]) -> Type:
    """Return a number no longer than what a text is read as, or null."""
    longest = _longest(given)
    if not longest:
        return NULL if longest == 0 else or_null(_NUMBER)
    named = given[1] if len(given) > 1 else NULL
    regions = [one for one in named.enum or () if isinstance(one, str) and region_problem(one) is None]
    if named.kinds != NULL.kinds and not regions:
        return or_null(_NUMBER)
    from recordmap.keys.phones import longest_read  # noqa: PLC0415 - as above

    most = max(longest_read(longest, region) for region in (*regions, None))
    return or_null(_NUMBER.with_texts(max_length=most)) if most else NULL


def _longest(given: Sequence[Type]) -> int | None:
    """Return how many characters a text has at most that something is read from; 0 for a value that is no text."""
    if not given or Kind.TEXT not in given[0].kinds:
        return 0
    return only(given[0], TEXT.kinds).longest


_EMAIL = (Parameter("value", ANY, "the address"),)
_PHONE = (
    Parameter("value", ANY, "the number, as text"),
    Parameter(
        "region",
        TEXT,
        "the country of numbers written without + and country code, such as US",
        optional=True,
        check=region_problem,
    ),
)

NORMALIZE_EMAIL = FunctionSpec(
    name="normalize_email",
    parameters=_EMAIL,
    returns=or_null(_ADDRESS),
    infer=_address_type,
    doc="The e-mail address trimmed, in small letters and in one spelling; null if it isn't an address.",
    call=normalize_email,
    examples=(
        Example("normalize_email(' Ada@Example.COM ')", gives="ada@example.com"),
        Example("normalize_email('ada@')", gives=None),
        Example("normalize_email('')", gives=None),
        Example("normalize_email(null)", gives=None),
    ),
    total=True,
    family=FAMILY,
    slow=Slow.TEXTS,
)
NORMALIZE_EMAIL_REQUIRED = FunctionSpec(
    name="normalize_email_required",
    parameters=_EMAIL,
    returns=_ADDRESS,
    doc="As normalize_email, but rejects the record if the value isn't an e-mail address.",
    call=normalize_email_required,
    examples=(
        Example("normalize_email_required('Ada@example.com')", gives="ada@example.com"),
        Example("normalize_email_required('ada@')", fails=True),
        Example("normalize_email_required(null)", fails=True),
    ),
    null=NullRule.FAILS,
    family=FAMILY,
    slow=Slow.TEXTS,
)
NORMALIZE_PHONE = FunctionSpec(
    name="normalize_phone",
    parameters=_PHONE,
    returns=or_null(_NUMBER),
    infer=_number_type,
    doc="The phone number as + and digits, such as +14155552671; null if it isn't a usable number.",
    call=normalize_phone,
    examples=(
        Example("normalize_phone('+1 (415) 555-2671')", gives="+14155552671"),
        Example("normalize_phone('0171 2345678', 'DE')", gives="+491712345678"),
        Example("normalize_phone('0171 2345678')", gives=None),
        Example("normalize_phone('N/A')", gives=None),
        Example("normalize_phone(null)", gives=None),
        Example("normalize_phone('0171 2345678', 'Germany')", fails=True),
    ),
    family=FAMILY,
    slow=Slow.TEXTS,
)
NORMALIZE_PHONE_REQUIRED = FunctionSpec(
    name="normalize_phone_required",
    parameters=_PHONE,
    returns=_NUMBER,
    doc="As normalize_phone, but rejects the record if the value isn't a usable phone number.",
    call=normalize_phone_required,
    examples=(
        Example("normalize_phone_required('(415) 555-2671', 'US')", gives="+14155552671"),
        Example("normalize_phone_required('N/A')", fails=True),
        Example("normalize_phone_required(null)", fails=True),
    ),
    null=NullRule.FAILS,
    family=FAMILY,
    slow=Slow.TEXTS,
)

SPECS = (NORMALIZE_EMAIL, NORMALIZE_EMAIL_REQUIRED, NORMALIZE_PHONE, NORMALIZE_PHONE_REQUIRED)
