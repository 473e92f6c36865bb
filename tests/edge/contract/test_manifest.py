from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from edge.contract import golden, manifest
from edge.contract.manifest import Bundle, DetectorManifest
from edge.contract.preprocess import CropSpec
from edge.errors import ModelError
from tests.fixtures.tiny_bundles import TINY_FLOAT, copied, edited


def test_a_bundle_says_how_faces_are_cut_and_where_its_model_lies() -> None:
    bundle = manifest.load(TINY_FLOAT)

    assert isinstance(bundle.manifest, manifest.ClassifierManifest)
    assert bundle.manifest.crop_spec == CropSpec(height=12, width=16, square=True, margin=0.1)
    assert bundle.model_path("tflite") == TINY_FLOAT / "model.tflite"


def test_a_manifest_written_again_is_the_same_file(tmp_path: Path) -> None:
    bundle = manifest.load(TINY_FLOAT)

    manifest.write(Bundle(tmp_path, bundle.manifest))

    assert (tmp_path / "manifest.json").read_text() == (TINY_FLOAT / "manifest.json").read_text()


def test_the_manifest_on_disk_has_the_fields_of_the_contract_in_its_order() -> None:
    document = json.loads((TINY_FLOAT / "manifest.json").read_text())

    assert list(document) == [
        *("schema", "kind", "name", "version", "files", "input", "crop", "output"),
        *("quantization", "metrics", "training", "created"),
    ]
    assert document["schema"] == "bundle/1"
    assert document["created"] == "2026-11-20T00:00:00Z"


def test_a_field_that_a_later_version_adds_is_ignored(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path), "signature", value="later")

    assert manifest.load(folder).manifest == manifest.load(TINY_FLOAT).manifest


def test_a_detector_bundle_says_how_to_decode_its_boxes(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path), "kind", value="face-detector")
    edited(folder, "output", value={"decode": "centre-ltrb", "parameters": {"strides": [8, 16]}})

    found = manifest.load(folder).manifest

    assert isinstance(found, DetectorManifest)
    assert found.output.parameters == {"strides": [8, 16]}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("kind",), "voice", "kind: "),
        (("files",), {}, "files: "),
        (("files", "tflite", "file"), "../model.tflite", "files.tflite.file: "),
        (("files", "tflite", "sha256"), "abc", "files.tflite.sha256: "),
        (("input", "range"), [0, 1], "the graph must take 0..255"),
        (("input", "height"), 0, "input.height: "),
        (("output", "temperature"), 0, "output.temperature: "),
        (("output", "labels"), ["sad", "sad"], "the same label stands here twice"),
        (("output", "labels"), ["sad", "very happy"], "should match pattern"),
        (("output", "abstain_below"), 1.0, "output.abstain_below: "),
        (("version",), "1.0", "version: "),
        (("name",), "Über", "name: "),
        (("created",), "yesterday", "created: "),
        (("created",), "2026-11-20T00:00:00", "created: "),
    ],
)
def test_a_malformed_field_is_named(tmp_path: Path, path: tuple[str, ...], value: Any, said: str) -> None:
    folder = edited(copied(tmp_path), *path, value=value)

    with pytest.raises(ModelError) as refused:
        manifest.load(folder)

    assert said in str(refused.value)
    assert str(folder / "manifest.json") in str(refused.value)


def test_all_malformed_fields_are_named_at_once(tmp_path: Path) -> None:
    folder = edited(edited(copied(tmp_path), "version", value="x"), "name", value="")

    with pytest.raises(ModelError, match=r"(?s)name: .*version: "):
        manifest.load(folder)


@pytest.mark.parametrize(
    ("schema", "advice"),
    [("bundle/2", "update emotion-edge"), ("release/1", "that convert wrote"), (None, "that convert wrote")],
)
def test_another_schema_is_refused_with_what_to_do(tmp_path: Path, schema: str | None, advice: str) -> None:
    folder = edited(copied(tmp_path), "schema", value=schema)

    with pytest.raises(ModelError, match=advice):
        manifest.load(folder)


@pytest.mark.parametrize("content", ["", "{", "[]", "7", '"text"'])
def test_a_manifest_that_is_no_object_is_refused(tmp_path: Path, content: str) -> None:
    folder = copied(tmp_path)
    (folder / "manifest.json").write_text(content)

    with pytest.raises(ModelError, match=r"manifest\.json"):
        manifest.load(folder)


def test_a_folder_without_a_manifest_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a bundle"):
        manifest.load(tmp_path)
    with pytest.raises(ModelError, match="not a bundle"):
        manifest.load(tmp_path / "absent")


def test_a_missing_model_file_is_named(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "model.tflite").unlink()

    with pytest.raises(ModelError, match=r"model\.tflite: named in manifest\.json but cannot be read"):
        manifest.load(folder)


def test_a_truncated_model_file_is_told_with_both_sizes(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    whole = (folder / "model.tflite").read_bytes()
    (folder / "model.tflite").write_bytes(whole[:1000])

    with pytest.raises(ModelError, match=f"1000 bytes where manifest.json says {len(whole)}"):
        manifest.load(folder)


def test_one_changed_bit_is_refused_by_its_sha256(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    content = bytearray((folder / "model.tflite").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.tflite").write_bytes(content)

    with pytest.raises(ModelError, match="sha256 is"):
        manifest.load(folder)


def test_a_runtime_without_a_file_is_refused() -> None:
    with pytest.raises(ModelError, match=r"opencv-dnn \(there is: tflite\)"):
        manifest.load(TINY_FLOAT).model_path("opencv-dnn")


@pytest.mark.parametrize("name", ["manifest.json", "model.tflite", "golden.npz"])
def test_a_bundle_that_may_not_be_read_need_not_be_fetched_again(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, openly = copied(tmp_path), Path.open

    def opened(path: Path, *how: Any, **details: Any) -> Any:  # root may read every file
        if path.name == name:
            raise PermissionError(errno.EACCES, "Permission denied")
        return openly(path, *how, **details)

    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(ModelError, match=r"permission denied; let this user read") as told:
        golden.read(manifest.load(folder).folder / manifest.GOLDEN)
    assert str(told.value).startswith(f"{folder / name}: ")
    assert "fetch" not in str(told.value)
