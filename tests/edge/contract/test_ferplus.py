from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from edge.contract import fer2013, ferplus
from edge.contract.labels import FERPLUS_VOTES
from edge.errors import ContractError
from tests.training.builders import face_set, write_csv

#: For each of FER2013's labels the column of FER+ that means the same.
COLUMN = np.array([4, 5, 6, 1, 3, 2, 0])
FACES = replace(face_set(35), csv_rows=np.arange(35))


def votes_csv(path: Path, rows: list[list[object]]) -> Path:
    header = ",".join(["Usage", "Image name", *FERPLUS_VOTES])
    lines = [",".join(map(str, ["Training", "fer.png", *row])) for row in rows]
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def agreeing() -> npt.NDArray[np.uint8]:
    return np.asarray(np.eye(10)[COLUMN[FACES.labels]] * 10, dtype=np.uint8)


def test_microsofts_csv_joins_by_position_with_fer2013s_csv(tmp_path: Path) -> None:
    faces = fer2013.read(write_csv(tmp_path / "fer2013.csv", FACES))
    joined = ferplus.join(faces, votes_csv(tmp_path / "fer2013new.csv", agreeing().tolist()))
    assert joined.votes is not None
    np.testing.assert_array_equal(joined.votes, agreeing())


def test_an_npz_joins_by_row_number_and_unknown_rows_have_no_votes(tmp_path: Path) -> None:
    np.savez(tmp_path / "votes.npz", votes=agreeing()[::-1], csv_row=np.arange(35)[::-1])
    shuffled = np.array([5, -1, 3, 34])
    joined = ferplus.join(replace(FACES.select(shuffled), csv_rows=shuffled), tmp_path / "votes.npz")
    assert joined.votes is not None
    np.testing.assert_array_equal(joined.votes[[0, 2, 3]], agreeing()[[5, 3, 34]])
    assert not joined.votes[1].any()
    kept = joined.select(np.array([2])).votes
    assert kept is not None
    np.testing.assert_array_equal(kept, agreeing()[[3]])


def test_votes_of_other_rows_are_refused(tmp_path: Path) -> None:
    path = votes_csv(tmp_path / "v.csv", np.roll(agreeing(), 1, axis=0).tolist())
    with pytest.raises(ContractError, match="the label of only 0% of the faces"):
        ferplus.join(FACES, path)


def test_faces_that_do_not_tell_their_row_cannot_be_joined(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="which row of fer2013"):
        ferplus.join(face_set(7), votes_csv(tmp_path / "v.csv", [[1] * 10]))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["x"] + [1] * 9, "v.csv:2: a vote is no number"),
        ([300] + [1] * 9, "votes from 0 to 255"),
        ([1], "v.csv:2"),
    ],
)
def test_a_csv_with_a_bad_vote_names_its_line(tmp_path: Path, row: list[object], said: str) -> None:
    with pytest.raises(ContractError, match=said):
        ferplus.join(FACES, votes_csv(tmp_path / "v.csv", [row]))


def test_a_file_of_another_kind_is_refused_with_what_was_expected(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text("emotion,pixels\n", encoding="utf-8")
    with pytest.raises(ContractError, match="missing neutral"):
        ferplus.join(FACES, tmp_path / "v.csv")
    (tmp_path / "v.npz").write_bytes(b"no zip")
    with pytest.raises(ContractError, match="expected the arrays votes and csv_row"):
        ferplus.join(FACES, tmp_path / "v.npz")
    with pytest.raises(ContractError, match="cannot be read"):
        ferplus.join(FACES, tmp_path / "absent.csv")
