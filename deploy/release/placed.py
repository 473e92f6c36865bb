"""Configuration values that know which file and line they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from edge.contract.yaml_source import FieldPath


@dataclass(frozen=True, slots=True)
class Placed:
    """A value and its place.

    Attributes:
        value: A single value, or a dict or list of :class:`Placed`.
        place: ``file:line``.
    """

    value: Any
    place: str

    def merge(self, later: Placed) -> Placed:
        """The later layer over this one."""
        if isinstance(self.value, dict) and isinstance(later.value, dict):
            return Placed(_merged(self.value, later.value), self.place or later.place)
        mine, theirs = self._by_name(), later._by_name()
        if mine is not None and theirs is not None:
            return Placed([*_merged(mine, theirs).values()], later.place)
        return later

    def plain(self) -> Any:
        """The values alone."""
        if isinstance(self.value, dict):
            return {key: inner.plain() for key, inner in self.value.items()}
        if isinstance(self.value, list):
            return [inner.plain() for inner in self.value]
        return self.value

    def places(self, path: FieldPath = ()) -> Iterator[tuple[FieldPath, str]]:
        """Every field with its place, this one first."""
        yield path, self.place
        for key, inner in self._inner():
            yield from inner.places((*path, key))

    def scalars(self, path: FieldPath = ()) -> Iterator[tuple[FieldPath, Any, str]]:
        """Every single value with path and place."""
        if not isinstance(self.value, (dict, list)):
            yield path, self.value, self.place
        for key, inner in self._inner():
            yield from inner.scalars((*path, key))

    def _inner(self) -> Iterator[tuple[str | int, Placed]]:
        if isinstance(self.value, dict):
            yield from self.value.items()
        elif isinstance(self.value, list):
            yield from enumerate(self.value)

    def _by_name(self) -> dict[Any, Placed] | None:
        """Entries of a list by their name; None where it is no list of named entries."""
        if not isinstance(self.value, list):
            return None
        named = {}
        for entry in self.value:
            if not isinstance(entry.value, dict) or "name" not in entry.value:
                return None
            named[entry.value["name"].value] = entry
        return named


def placed(value: Any, places: Mapping[FieldPath, str], path: FieldPath = ()) -> Placed:
    """Give plain values their places, which are known by path."""
    here = places[path]
    if isinstance(value, dict):
        return Placed({key: placed(inner, places, (*path, key)) for key, inner in value.items()}, here)
    if isinstance(value, list):
        return Placed([placed(inner, places, (*path, index)) for index, inner in enumerate(value)], here)
    return Placed(value, here)


def _merged(earlier: Mapping[Any, Placed], later: Mapping[Any, Placed]) -> dict[Any, Placed]:
    merged = dict(earlier)
    for key, inner in later.items():
        merged[key] = merged[key].merge(inner) if key in merged else inner
    return merged
