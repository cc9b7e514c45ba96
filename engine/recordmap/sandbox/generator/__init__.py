"""Made-up Klaviyo profiles, realistic and nasty, the same for the same seed."""

from __future__ import annotations

from recordmap.sandbox.generator.people import People, Profile
from recordmap.sandbox.generator.times import NEWEST

__all__ = ["NEWEST", "People", "Profile"]
