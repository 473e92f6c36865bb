from __future__ import annotations

from training.progress import Lines, epoch_line

RECORD = {"epoch": 2.0, "loss": 1.25, "accuracy": 0.5, "minutes": 2.0}


def test_an_epoch_line_says_what_happened() -> None:
    held_out = {"held_out_loss": 1.5, "held_out_accuracy": 0.613}
    assert epoch_line(RECORD, 9) == "epoch 2/9  loss 1.250  accuracy 50.0%  2.0 min"
    assert "held-out loss 1.500  accuracy 61.3%" in epoch_line({**RECORD, **held_out}, 9)


def test_lines_come_at_most_twice_a_minute_within_an_epoch() -> None:
    now = [0.0]
    said: list[str] = []
    lines = Lines(4, said.append, lambda: now[0])
    for batch in range(1, 101):
        now[0] += 1
        lines.batch_done(0, batch, 100, 1.5)
    assert said == [f"epoch 1/4  batch {batch}/100  loss 1.5000" for batch in (30, 60, 90)]


def test_the_time_left_follows_from_the_epochs_so_far() -> None:
    said: list[str] = []
    lines = Lines(5, said.append, lambda: 0.0)
    lines.epoch_done({**RECORD, "epoch": 1.0, "minutes": 4.0})
    lines.epoch_done(RECORD)
    assert said[1].endswith("9 min left")
