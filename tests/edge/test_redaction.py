from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.redaction import redacted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://u:p@cam/x", "rtsp://***@cam/x"),
        ("cannot open rtsp://u:p@s/s@cam:554/x today", "cannot open rtsp://***@cam:554/x today"),
        ("http://cam/v?user=a&password=b&n=1", "http://cam/v?user=a&password=***&n=1"),
        (
            'rtspsrc location=rtsp://a:b@cam user-pw="x y" ! z',
            "rtspsrc location=rtsp://***@cam user-pw=*** ! z",
        ),
        ("http://cam/video", "http://cam/video"),
        ("x264enc key-int-max=30 ! fakesink", "x264enc key-int-max=30 ! fakesink"),
    ],
)
def test_credentials_are_hidden_and_the_rest_stays(text: str, shown: str) -> None:
    assert redacted(text) == shown


@given(st.text(st.characters(exclude_categories=("Z", "C"), exclude_characters="\"'<>"), min_size=1))
def test_no_password_survives_in_a_url(password: str) -> None:
    assert redacted(f"open rtsp://user:{password}@cam/x failed") == "open rtsp://***@cam/x failed"
