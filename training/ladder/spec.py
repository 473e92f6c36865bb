"""The ladder file (``config/ladder.yaml``): the lowest rung's recipe, and what each rung above changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from edge.contract import strict_yaml
from edge.contract.schema_version import reads
from edge.contract.section import Entries, Section
from edge.errors import ConfigError
from training.recipe import Recipe

Seed = Annotated[int, Field(ge=0, lt=2**32)]


class Rung(Section):
    """One change.

    Attributes:
        name: What it is, in words: the row's title.
        change: Fields of the recipe below that it replaces; a section's other fields stay.
    """

    name: str
    change: Annotated[dict[str, Any], Field(default_factory=dict)]


class Ladder(Section):
    """The whole file.

    Attributes:
        seeds: Each rung is trained once for each.
        recipe: The lowest rung's, all of it.
        rungs: From the lowest up.
    """

    schema_name: Annotated[Literal["ladder/1"], reads("ladder/1"), Field(alias="schema")]
    seeds: Annotated[Entries[Seed], Field(min_length=1)] = (0,)
    recipe: dict[str, Any]
    rungs: Annotated[Entries[Rung], Field(min_length=1)]


@dataclass(frozen=True)
class Step:
    """A rung with the whole of its recipe.

    Attributes:
        number: From 1, the lowest.
        fields: Of the recipe, as a recipe file holds them; the seed is each run's own.
    """

    number: int
    name: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Climb:
    """A ladder that has been read and found right."""

    seeds: tuple[int, ...]
    steps: tuple[Step, ...]


def load(path: Path) -> Climb:
    """Read a ladder file and put the recipe of each rung together.

    Raises:
        ConfigError: The file is faulty, or a rung's recipe is, or two rungs are the same.
    """
    ladder = strict_yaml.load(path, Ladder)
    fields, steps = ladder.recipe, list[Step]()
    for number, rung in enumerate(ladder.rungs, 1):
        before, fields = fields, _merged(fields, rung.change)
        said = f"{path}: rung {number} ({rung.name})"
        _require_valid(fields, said)
        if steps and fields == before:
            raise ConfigError(f"{said}: changes nothing of the rung below; give it a change or remove it")
        steps.append(Step(number, rung.name, fields))
    return Climb(tuple(dict.fromkeys(ladder.seeds)), tuple(steps))


def _merged(below: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in change.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(name), Mapping)
        merged[name] = _merged(merged[name], value) if both else value
    return merged


def _require_valid(fields: Mapping[str, Any], said: str) -> None:
    try:
        Recipe.model_validate(fields)
    except ValidationError as err:
        faults = [
            f"{said}: {'.'.join(map(str, fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in err.errors(include_url=False)
        ]
        raise ConfigError("\n".join(faults)) from err
