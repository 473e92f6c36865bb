"""What becomes a row of the table, with the training and the judging left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.contract.facesets import FaceSet
from edge.contract.manifest import MANIFEST
from edge.errors import ContractError

pytest.importorskip("matplotlib", reason="needs the training extra")

from tests.training.builders import face_set, joined
from tests.training.comparison.rows import metrics, row, run_folder
from training.budget.plan import Limits
from training.comparison import compare, shipped
from training.comparison.compare import Request
from training.comparison.row import Row
from training.runs import own_process

FACES = joined(face_set(14), face_set(7, "PublicTest", seed=3))


def silent(_: str) -> None: ...


def request(
    folder: Path, *names: str, runs: tuple[Path, ...] = (), bundles: tuple[Path, ...] = ()
) -> Request:
    return Request(names or ("deepface",), folder / "faces", None, folder / "out", Limits(), runs, bundles)


@pytest.fixture(autouse=True)
def untrained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def trained(*_: object) -> None:
        raise AssertionError("nothing is to be trained here")

    def judged(folder: Path, _: FaceSet) -> Row:
        return row((folder / MANIFEST).read_text(encoding="utf-8"))

    monkeypatch.setattr(own_process, "fit", trained)
    monkeypatch.setattr(shipped, "row", judged)
    monkeypatch.setenv("DEEPFACE_HOME", str(tmp_path))  # its weights are not there


def bundle(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_text(name, encoding="utf-8")
    return folder


def names(folder: Path) -> set[str]:
    stored = json.loads((folder / "out" / "comparison.json").read_text(encoding="utf-8"))
    return {one["name"] for one in stored["rows"]}


def test_bundles_of_one_name_have_a_row_each(tmp_path: Path) -> None:
    first, second = bundle(tmp_path / "shipped", "fer-compact"), bundle(tmp_path / "mine", "fer-compact")
    compare.compare(request(tmp_path, bundles=(first, second, first)), FACES, silent)
    assert names(tmp_path) == {"fer-compact", f"fer-compact ({second})"}


def test_runs_and_recipes_of_one_name_are_refused_before_one_takes_the_others_place(tmp_path: Path) -> None:
    runs = tuple(run_folder(tmp_path / place / "run", metrics()) for place in "ab")
    with pytest.raises(ContractError, match=r"a/run and .*b/run: both rows would be called run.*rename one"):
        compare.compare(request(tmp_path, runs=runs), FACES, silent)
    with pytest.raises(ContractError, match="both rows would be called tiny"):
        compare.compare(request(tmp_path, "tiny", str(tmp_path / "tiny.yaml")), FACES, silent)
    assert not (tmp_path / "out").exists()


def test_a_finished_run_of_an_edited_recipe_is_refused_before_any_training(tmp_path: Path) -> None:
    run_folder(tmp_path / "out" / "runs" / "quick", metrics(recipe={"network": "tiny", "epochs": 1}))
    recipe = tmp_path / "quick.yaml"
    recipe.write_text("schema: training/1\nnetwork: tiny\nepochs: 3\n", encoding="utf-8")
    with pytest.raises(ContractError, match=r"epochs \(was 1, is 3\)"):
        compare.compare(request(tmp_path, "compact", str(recipe)), FACES, silent)


def test_data_without_faces_to_judge_on_is_refused_before_any_training(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="has faces of neither PublicTest nor test to judge networks on"):
        compare.compare(request(tmp_path, "tiny"), face_set(14), silent)
    assert not (tmp_path / "out").exists()
