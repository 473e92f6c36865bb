"""What a run's folder says about itself, so that only the same run can be resumed in it."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from edge.contract.facesets import FaceSet
from edge.errors import ContractError
from training.budget import plan as budget
from training.fitting import checkpoint
from training.recipe import Recipe

log = logging.getLogger(__name__)

_FILE = "run.json"
#: Of the second head's network, where there is one.
VOTES_FOLDER = "ferplus"


def claim(
    folder: Path, recipe: Recipe, training: FaceSet, resume: bool, init_from: str | None = None
) -> None:
    """Make the folder ready for a run of this recipe on these faces, from these initial weights.

    Args:
        folder: Made where it is missing.
        recipe: Of the run.
        training: What it will learn.
        resume: Go on with the run that is there.
        init_from: ``identity`` of a :class:`training.fitting.start.Start`; None for random numbers.
    Raises:
        ContractError: It holds a run already and ``resume`` is not set, or it is to be resumed
            and there is nothing to resume, or another recipe, other faces or other initial weights;
            or it cannot be written.
    """
    data = {"faces": _digest(training), "images": digest(training)}
    if init_from is not None:
        data["init_from"] = init_from
    claim_for(folder, recipe, data, resume)


def claim_for(folder: Path, recipe: BaseModel, data: dict[str, str], resume: bool) -> None:
    """Make the folder ready for a run of this recipe on data with these digests ("faces" is compared).

    Raises:
        ContractError: See :func:`claim`.
    """
    identity = {"schema": "training-run/1", "recipe": as_dict(recipe), **data}
    if resume:
        _require_same(folder, identity)
    elif checkpoint.exists(folder):
        raise ContractError(
            f"{folder}: holds a run already; add --resume to go on with it, or choose another --out"
        )
    else:
        require_free(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _FILE).write_text(json.dumps(identity, indent=2) + "\n", encoding="utf-8")
    except OSError as err:
        raise ContractError(f"{folder}: cannot be written: {err}; choose another --out") from err


def require_free(folder: Path) -> None:
    """Refuse a folder whose run would be overwritten.

    Raises:
        ContractError: It holds one.
    """
    for name in (checkpoint.path(folder).name, "model.keras", "metrics.json"):
        if (folder / name).exists():
            raise ContractError(f"{folder}: holds a network already ({name}); choose another --out")


def noted(folder: Path) -> bool:
    """Whether there is a note of what a model in this folder was trained on."""
    return bool(_note(folder).get("images"))


def begun_from(folder: Path) -> str | None:
    """The initial weights that the run in this folder notes; None for random numbers, or without a note."""
    begun = _note(folder).get("init_from")
    return begun if isinstance(begun, str) else None


def require_trained_on(folder: Path, training: FaceSet) -> None:
    """Refuse what was not held out of the run in this folder; without its note nothing is known.

    Raises:
        ContractError: The run was trained on other images than these.
    """
    before = _note(folder).get("images")
    if before is not None and before not in (digest(training), digest(_within_limits(folder, training))):
        raise ContractError(
            f"{folder}: was trained on other images than are kept here, so faces held out here may be "
            "among them; give the run's own --data, --recipe and --fold, or state it with --allow-leakage"
        )


def _note(folder: Path) -> dict[str, Any]:
    """What the run says about itself; nothing where that cannot be read."""
    return _read(_run_of(folder) / _FILE)


def _run_of(folder: Path) -> Path:
    """The votes' network lies in a folder of its run."""
    return folder.parent if folder.name == VOTES_FOLDER and not (folder / _FILE).is_file() else folder


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _within_limits(folder: Path, training: FaceSet) -> FaceSet:
    """What is left of them in a run within limits."""
    limits = _read(_run_of(folder) / budget.FILE)
    try:
        return budget.drawn(
            training, int(limits["plan"]["train_images"]), int(_note(folder)["recipe"]["seed"])
        )
    except (KeyError, TypeError, ValueError):
        return training


def digest(faces: FaceSet) -> str:
    """Of the images and their order."""
    return hashlib.blake2b(faces.images.tobytes(), digest_size=12).hexdigest()


def as_dict(recipe: BaseModel) -> dict[str, Any]:
    """The recipe as plain values, with the names that its file uses."""
    return recipe.model_dump(mode="json", by_alias=True)


def differences(before: Any, now: Any, path: str = "") -> list[str]:
    """Dotted names of the fields that differ, each with both values."""
    if isinstance(before, dict) and isinstance(now, dict):
        names = sorted(before.keys() | now.keys())
        return [
            said
            for name in names
            for said in differences(before.get(name), now.get(name), f"{path}.{name}" if path else name)
        ]
    return [] if before == now else [f"{path} (was {json.dumps(before)}, is {json.dumps(now)})"]


def _require_same(folder: Path, identity: dict[str, Any]) -> None:
    if not checkpoint.exists(folder):
        raise ContractError(f"{folder}: nothing to resume; start without --resume")
    try:
        before = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        log.warning("%s is missing, so the recipe of the run cannot be compared folder=%s", _FILE, folder)
        return
    except (OSError, ValueError) as err:
        raise ContractError(
            f"{folder / _FILE}: cannot be read: {err}; start a new run in another folder"
        ) from err
    changed = differences(before.get("recipe"), identity["recipe"])
    if changed:
        raise ContractError(
            f"{folder}: was begun with another recipe: {', '.join(changed)}; "
            "set these fields back, or start a new run in another folder"
        )
    if before.get("faces") != identity["faces"]:
        raise ContractError(
            f"{folder}: was begun with other faces, or in another order; give the same --data"
        )
    if before.get("init_from") != identity.get("init_from"):
        raise ContractError(
            f"{folder}: was begun from {before.get('init_from') or 'random weights'}, "
            f"not {identity.get('init_from') or 'random weights'}; give the same --init-from"
        )
    if before.get("teacher") != identity.get("teacher"):
        raise ContractError(
            f"{folder}: was begun with {before.get('teacher') or 'no teacher'}, "
            f"not {identity.get('teacher') or 'none'}; give the same --teacher"
        )


def _digest(faces: FaceSet) -> str:
    votes = b"" if faces.votes is None else faces.votes.tobytes()
    return hashlib.blake2b(
        faces.images.tobytes() + faces.labels.tobytes() + votes, digest_size=12
    ).hexdigest()
