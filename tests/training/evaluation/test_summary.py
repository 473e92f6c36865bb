from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from edge.errors import ContractError
from training.evaluation import summary, summary_table


def figures(accuracy: float, recall: float | None = 0.5) -> dict[str, Any]:
    return {
        "accuracy": accuracy,
        "macro_f1": accuracy - 0.02,
        "ece": 0.03,
        "recall": {"happy": recall, "sad": 0.25},
    }


def run(folder: Path, accuracy: float, *, seed: int = 0, epochs: int = 3, **fields: Any) -> Path:
    judged = {"images": 9, "official": figures(accuracy), "clean": figures(accuracy - 0.01)}
    metrics = {
        "schema": "training-metrics/1",
        "network": "tiny",
        "labels": ["happy", "sad"],
        "dataset": {"name": "fer2013"},
        "recipe": {"network": "tiny", "epochs": epochs, "seed": seed},
        "seed": seed,
        "fold": None,
        "held_out": figures(accuracy + 0.1),
        "public_test": judged,
    }
    folder.mkdir()
    (folder / "metrics.json").write_text(json.dumps(metrics | fields), encoding="utf-8")
    return folder


def test_seeds_of_a_recipe_become_mean_and_sample_deviation(tmp_path: Path) -> None:
    runs = [run(tmp_path / str(seed), 0.6 + seed / 100, seed=seed) for seed in range(3)]
    found = summary.summarize(runs)
    assert [(one.split, one.variant, one.runs, one.over) for one in found] == [
        ("public_test", "official", 3, "seeds"),
        ("public_test", "clean", 3, "seeds"),
        ("held_out", "official", 3, "seeds"),
    ]
    assert found[0].figures["accuracy"].mean == pytest.approx(0.61)
    assert found[0].figures["accuracy"].sd == pytest.approx(0.01)
    assert found[1].figures["accuracy"].mean == pytest.approx(0.60)
    assert found[0].as_dict()["recall sad"] == {"mean": 0.25, "sd": 0.0}


def test_folds_are_averaged_and_named_so(tmp_path: Path) -> None:
    runs = [
        run(
            tmp_path / str(number),
            0.9,
            fold=f"{number}/2",
            public_test=None,
            held_out=None,
            fold_test={"official": figures(0.8 + number / 10), "clean": None},
        )
        for number in (1, 2)
    ]
    (found,) = summary.summarize(runs)
    assert (found.split, found.over, found.runs) == ("fold_test", "folds", 2)
    assert found.figures["accuracy"].mean == pytest.approx(0.95)


def test_another_recipe_is_summarized_on_its_own(tmp_path: Path) -> None:
    found = summary.summarize([run(tmp_path / "a", 0.6), run(tmp_path / "b", 0.7, epochs=4)])
    assert [one.recipe for one in found if one.variant == "official"] == ["tiny #1"] * 2 + ["tiny #2"] * 2
    assert found[0].figures["accuracy"].sd is None
    assert found[0].over == "one run"


def names(folders: list[Path]) -> list[str]:
    return list(dict.fromkeys(one.recipe for one in summary.summarize(folders)))


def test_fine_tuned_runs_are_told_from_those_of_random_numbers(tmp_path: Path) -> None:
    tuned: dict[str, Any] = {"start": "fine-tuned", "init_from": "fer-compact 1.2.0"}
    runs = [
        run(tmp_path / "a", 0.6, start="scratch"),
        run(tmp_path / "b", 0.8, **tuned),
        run(tmp_path / "c", 0.9, seed=1, **tuned),
        run(tmp_path / "d", 0.7, start="fine-tuned", init_from="fer-tiny 1.0.0"),
    ]
    assert names(runs) == ["tiny, from scratch", "tiny, from fer-compact 1.2.0", "tiny, from fer-tiny 1.0.0"]
    official = [
        one for one in summary.summarize(runs) if (one.split, one.variant) == ("public_test", "official")
    ]
    assert [one.runs for one in official] == [1, 2, 1]
    assert official[1].figures["accuracy"].mean == pytest.approx(0.85)


def test_shortened_runs_are_told_from_whole_ones(tmp_path: Path) -> None:
    runs = [
        run(tmp_path / "a", 0.7, limits={}),
        run(tmp_path / "b", 0.6, limits={"train_images": 500}),
        run(tmp_path / "c", 0.6, limits={"train_images": 500, "eval_minutes": 0.5}),
    ]
    assert names(runs) == [
        "tiny, no limits",
        "tiny, within 500 faces",
        "tiny, within 500 faces, 0.5 min of judging",
    ]


def test_runs_of_earlier_versions_belong_to_those_that_tell_their_start_and_limits(tmp_path: Path) -> None:
    told = run(tmp_path / "b", 0.7, seed=1, start="scratch", init_from=None, limits={})
    assert names([run(tmp_path / "a", 0.6), told]) == ["tiny"]
    assert summary.summarize([tmp_path / "a", told])[0].runs == 2


def test_two_recipes_of_one_start_are_numbered_among_themselves(tmp_path: Path) -> None:
    runs = [
        run(tmp_path / "a", 0.6),
        run(tmp_path / "b", 0.6, epochs=4),
        run(tmp_path / "c", 0.6, start="fine-tuned", init_from="fer-tiny 1.0.0"),
    ]
    assert names(runs) == ["tiny, from scratch #1", "tiny, from scratch #2", "tiny, from fer-tiny 1.0.0"]


def test_the_recall_of_a_class_without_faces_in_a_run_is_left_out(tmp_path: Path) -> None:
    none = {"official": figures(0.6, recall=None), "clean": None}
    runs = [run(tmp_path / "a", 0.6), run(tmp_path / "b", 0.7, seed=1, public_test=none)]
    official = summary.summarize(runs)[0]
    assert "recall happy" not in official.figures
    assert "recall sad" in official.figures


def test_a_run_counts_once(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="one run must not count twice"):
        summary.summarize([run(tmp_path / "a", 0.6), run(tmp_path / "b", 0.7)])


@pytest.mark.parametrize("content", [None, "{", "[]", '{"schema": "x"}'])
def test_a_folder_without_figures_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "metrics.json").write_text(content, encoding="utf-8")
    with pytest.raises(ContractError, match=r"metrics\.json: .*; give folders of finished runs"):
        summary.summarize([tmp_path])


def test_the_table_shows_percent_with_deviation(tmp_path: Path) -> None:
    console = Console(width=160)
    with console.capture() as captured:
        summary_table.show(
            console,
            summary.summarize([run(tmp_path / str(seed), 0.6 + seed / 100, seed=seed) for seed in (0, 1)]),
        )
    assert "60.50% +- 0.71" in captured.get()
    assert "25.00% +- 0.00" in captured.get()
