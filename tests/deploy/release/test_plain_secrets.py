"""Secrets in words are found among other things; names of secrets, and what is none, are left alone."""

from __future__ import annotations

import pytest

from deploy.release.placed import placed
from deploy.release.plain_secrets import found


def faults(field: str, value: str) -> list[str]:
    return list(found(placed({field: value}, {(): "f:1", (field,): "f:2"})))


@pytest.mark.parametrize(
    "value",
    [
        "rtsp://admin:hunter2@cam/",
        "rtsp://cam/user=admin_password=hunter2_channel=1_stream=0.sdp?real_stream",
        "http://cam/video.cgi?user=admin&pwd=hunter2",
        "http://cam/video.cgi?pass=hunter2&x=1",
        "http://cam/?pwd=${A}hunter2",
        "http://cam/?camera_token=hunter2",
        "srt://cam:9000?passphrase=hunter2",
        "rtspsrc location=rtsp://cam/ user-pw=hunter2 ! decodebin",
        "rtspsrc location=rtsp://cam/?token=hunter2 ! decodebin",
        'souphttpsrc location=http://cam/ user-id=a user-pw="hunter2" ! jpegdec',
        "srtsrc uri=srt://cam passphrase=hunter2 ! decodebin",
        "x api-key=hunter2",
    ],
)
def test_a_secret_in_words_is_found_and_not_repeated(value: str) -> None:
    (fault,) = faults("url", value)
    assert fault.startswith("f:2: url: a secret in words would travel")
    assert "hunter2" not in fault


@pytest.mark.parametrize(
    "value",
    [
        "rtsp://admin:${DOOR}@cam/",
        "rtsp://cam/user=admin_password=${DOOR}_channel=1_stream=0.sdp?real_stream",
        "rtsp://cam/user=admin_password=_channel=1_stream=0.sdp",
        "http://cam/?auth=basic&key=front&camera_key=3",
        "http://cam/?pwd=${DOOR_PASSWORD}#x",
        "http://cam/?pwd=${DOOR};user=a",
        "http://cam/?token=${T}/live",
        "rtspsrc location=rtsp://cam/ user-id=admin user-pw=${P}! decodebin",
        'rtspsrc user-pw="${P}" ! decodebin',
        "source token=(string)${P} ! decodebin",
        "v4l2src ! x264enc pass=qual key-int-max=30 ! appsink",
        "nvarguscamerasrc ! video/x-raw(memory:NVMM),width=1280 ! nvvidconv",
    ],
)
def test_a_secret_by_name_and_what_is_none_is_let_through(value: str) -> None:
    assert faults("url", value) == []


def test_a_field_whose_name_says_so_holds_nothing_but_variables() -> None:
    assert faults("password", "${A}${B}") == []
    assert len(faults("password", "${A}x")) == len(faults("auth_token", "abc")) == 1


def test_the_variable_that_is_proposed_is_named_for_what_it_holds() -> None:
    assert "write ${TOKEN}, say" in faults("token", "abc")[0]
    assert "write ${CAMERA_PASSWORD}, say" in faults("url", "rtsp://admin:hunter2@cam/")[0]
