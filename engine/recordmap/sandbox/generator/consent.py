"""Consent and predictions of generated profiles, at every level of presence that Klaviyo's answers have.

Klaviyo: a profile that never consented carries nulls and may still be reachable by e-mail; consent times have six
fractional digits or none, and in some accounts a blank where the `T` belongs; a prediction's date has no offset.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from recordmap.sandbox.generator.dice import Dice
from recordmap.sandbox.generator.times import text

_METHODS = ("PREFERENCE_PAGE", "API", "MANUAL_IMPORT", "SUBSCRIBE_LINK", "CHECKOUT", "KLAVIYO_FORM")
_DETAILS = ("example.org/signup", "", "5217", "Storefront checkout", None)
_REASONS = ("HARD_BOUNCE", "INVALID_EMAIL", "SPAM_COMPLAINT", "UNSUBSCRIBE", "USER_SUPPRESSED")
_LISTS = ("Y6nRLr", "UkRaQe", "XyZ123")
_STATES = ("SUBSCRIBED",) * 11 + ("UNSUBSCRIBED",) * 3 + ("NEVER_SUBSCRIBED",) * 6
_NEVER = "NEVER_SUBSCRIBED"


def subscriptions(dice: Dice, created: int, updated: int, *, nasty: bool) -> dict[str, Any]:
    """Return the subscriptions of a profile: all channels, some, or none; each whole, bare or empty."""
    level = dice.below(40)
    if level == 0:
        return {}
    if level == 1:
        return {"email": {}}
    if level == 2:
        return {"email": {"marketing": {"can_receive_email_marketing": True, "consent": _NEVER}}, "sms": {}}
    if level == 3:
        return {"sms": _sms(dice, created, updated, nasty=nasty)}
    channels = {"email": {"marketing": _email(dice, created, updated, nasty=nasty)}}
    if level == 4:
        return channels
    push = {"consent": _NEVER, "consent_timestamp": None, "can_receive_push_marketing": False}
    return channels | {
        "sms": _sms(dice, created, updated, nasty=nasty),
        "mobile_push": {"marketing": push},
    }


def _email(dice: Dice, created: int, updated: int, *, nasty: bool) -> dict[str, Any]:
    state = dice.pick(_STATES)
    suppression: list[dict[str, str]] | None = []
    lists: list[dict[str, str]] | None = []
    if state == "UNSUBSCRIBED" or dice.chance(4):
        # Klaviyo: a suppression need not move `updated`, so some are later than it.
        moment = (
            updated + dice.below(7200) if dice.chance(20) else created + dice.below(updated - created + 1)
        )
        suppression = [{"reason": dice.pick(_REASONS), "timestamp": text(moment)}]
        if dice.chance(40):
            reason = {"list_id": dice.pick(_LISTS), "reason": dice.pick(_REASONS)}
            lists = [reason | {"timestamp": text(created)}]
    elif dice.chance(10):
        suppression = lists = None
    never = state == _NEVER
    moment_text = None if never else _moment(dice, created, updated, nasty=nasty)
    return {
        "can_receive_email_marketing": not suppression,
        "consent": state,
        "consent_timestamp": moment_text,
        "last_updated": moment_text,
        "method": None if never else dice.pick(_METHODS),
        "method_detail": None if never else dice.pick(_DETAILS),
        "custom_method_detail": "spring appeal" if dice.chance(10) else None,
        "double_optin": None if never else dice.pick((True, False, None)),
        "suppression": suppression,
        "list_suppressions": lists,
    }


def _sms(dice: Dice, created: int, updated: int, *, nasty: bool) -> dict[str, Any]:
    subscribed = dice.chance(30)
    moment = _moment(dice, created, updated, nasty=nasty) if subscribed else None
    consent = {
        "consent": "SUBSCRIBED" if subscribed else _NEVER,
        "consent_timestamp": moment,
        "method": dice.pick(("TEXT", "API", "CHECKOUT")) if subscribed else None,
        "method_detail": dice.pick(("JOIN", "")) if subscribed else None,
        "last_updated": moment,
    }
    return {
        "marketing": {"can_receive_sms_marketing": subscribed} | consent,
        "transactional": {"can_receive_sms_transactional": subscribed} | consent,
    }


def _moment(dice: Dice, created: int, updated: int, *, nasty: bool) -> str:
    seconds = created + dice.below(updated - created + 1)
    if dice.chance(60):
        return text(seconds)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=1 + dice.below(999_999))
    return moment.isoformat(sep=" " if nasty else "T")


def predictive_analytics(dice: Dice, updated: int) -> dict[str, Any]:
    """Return what is predicted of a profile: nulls for one of two."""
    orders = 0 if dice.chance(50) else 1 + dice.below(12)
    if orders == 0:
        return dict.fromkeys(PREDICTIONS)
    cents = 500 + dice.below(20_000)
    expected = datetime.fromtimestamp(updated + dice.below(10_000_000), UTC).replace(tzinfo=None)
    return dict(
        zip(
            PREDICTIONS,
            (
                orders * cents / 100,
                cents / 200,
                (2 * orders * cents + cents) / 200,
                orders,
                dice.below(300) / 100,
                None if orders == 1 else 7 + dice.below(200),
                cents / 100,
                dice.below(100) / 100,
                expected.isoformat(),
            ),
            strict=True,
        )
    )


PREDICTIONS = (
    "historic_clv",
    "predicted_clv",
    "total_clv",
    "historic_number_of_orders",
    "predicted_number_of_orders",
    "average_days_between_orders",
    "average_order_value",
    "churn_probability",
    "expected_date_of_next_order",
)
