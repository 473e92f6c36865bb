from __future__ import annotations

from tests.edge.daemon.camera_rig import CameraRig


def test_a_removed_camera_leaves_its_window_and_no_state_and_others_are_not_touched() -> None:
    rig = CameraRig("door", "yard")
    rig.cameras.turn(0.1)
    rig.apply(removed="yard")
    assert [event.camera for event in rig.publisher.events] == ["yard"]
    assert rig.publisher.forgotten == ["yard"]
    rig.cameras.turn(0.2)
    assert rig.played["yard"][0].switched == ["off"]
    rig.played["yard"][0].idle = True
    rig.cameras.turn(0.3)
    assert rig.played["yard"][0].switched == ["off", "closed"]
    assert rig.cameras.names == ("door",)
    assert rig.played["door"][0].switched == []


def test_a_changed_camera_is_opened_again_only_when_its_old_process_has_left() -> None:
    rig = CameraRig("door")
    rig.apply(changed="door")
    rig.cameras.turn(0.1)
    assert len(rig.played["door"]) == 1
    assert rig.cameras.names == ("door",)
    rig.played["door"][0].idle = True
    rig.cameras.turn(0.2)
    assert len(rig.played["door"]) == 2
    assert [loop.name for loop in rig.cameras] == ["door"]


def test_an_added_camera_begins_at_the_next_turn() -> None:
    rig = CameraRig("door")
    rig.apply(added="hall")
    rig.cameras.turn(0.1)
    assert rig.cameras.names == ("door", "hall")


def test_a_camera_that_is_changed_twice_before_it_left_comes_once() -> None:
    rig = CameraRig("door")
    rig.apply(changed="door")
    rig.apply(changed="door")
    rig.played["door"][0].idle = True
    rig.cameras.turn(0.1)
    rig.cameras.turn(0.2)
    assert len(rig.played["door"]) == 2


def test_a_pause_holds_over_a_change_of_configuration_until_it_is_revoked() -> None:
    rig = CameraRig("door")
    rig.cameras.pause("door", 0.0, paused=True)
    rig.apply(changed="door")
    rig.played["door"][0].idle = True
    rig.cameras.turn(0.1)
    assert rig.played["door"][1].switched == ["off"]
    rig.cameras.pause("door", 0.2, paused=False)
    rig.cameras.pause("door", 0.3, paused=False)
    assert rig.played["door"][1].switched == ["off", "on"]


def test_a_camera_that_was_paused_before_the_start_is_never_opened_until_it_is_asked_for() -> None:
    rig = CameraRig("door", "yard", paused={"door"})
    rig.cameras.turn(0.1)
    assert rig.played["door"][0].switched == ["off"]
    assert rig.played["yard"][0].switched == []
    assert ("disabled", "paused by a command") in rig.publisher.states
    rig.cameras.pause("door", 0.2, paused=False)
    assert rig.played["door"][0].switched == ["off", "on"]


def test_a_camera_that_the_configuration_switches_off_is_not_switched_on_by_a_command() -> None:
    rig = CameraRig("door")
    rig.cameras.pause("door", 0.0, paused=False)
    assert rig.played["door"][0].switched == []


def test_all_is_over_when_every_file_has_ended_and_nothing_is_to_come() -> None:
    rig = CameraRig("film", "yard")
    rig.played["film"][0].becomes("ended")
    assert not rig.cameras.all_over
    rig.played["yard"][0].becomes("disabled")
    assert rig.cameras.all_over
    rig.apply(added="hall")
    assert not rig.cameras.all_over


def test_open_windows_are_those_of_cameras_that_have_one() -> None:
    rig = CameraRig("door", "yard")
    assert rig.cameras.open_windows() == []
    rig.cameras.turn(0.1)
    assert [window.camera for window in rig.cameras.open_windows()] == ["door", "yard"]


def test_closing_asks_all_before_it_waits_for_any() -> None:
    rig = CameraRig("door", "yard")
    rig.apply(removed="yard")
    rig.cameras.close()
    assert rig.played["door"][0].switched == ["stop", "closed"]
    assert rig.played["yard"][0].switched == ["off", "stop", "closed"]
