"""Where the cases of monitoring are."""

from pathlib import Path

HERE = Path(__file__).parent
