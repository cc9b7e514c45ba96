"""Keys by which records are found: one normalised text per e-mail address, phone number or plain value.

The key is made here, in Python, and stored in a column of its own. A database is never asked to fold letters
or to compare numbers, because databases disagree about both. The floor that matching, stores and functions
stand on: nothing of ours is imported here, and email_validator and phonenumbers nowhere else.
"""

from recordmap.keys.emails import normalize_email
from recordmap.keys.match import KINDS, Keys, keys_of, match_key, unique_key
from recordmap.keys.phones import normalize_phone

__all__ = ["KINDS", "Keys", "keys_of", "match_key", "normalize_email", "normalize_phone", "unique_key"]
