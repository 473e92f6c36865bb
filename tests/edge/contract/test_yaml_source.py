from __future__ import annotations

import pytest

from edge.contract import strict_yaml
from edge.errors import ConfigError
from tests.edge.contract.yaml_faults import Device, faults


def test_a_key_given_twice_is_a_fault_beside_the_others() -> None:
    assert faults("site: a\nbroker:\n  host: x\n  host: y\nsite: b\nnew: 1\n") == [
        "4: broker.host: given twice; keep one",
        "5: site: given twice; keep one",
        "6: new: unknown field; check the spelling or remove it",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("site: a\nbroker: {host: a\n", ":3: not valid YAML: "),
        ("site: a\n\tbroker: b\n", ":2: not valid YAML: "),
        ("site: a\n---\nsite: b\n", ":2: not valid YAML: expected a single document"),
        ("site: *nobody\n", ":1: site: the alias *nobody is not supported"),
        ("site: a\nb: \x00\n", ":2: not valid YAML: holds the character U+0000; remove it"),
        ("", ":1: the file must be a mapping"),
        ("# nothing\n", ":1: the file must be a mapping"),
        ("- site\n", ":1: the file must be a mapping"),
        ("site: " + "[" * 5000, ": nested too deeply"),
    ],
)
def test_text_that_is_no_document_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        strict_yaml.parse(text, Device, "edge.yaml")
    assert f"edge.yaml{said}" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("!gold 3", "1: site: could not determine a constructor for the tag '!gold'"),
        ("2026-02-31", "1: site: day"),
        ("!!int many", "1: site: invalid literal"),
    ],
)
def test_a_value_that_yaml_cannot_build_is_a_fault_of_its_field(value: str, said: str) -> None:
    first, second = faults(f"site: {value}\nnew: 1\n")
    assert first.startswith(said)
    assert second.startswith("2: new: unknown field")


def test_a_loop_of_aliases_and_a_key_that_is_no_text_are_faults_beside_the_others() -> None:
    assert faults("site: &a\n  - *a\n? [b]\n: 1\n*a : 2\nnew: 1\n") == [
        "1: site: must be text",
        "1: the anchor &a is not supported; write the values out",
        "2: site[0]: the alias *a is not supported; write the values out",
        "3: (key): a key must be plain text",
        "5: (key): a key must be plain text",
        "6: new: unknown field; check the spelling or remove it",
    ]


def test_a_merge_key_is_one_fault_and_its_fields_do_not_count_as_missing() -> None:
    text = """\
site: lab
broker: &home
  host: h
cameras:
  - {<<: *home, name: a, source: rtsp}
  - *home
  - {<<: {fps: 5}, name: b, source: v4l2}
"""
    assert faults(text) == [
        "2: the anchor &home is not supported; write the values out",
        "5: cameras[0].<<: merge keys are not supported; write the values out",
        "6: cameras[1]: the alias *home is not supported; write the values out",
        "7: cameras[2].<<: merge keys are not supported; write the values out",
    ]


def test_aliases_of_aliases_do_not_grow() -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 30))
    said = faults("site: a\nl0: &l0 [x]\n" + levels)
    assert "2: the anchor &l0 is not supported; write the values out" in said
    assert "31: l29[8]: the alias *l28 is not supported; write the values out" in said
