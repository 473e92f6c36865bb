from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.errors import ContractError
from tests.training.builders import face_set
from training.recipe import Recipe
from training.runs import folder as run_folder

FACES = face_set(14)


def recipe(**fields: object) -> Recipe:
    return Recipe.model_validate({"schema": "training/1", "network": "tiny", **fields})


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A folder in which a run has left its first checkpoint."""
    run_folder.claim(tmp_path / "out", recipe(), FACES, resume=False)
    (tmp_path / "out" / "checkpoint.keras").write_bytes(b"")
    return tmp_path / "out"


@pytest.mark.parametrize("name", ["model.keras", "metrics.json"])
def test_a_folder_with_a_network_of_another_run_is_never_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("hours of work")
    with pytest.raises(ContractError, match=rf"holds a network already \({name}\); choose another --out"):
        run_folder.claim(tmp_path, recipe(), FACES, resume=False)
    assert (tmp_path / name).read_text() == "hours of work"


def test_a_new_folder_says_which_run_it_holds(tmp_path: Path) -> None:
    run_folder.claim(tmp_path / "a" / "b", recipe(epochs=3), FACES, resume=False)
    said = json.loads((tmp_path / "a" / "b" / "run.json").read_text(encoding="utf-8"))
    assert said["schema"] == "training-run/1"
    assert said["recipe"]["epochs"] == 3
    assert said["recipe"]["schema"] == "training/1"


def test_a_run_is_not_written_over(begun: Path) -> None:
    with pytest.raises(ContractError, match="holds a run already; add --resume"):
        run_folder.claim(begun, recipe(), FACES, resume=False)


def test_the_same_run_is_resumed(begun: Path) -> None:
    run_folder.claim(begun, recipe(), FACES, resume=True)


def test_another_recipe_is_refused_and_the_fields_named(begun: Path) -> None:
    changed = recipe(epochs=3, optimizer={"momentum": 0.5})
    with pytest.raises(
        ContractError, match=r"epochs \(was 30, is 3\), optimizer\.momentum \(was 0\.9, is 0\.5\)"
    ):
        run_folder.claim(begun, changed, FACES, resume=True)


def test_other_faces_are_refused(begun: Path) -> None:
    with pytest.raises(ContractError, match="other faces"):
        run_folder.claim(begun, recipe(), face_set(14, seed=1), resume=True)


def test_other_initial_weights_are_refused(tmp_path: Path) -> None:
    run_folder.claim(tmp_path, recipe(), FACES, resume=False, init_from="fer-tiny 1.1.0")
    (tmp_path / "checkpoint.keras").write_bytes(b"")
    run_folder.claim(tmp_path, recipe(), FACES, resume=True, init_from="fer-tiny 1.1.0")
    with pytest.raises(ContractError, match=r"was begun from fer-tiny 1\.1\.0, not random weights"):
        run_folder.claim(tmp_path, recipe(), FACES, resume=True)


def test_nothing_to_resume_is_said(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="nothing to resume"):
        run_folder.claim(tmp_path, recipe(), FACES, resume=True)


def test_a_run_without_its_note_is_resumed_with_a_warning(
    begun: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (begun / "run.json").unlink()
    run_folder.claim(begun, recipe(), FACES, resume=True)
    assert "cannot be compared" in caplog.text
    assert (begun / "run.json").is_file()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ContractError, match="choose another --out"):
        run_folder.claim(tmp_path / "file", recipe(), FACES, resume=False)
