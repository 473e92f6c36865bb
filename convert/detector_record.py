"""What training wrote about a detector: ``metrics.json`` beside ``model.keras``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from convert.record_faults import in_words
from edge.errors import ContractError

METRICS = "metrics.json"


class DetectorRecord(BaseModel):
    """The fields of ``detector-metrics/1`` that a bundle needs; training writes more."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_: Annotated[Literal["detector-metrics/1"], Field(alias="schema")]
    strides: Annotated[list[int], Field(min_length=1)]
    multiply_accumulates: int
    recipe: dict[str, JsonValue]
    dataset: dict[str, JsonValue]
    seed: int
    code: str | None
    epochs: int
    minutes: float
    held_out: dict[str, float] | None
    init_from: str | None = None
    teacher: str | None = None


def read(folder: Path) -> DetectorRecord:
    """Read the record of a run.

    Raises:
        ContractError: It is missing or malformed; without the strides no box can be decoded.
    """
    path = folder / METRICS
    try:
        return DetectorRecord.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as err:
        raise ContractError(
            f"{path}: not the detector-metrics/1 record that fit-detector writes: {in_words(err)}; "
            "keep the two files of one run together"
        ) from err
