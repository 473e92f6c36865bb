"""A real run of the training loop on a few generated faces."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.contract.facesets import FaceSet
from edge.contract.labels import FERPLUS_LABELS
from edge.errors import ContractError, EmotionEdgeError
from tests.training.builders import face_set, write_csv
from training.recipe import Recipe

pytestmark = [
    pytest.mark.integration,
    pytest.mark.keras,
    # Keras 3.15 itself, with numpy 2.4
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
keras = pytest.importorskip("keras", reason="needs the training extra")

from tests.integration.training_runs import (  # noqa: E402 - after the skip: these import Keras
    FIELDS,
    HELD_OUT,
    RECIPE,
    TRAINING,
    Interrupted,
    Run,
    Silent,
    command,
    recipe_file,
    run,
)
from training import networks  # noqa: E402
from training.fitting import checkpoint, student  # noqa: E402
from training.fitting.fit import fit, logits_of  # noqa: E402
from training.networks.cost import multiply_accumulates  # noqa: E402
from training.runs import outputs  # noqa: E402

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that nothing interrupted."""
    return run(tmp_path_factory.mktemp("whole"), resume=False)


@pytest.fixture(scope="module")
def first_epoch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that was interrupted in its second epoch."""
    folder = tmp_path_factory.mktemp("interrupted")
    with pytest.raises(KeyboardInterrupt):
        run(folder, resume=False, progress=Interrupted(1))
    return folder


@pytest.fixture
def interrupted(first_epoch: Path, tmp_path: Path) -> Path:
    """A copy of it, to go on with."""
    return Path(shutil.copytree(first_epoch, tmp_path / "run"))


def test_an_interrupted_and_resumed_run_gives_the_weights_of_an_uninterrupted_one(
    interrupted: Path, whole: Run
) -> None:
    _, model, history = run(interrupted, resume=True)
    for ours, expected in zip(model.get_weights(), whole[1].get_weights(), strict=True):
        np.testing.assert_allclose(ours, expected, atol=1e-6)
    for record, expected_record in zip(history, whole[2], strict=True):
        assert {**record, "minutes": 0} == pytest.approx({**expected_record, "minutes": 0}, abs=1e-5)


def voted(faces: FaceSet) -> FaceSet:
    """Votes that know the class: column c for class c."""
    return replace(faces, votes=np.asarray(np.eye(10)[faces.labels] * 10, dtype=np.uint8))


def everything(teacher: Path) -> Recipe:
    """A recipe with every option that changes a step."""
    finish = {"epochs": 1, "augmentation": {"shift": 0.02}}
    options = {
        "mixup": {"share": 0.5, "alpha": 0.4},
        "votes": {"head_weight": 0.5, "target_share": 0.5},
        "distillation": {"teachers": [str(teacher)], "temperature": 2.0, "weight": 0.5},
        "precision": "mixed_bfloat16",
        "finish": finish,
    }
    return Recipe.model_validate({**FIELDS, **options})


def test_every_option_together_survives_an_interruption(whole: Run, tmp_path: Path) -> None:
    whole[1].save(tmp_path / "teacher.keras")
    recipe, faces = everything(tmp_path / "teacher.keras"), voted(TRAINING)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    uninterrupted = fit(recipe, faces, HELD_OUT, tmp_path / "a", False, Silent())
    with pytest.raises(KeyboardInterrupt):
        fit(recipe, faces, HELD_OUT, tmp_path / "b", False, Interrupted(1))
    resumed = fit(recipe, faces, HELD_OUT, tmp_path / "b", True, Silent())
    for ours, expected in ((resumed.network, uninterrupted.network), (resumed.votes, uninterrupted.votes)):
        assert ours is not None
        assert expected is not None
        for one, other in zip(ours.get_weights(), expected.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)


def test_the_votes_head_is_delivered_as_a_network_of_eight_emotions(tmp_path: Path) -> None:
    votes = np.asarray(np.eye(10)[np.arange(96) % 8] * 10, dtype=np.uint8)
    faces = replace(TRAINING, votes=votes)
    recipe = Recipe.model_validate({**FIELDS, "votes": {"head_weight": 1.0}})
    trained = fit(recipe, faces, None, tmp_path, False, Silent())
    assert trained.votes is not None
    outputs.write(tmp_path, outputs.Outcome(recipe, faces, faces, None, trained, "scratch"))
    network = keras.saving.load_model(tmp_path / "ferplus" / "model.keras", compile=False)
    np.testing.assert_allclose(
        logits_of(network, HELD_OUT.images), logits_of(trained.votes, HELD_OUT.images)[:, :8], atol=1e-4
    )
    metrics = json.loads((tmp_path / "ferplus" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["labels"] == list(FERPLUS_LABELS)
    assert metrics["dataset"] == {
        "name": f"{faces.name} with FER+ votes",
        "training_images": 96,
        "held_out_images": 0,
    }


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_two_steps_train_under_every_installed_backend(backend: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    data = write_csv(tmp_path / "fer2013.csv", face_set(40))
    recipe = recipe_file(tmp_path, epochs=1, mixup={"share": 1.0}, optimizer={"ema": 0.5})
    arguments = command("fit", "--recipe", recipe, "--data", data, "--out", tmp_path / "out")
    environment = {**os.environ, "KERAS_BACKEND": backend}
    done = subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert keras.saving.load_model(tmp_path / "out" / "model.keras", compile=False).output_shape == (None, 7)


def test_several_devices_share_each_batch_under_jax(tmp_path: Path) -> None:
    pytest.importorskip("jax", reason="needs the jax extra")
    # With a thread a core, and two cores, both can wait for a device that has no thread left to run on.
    flags = {
        "KERAS_BACKEND": "jax",
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
        "PJRT_NPROC": "8",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.two_devices", str(tmp_path)],
        cwd=ROOT, env={**os.environ, **flags}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.endswith("2 devices, 2 hold the kernel\n"), done.stderr


def test_only_kernels_decay_after_a_resume_too(interrupted: Path) -> None:
    model = student.build(RECIPE, 7, 6).model
    checkpoint.restore(interrupted, model)
    decaying = {v.name for v in model.trainable_variables if model.optimizer._use_weight_decay(v)}
    assert decaying == {"kernel"}


def test_the_run_learns_what_can_be_learnt(whole: Run) -> None:
    first, second = whole[2]
    assert second["loss"] < first["loss"]
    assert second["accuracy"] > 1 / 7


def test_a_finished_run_is_resumed_without_another_step(whole: Run, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(whole[0], tmp_path / "run"))
    _, model, history = run(folder, resume=True, progress=Interrupted(2))
    assert history == whole[2]
    for ours, expected in zip(model.get_weights(), whole[1].get_weights(), strict=True):
        np.testing.assert_array_equal(ours, expected)


def test_a_history_that_ran_ahead_of_the_checkpoint_is_cut(interrupted: Path, whole: Run) -> None:
    # As after a kill between the two writes.
    shutil.copy(whole[0] / "history.csv", interrupted / "history.csv")
    _, _, history = run(interrupted, resume=True, recipe=RECIPE.model_copy(update={"epochs": 1}))
    assert [record["epoch"] for record in history] == [1]


def test_a_loss_that_is_not_finite_stops_and_names_the_last_good_checkpoint(interrupted: Path) -> None:
    absurd = RECIPE.optimizer.model_copy(update={"learning_rate": 1e30})
    kept = (interrupted / "checkpoint.keras").read_bytes()
    said = rf"epoch 2: .*(nan|inf).*epoch 1, is {re.escape(str(interrupted))}"
    with pytest.raises(EmotionEdgeError, match=said):
        run(interrupted, resume=True, recipe=RECIPE.model_copy(update={"optimizer": absurd}))
    assert (interrupted / "checkpoint.keras").read_bytes() == kept


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own, too small for two checkpoints."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("mounting a tmpfs needs root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("epoch", [1, 2])
def test_a_full_disk_leaves_the_checkpoint_before_it(small_disk: Path, interrupted: Path, epoch: int) -> None:
    folder = small_disk / "run"
    folder.mkdir()
    if epoch == 2:
        shutil.rmtree(folder)
        shutil.copytree(interrupted, folder)
    else:
        (small_disk / "ballast").write_bytes(bytes(15_000_000))
    before = {file.name: file.read_bytes() for file in folder.glob("checkpoint.keras")}
    said = "is whole" if epoch == 2 else "none of an epoch before"
    with pytest.raises(EmotionEdgeError, match=f"cannot be written.*{said}.*Make room"):
        run(folder, resume=epoch == 2)
    assert {file.name: file.read_bytes() for file in folder.glob("*.keras")} == before


def test_a_damaged_checkpoint_is_refused(interrupted: Path) -> None:
    (interrupted / "checkpoint.keras").write_bytes(b"PK no zip")
    with pytest.raises(ContractError, match="damaged, or of another network"):
        run(interrupted, resume=True)


def test_the_example_recipe_states_what_the_networks_cost() -> None:
    said = (ROOT / "config" / "training.yaml").read_text(encoding="utf-8")
    for name in ("tiny", "compact"):
        model = networks.build(name, 44, 7, 0.3)
        stated = re.search(rf"{name} \((\d\.\d+) M[^,]*, (\d+) MMACs at 44 px\)", said)
        assert stated, f"the comment does not tell what {name} costs"
        assert model.count_params() / 1e6 == pytest.approx(float(stated[1]), abs=0.005)
        assert multiply_accumulates(model) / 1e6 == pytest.approx(float(stated[2]), abs=0.5)


def test_the_cost_of_a_small_network_by_hand() -> None:
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, 2, padding="same")(inputs)  # 16 pixels x 27 weights x 4
    x = keras.layers.DepthwiseConv2D(3, padding="same")(x)  # 16 pixels x 9 weights x 4
    outputs = keras.layers.Dense(5)(keras.layers.GlobalAveragePooling2D()(x))  # 4 x 5
    assert multiply_accumulates(keras.Model(inputs, outputs)) == 16 * 27 * 4 + 16 * 9 * 4 + 4 * 5
