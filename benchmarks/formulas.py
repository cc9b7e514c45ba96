"""The eight formulas of `templates/formulas.yaml` by hand."""

from __future__ import annotations

from typing import Any


def eight(profile: dict[str, Any]) -> dict[str, Any]:
    """Return what the eight formulas give; empty texts are left out."""
    attributes = profile.get("attributes") or {}
    first_name, last_name = attributes.get("first_name"), attributes.get("last_name")
    company, phone = attributes.get("organization"), attributes.get("phone_number")
    result: dict[str, Any] = {}
    full_name = f"{first_name or ''} {last_name or ''}".strip()
    if full_name:
        result["FullName"] = full_name
    greeted = first_name.strip() if first_name else ""
    result["Greeting"] = f"Dear {greeted}" if greeted else "Dear customer"
    result["Label"] = f"{(company or 'none')[:3].upper()}-{len(profile['id'])}"
    result["Mailbox"] = (attributes.get("email") or "nobody@").split("@")[0].upper()
    channel = (attributes.get("subscriptions") or {}).get("email") or {}
    consent = (channel.get("marketing") or {}).get("consent")
    result["MayBeMailed"] = "yes" if consent == "SUBSCRIBED" else "no"
    if company:
        result["Slug"] = company[:20].lower().replace(" ", "-")
    if phone and phone.startswith("+1"):
        result["Region"] = "America"
    else:
        result["Region"] = phone or "unknown"
    result["Score"] = (attributes.get("properties") or {}).get("Lifetime gifts", 0) * 2 + 1
    return result
