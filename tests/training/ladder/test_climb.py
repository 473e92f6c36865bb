"""What is refused before anything is trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge.errors import ContractError

pytest.importorskip("matplotlib", reason="needs the training extra")

from tests.training.ladder.test_spec import ladder
from training.ladder import climb, spec
from training.ladder.climb import Request
from training.runs import own_process


def silent(_: str) -> None: ...


def test_a_rung_that_learns_from_votes_needs_them_before_the_first_run(tmp_path: Path) -> None:
    rungs = ({"name": "plain"}, {"name": "voted", "change": {"votes": {"head_weight": 0.3}}})
    request = Request(spec.load(ladder(tmp_path, *rungs)), tmp_path / "faces.csv", None, tmp_path / "out")
    with pytest.raises(ContractError, match=r"rung 2 \(voted\) learns from FER\+ votes: give --votes"):
        climb.climb(request, silent)
    assert not (tmp_path / "out").exists()


def test_runs_of_other_faces_are_kept_out_of_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class _TrainedError(Exception):
        pass

    def trained(*_: object) -> None:
        raise _TrainedError

    monkeypatch.setattr(own_process, "fit", trained)
    request = Request(spec.load(ladder(tmp_path, {"name": "plain"})), tmp_path / "a", None, tmp_path / "out")
    for _ in range(2):  # the same again goes on
        with pytest.raises(_TrainedError):
            climb.climb(request, silent)
    with pytest.raises(ContractError, match=r"was begun with .*choose another --out"):
        climb.climb(replace(request, data=tmp_path / "b"), silent)
