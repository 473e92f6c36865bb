"""The readers, the report and the protocol on the real FER2013 and CK+, where the workplace has them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edge.contract import class_choice, datasets, ferplus
from edge.contract.facesets import FaceSet
from tests.faces import shared
from training.data import protocol
from training.data import report as data_report

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def fer2013(tmp_path_factory: pytest.TempPathFactory) -> FaceSet:
    out = tmp_path_factory.mktemp("fer2013") / "fer2013.npz"
    subprocess.run([sys.executable, str(shared("data/unpack_fer2013.py")), "npz", str(out)], check=True)
    return datasets.read(out)


@pytest.fixture(scope="module")
def report(fer2013: FaceSet) -> data_report.DataReport:
    return data_report.examine(fer2013)


def test_the_counts_are_the_published_ones(report: data_report.DataReport) -> None:
    assert report.counts == {
        "Training": [3995, 436, 4097, 7215, 4830, 3171, 4965],
        "PublicTest": [467, 56, 496, 895, 653, 415, 607],
    }


def test_280_images_of_public_test_are_exact_copies_of_training(report: data_report.DataReport) -> None:
    assert report.exact.having["PublicTest", "Training"] == 280
    assert len(report.black) == 12


def test_more_images_of_public_test_are_photographs_of_training(report: data_report.DataReport) -> None:
    assert report.copies is not None
    assert report.copies.having["PublicTest", "Training"] == pytest.approx(611, abs=10)


def test_no_photograph_stands_on_both_sides_of_the_held_out_tenth(fer2013: FaceSet) -> None:
    training = fer2013.split("Training")
    kept, held = protocol.hold_out(training, 0.1, 0, "near")
    assert len(held) == pytest.approx(2871, abs=20)
    sides = [side.select(np.arange(len(side))) for side in (kept, held)]
    both = FaceSet(
        np.concatenate([side.images for side in sides]),
        np.concatenate([side.labels for side in sides]),
        np.repeat(["Training", "test"], [len(side) for side in sides]),
        training.classes,
    )
    copies = data_report.examine(both).copies
    assert copies is not None
    assert copies.having["test", "Training"] == 0


def test_ferplus_labels_cover_all_but_a_few_faces(fer2013: FaceSet) -> None:
    voted = ferplus.join(fer2013, shared("data/ferplus_votes.npz"))
    faces = class_choice.chosen(voted, "ferplus", ())
    found = data_report.class_counts(faces)
    assert [sum(counts) for counts in found.values()] == [28388, 3553]


def test_the_folds_of_ck_plus_divide_118_subjects() -> None:
    faces = datasets.read(Path(shared("data/ckplus48.npz")))
    folds = [protocol.fold(faces, number, 10, "near") for number in range(1, 11)]
    assert faces.groups is not None
    subjects = [set(faces.groups[part.splits == "fold"].tolist()) for part in folds]
    assert sum(map(len, subjects)) == len(set.union(*subjects)) == 118
    assert {int(np.count_nonzero(part.splits == "fold")) for part in folds} == {32, 33}
