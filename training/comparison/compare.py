"""Runs one network after another, each in a process of its own, and writes the table after each."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from edge.contract.facesets import FaceSet
from edge.errors import ContractError, EmotionEdgeError
from training import plots, recipes
from training.budget.plan import Limits
from training.comparison import earlier_run, footprint, shipped, table
from training.comparison.row import SPLITS, Missing, Row, in_words, metrics_of, read
from training.runs import own_process
from training.runs.own_process import Say

#: Not trained here: the network of another package, with the weights that it publishes.
DEEPFACE = "deepface"
_DEEPFACE_WEIGHTS = Path(".deepface") / "weights" / "facial_expression_model_weights.h5"


@dataclass(frozen=True)
class Request:
    """What to compare.

    Attributes:
        names: Recipes by name or path, and ``deepface``; empty for all.
        data: Where the faces were read from.
        votes: FER+ votes, for the recipes that use them.
        out: Holds ``runs/``, ``converted/`` and the table.
        limits: Of each run that is made here.
        runs: Folders of finished runs, with limits of their own.
        bundles: Folders of converted networks, judged as devices run them.
    """

    names: tuple[str, ...]
    data: Path
    votes: Path | None
    out: Path
    limits: Limits
    runs: tuple[Path, ...]
    bundles: tuple[Path, ...] = ()

    @property
    def equal_budget(self) -> str:
        """The limits of training in words."""
        return in_words(self.limits.as_dict()) or "the epochs of its recipe"


@dataclass
class _Found:
    rows: dict[str, Row] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)


def compare(request: Request, faces: FaceSet, say: Say) -> bool:
    """Make, or take from an earlier call, every row; a row that fails does not stop the others.

    Returns:
        Whether every row could be made; ``deepface`` may be missing, as it is a package of others.
    Raises:
        ContractError: ``out`` was begun with other limits or data, or holds a run of another recipe;
            two rows would have one name; the data has nothing to judge on.
        ConfigError: A name is of no recipe.
    """
    names = request.names or (*recipes.all_recipes(), DEEPFACE)
    trained = _rows_of([recipes.named(name) for name in names if name != DEEPFACE], lambda path: path.stem)
    given = _rows_of(request.runs, lambda path: path.resolve().name)
    _require_a_judged_split(request, faces)
    _claim(request)
    for name, recipe in trained.items():
        earlier_run.require_recipe(request.out / "runs" / name, recipe, request.limits)
    found = _Found()
    for position, (name, recipe) in enumerate(trained.items(), 1):
        say(f"{name} ({position}/{len(trained)})")
        _attempt(found, name, request, faces, partial(_trained, name, recipe, request, say))
    if DEEPFACE in names:
        _attempt(found, DEEPFACE, request, faces, partial(_deepface, request, say))
    for name, folder in given.items():
        _attempt(found, name, request, faces, partial(Path, folder), "given")
    for folder in dict.fromkeys(request.bundles):
        _judge_bundle(found, folder, request, faces)
    for gap in found.missing:
        say(f"not in the table: {gap.name}: {gap.reason}")
    say(f"{request.out}: comparison.md, comparison.csv, comparison.json, comparison.png")
    return all(gap.name == DEEPFACE for gap in found.missing)


def _attempt(
    found: _Found,
    name: str,
    request: Request,
    faces: FaceSet,
    run: Callable[[], Path],
    origin: str = "converted",
) -> None:
    """Add the row of a run, in the place of an earlier one of its name, and write the table.

    Args:
        found: The rows so far.
        name: Of the row.
        request: What is compared.
        faces: On what.
        run: Gives the folder of the finished run.
        origin: Folder for what is measured of it: a given run and our own may have one name.
    """
    try:
        folder = run()
        metrics_of(folder)
        measured = footprint.of_run(folder, faces, request.out / origin / name)
        row = read(name, folder, measured, equal_budget=origin == "converted" and name != DEEPFACE)
    except (EmotionEdgeError, OSError) as err:
        found.missing.append(Missing(name, " ".join(str(err).split())))
    else:
        found.rows[name] = row.at_equal_budget_of(found.rows.get(name))
    _write(request, found)


def _judge_bundle(found: _Found, folder: Path, request: Request, faces: FaceSet) -> None:
    try:
        row = shipped.row(folder, faces)
    except (EmotionEdgeError, OSError) as err:
        found.missing.append(Missing(folder.resolve().name, " ".join(str(err).split())))
    else:
        # Bundles may well have one name, which convert gives to all that are given no other.
        name = f"{row.name} ({folder})" if row.name in found.rows else row.name
        found.rows[name] = replace(row, name=name)
    _write(request, found)


def _write(request: Request, found: _Found) -> None:
    rows = list(found.rows.values())
    table.write(request.out, rows, found.missing, request.equal_budget)
    series: dict[str, list[tuple[str, int, float]]] = {}
    for row in rows:
        equal = row.accuracy == row.equal_budget_accuracy
        title = f"within {request.equal_budget}" if equal else "budget of its own, see the table"
        series.setdefault(title, []).append((row.name, row.footprint.int8_bytes, row.accuracy))
    plots.save_accuracy_over_size(request.out / "comparison.png", series)


def _rows_of(paths: Iterable[Path], name_of: Callable[[Path], str]) -> dict[str, Path]:
    """Recipes or runs by the name of their row."""
    named: dict[str, Path] = {}
    for path in paths:
        name = name_of(path)
        if name in named and named[name].resolve() != path.resolve():
            raise ContractError(
                f"{named[name]} and {path}: both rows would be called {name}, and one would take the other's "
                "place; rename one of them"
            )
        named[name] = path
    return named


def _require_a_judged_split(request: Request, faces: FaceSet) -> None:
    """Find before hours of training that no row could be made."""
    if not any((faces.splits == split).any() for split in SPLITS.values()):
        raise ContractError(
            f"{request.data}: has faces of neither {' nor '.join(SPLITS.values())} to judge networks on; "
            "give data with one, such as folders train/ and test/"
        )


def _claim(request: Request) -> None:
    """Keep rows of other limits or faces out of one table."""
    path = request.out / "request.json"
    now = {"limits": request.limits.as_dict(), "data": str(request.data.resolve())}
    if path.is_file() and (before := json.loads(path.read_text(encoding="utf-8"))) != now:
        raise ContractError(f"{request.out}: was begun with {before}, not {now}; choose another --out")
    request.out.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")


def _trained(name: str, recipe: Path, request: Request, say: Say) -> Path:
    folder = request.out / "runs" / name
    own_process.fit(folder, recipe, request.data, request.votes, request.limits.as_options(), say)
    return folder


def _deepface(request: Request, say: Say) -> Path:
    weights = Path(os.environ.get("DEEPFACE_HOME", Path.home())) / _DEEPFACE_WEIGHTS
    if find_spec("deepface") is None or not weights.is_file():
        raise ContractError(
            f"an external reference: needs the deepface package and its weights in ~/{_DEEPFACE_WEIGHTS} "
            "(pip install deepface; one analysis fetches them)"
        )
    folder = request.out / "runs" / DEEPFACE
    if not (folder / "metrics.json").is_file():
        options = ["--network", DEEPFACE, "--weights", str(weights), "--data", str(request.data)]
        own_process.call(["adopt", *options, "--out", str(folder)], folder, say)
    return folder
