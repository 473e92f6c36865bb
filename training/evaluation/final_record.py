"""The record of every look at a final split: a line a look, beside the model and beside the data.

Figures of a split that has been looked at often are no longer those of unseen data, whoever
looked; so the record is made before the figures are shown, and says how many looks there were.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from edge.contract.facesets import FaceSet
from edge.errors import ContractError
from training.runs import folder as run_folder

log = logging.getLogger(__name__)

SCHEMA = "final-evaluation/1"


@dataclass(frozen=True)
class Looks:
    """How often a final split has been looked at, this time included.

    Attributes:
        of_model: By this very model.
        at_faces: By any model, as far as the records beside model and data tell.
    """

    of_model: int
    at_faces: int


def path(place: Path) -> Path:
    """The record of a model or data set: ``NAME.final.jsonl`` beside its file or folder."""
    whole = place.resolve()
    return whole.with_name(f"{whole.name}.final.jsonl")


def require_writable(model: Path) -> None:
    """Fail before anything is judged.

    Raises:
        ContractError: The record beside the model cannot be written, or is damaged, so the split
            must not be touched.
    """
    read(path(model))
    try:
        with path(model).open("a", encoding="utf-8"):
            pass
    except OSError as err:
        raise ContractError(
            f"{path(model)}: the look at the final split cannot be recorded: {err}; copy the model elsewhere"
        ) from err


def add(
    model: Path,
    data: Path,
    faces: FaceSet,
    split: str,
    figures: dict[str, Any],
    code: str | None,
    now: datetime,
) -> Looks:
    """Append one look to both records and count; data that may not be written beside keep none.

    Args:
        model: ``.keras`` file or bundle folder.
        data: Where the faces were read from.
        faces: The split.
        split: Its name.
        figures: Plain values, as :meth:`training.evaluation.evaluate.Evaluation.as_dict` gives them.
        code: Revision of the code.
        now: With its zone.
    Raises:
        ContractError: A record is damaged.
    """
    look = {
        "schema": SCHEMA,
        "time": now.isoformat(timespec="seconds"),
        "model": str(model),
        "sha256": model_sha256(model),
        "split": split,
        "faces": run_folder.digest(faces),
        "code": code,
        "figures": figures,
    }
    line = json.dumps(look) + "\n"
    before = {json.dumps(old) for record in (path(model), path(data)) for old in read(record)}
    _append(path(model), line)
    try:
        _append(path(data), line)
    except OSError as err:
        log.warning("the look is recorded beside the model only record=%s error=%s", path(data), err)
    at_faces = [look, *(old for old in map(json.loads, before) if old["faces"] == look["faces"])]
    return Looks(sum(old["sha256"] == look["sha256"] for old in at_faces), len(at_faces))


def _append(record: Path, line: str) -> None:
    with record.open("a", encoding="utf-8") as handle:
        handle.write(line)


def read(record: Path) -> list[dict[str, Any]]:
    """All looks so far, the oldest first.

    Raises:
        ContractError: A line is no look.
    """
    lines = record.read_text(encoding="utf-8").splitlines() if record.is_file() else []
    return [_look(line, f"{record}:{number}") for number, line in enumerate(lines, start=1)]


def _look(line: str, where: str) -> dict[str, Any]:
    try:
        look = json.loads(line)
    except ValueError as err:
        raise ContractError(f"{where}: not JSON: {err}; restore the record, do not remove it") from err
    if not isinstance(look, dict) or look.get("schema") != SCHEMA or not {"faces", "sha256"} <= look.keys():
        raise ContractError(f"{where}: expected the schema {SCHEMA}; restore the record, do not remove it")
    return look


def model_sha256(model: Path) -> str:
    """Of the file, or of all files of a bundle by name."""
    digest = hashlib.sha256()
    for file in sorted(p for p in model.rglob("*") if p.is_file()) if model.is_dir() else [model]:
        digest.update(file.read_bytes())
    return digest.hexdigest()
