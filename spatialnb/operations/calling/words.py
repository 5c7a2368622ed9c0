"""Times and sums of money as a person says them."""

from __future__ import annotations


def seconds_in_words(seconds: float) -> str:
    """A length of time: "under a second", "2 s", "3 min", "1 h 20 min"."""
    if seconds < 0.95:
        return "under a second"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def dollars(usd: float) -> str:
    """A sum of money, small ones to a hundredth of a cent: "$0.0042", "$1.20"."""
    if usd >= 0.1:
        return f"${usd:.2f}"
    whole, _, parts = f"{usd:.4f}".partition(".")
    return f"${whole}.{parts.rstrip('0').ljust(2, '0')}"
