"""An installation with tflite-runtime instead of LiteRT: extra, constraints file, the classifier's tests."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.source_copy import REPOSITORY, copy_sources

pytestmark = [pytest.mark.integration, pytest.mark.venv]
PROOF = """
import numpy, sys
from pathlib import Path
from edge.classifier import load_verified
print(load_verified(Path(sys.argv[1])).runtime, numpy.__version__.split(".")[0])
"""


def fitting_python() -> str:
    """An interpreter that runs and has tflite-runtime wheels."""
    if sys.version_info < (3, 12):
        return sys.executable
    for name in ("python3.11", "python3.10"):
        found = shutil.which(name)
        # A pyenv shim is on PATH even where its version is not installed.
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return found
    pytest.skip("tflite-runtime has wheels for Python 3.11 at most, and neither 3.11 nor 3.10 is here")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a venv in which emotion-edge[tflite-runtime] is installed and LiteRT is not."""
    folder = tmp_path_factory.mktemp("tflite-runtime")
    copy_sources(folder)
    run(fitting_python(), "-m", "venv", str(folder / "venv"))
    python = folder / "venv" / "bin" / "python"
    constraints = folder / "config" / "constraints-tflite-runtime.txt"
    run(str(python), "-m", "pip", "install", "-q", f"{folder}[tflite-runtime]", "-c", str(constraints))
    # Where LiteRT has wheels it is installed too and goes first.
    run(str(python), "-m", "pip", "uninstall", "-q", "-y", "ai-edge-litert")
    run(str(python), "-m", "pip", "install", "-q", "pytest", "hypothesis", "-c", str(constraints))
    return python


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPOSITORY, timeout=900)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.mark.parametrize(
    "bundle", ["tests/fixtures/tiny-float", "tests/fixtures/tiny-uint8", "edge/models/fer-compact"]
)
def test_a_bundle_keeps_its_golden_vectors_with_tflite_runtime(python: Path, bundle: str) -> None:
    if not (REPOSITORY / bundle).exists():
        pytest.skip(f"{bundle} is not in this checkout")

    # Isolated, so that the installed package is imported and not the checkout.
    assert run(str(python), "-I", "-c", PROOF, str(REPOSITORY / bundle)).split() == ["tflite_runtime", "1"]


def test_the_classifiers_unit_tests_pass_with_tflite_runtime(python: Path) -> None:
    tests = (
        "tests/edge/test_classifier.py",
        "tests/edge/contract/test_golden.py",
        "tests/edge/contract/test_manifest.py",
    )

    run(str(python), "-m", "pytest", "-q", "--noconftest", "-p", "no:cacheprovider", *tests)
