"""Why a record that training wrote cannot be used, in words."""

from __future__ import annotations

from pydantic import ValidationError


def in_words(err: Exception) -> str:
    """Every field at fault with its fault, or the error itself."""
    if not isinstance(err, ValidationError):
        return str(err)
    faults = err.errors(include_url=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)
