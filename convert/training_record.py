"""What training wrote about a network: ``metrics.json`` beside ``model.keras``."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from convert.record_faults import in_words
from edge.contract.labels import FER2013_LABELS
from edge.errors import ContractError

log = logging.getLogger(__name__)
METRICS = "metrics.json"


class TrainingRecord(BaseModel):
    """The fields of ``training-metrics/1`` that a bundle needs; training writes more."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_: Literal["training-metrics/1"] = Field(default="training-metrics/1", alias="schema")
    network: str | None = None
    labels: Annotated[tuple[str, ...], Field(min_length=2)] = FER2013_LABELS
    temperature: Annotated[float, Field(gt=0)] = 1.0
    recipe: dict[str, JsonValue] = Field(default_factory=dict)
    dataset: dict[str, JsonValue] = Field(default_factory=dict)
    seed: int | None = None
    code: str | None = None
    epochs: int | None = None
    init_from: str | None = None


def read(folder: Path) -> TrainingRecord:
    """Read the record; a network of elsewhere has none and gets temperature 1 and FER2013's labels.

    Raises:
        ContractError: It is there and malformed.
    """
    path = folder / METRICS
    if not path.is_file():
        log.warning(
            "no %s beside the network: temperature 1.0 (probabilities are not calibrated) and FER2013's "
            "labels are assumed folder=%s",
            METRICS,
            folder,
        )
        return TrainingRecord()
    try:
        return TrainingRecord.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as err:
        raise ContractError(
            f"{path}: not a training-metrics/1 record: {in_words(err)}; train again or remove it"
        ) from err
