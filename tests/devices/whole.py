"""Runs on the test device: is the release that ``current`` leads to whole, to the last byte?"""

import csv
import hashlib
import json
import pathlib
import sys

CURRENT = pathlib.Path("/opt/emotion-edge/current")


def faults() -> "list[str]":
    """Files that are missing, or are not what the manifest or their wheel says."""
    manifest = json.loads((CURRENT / "manifest.json").read_text())
    found = []
    for entry in manifest["files"]:
        if not entry["path"].startswith("wheels/"):
            content = (CURRENT / entry["path"]).read_bytes()
            if hashlib.sha256(content).hexdigest() != entry["sha256"]:
                found.append(entry["path"])
    packages = CURRENT / "venv/lib" / ("python" + manifest["python"]) / "site-packages"
    records = list(packages.glob("*.dist-info/RECORD"))
    if len(records) != sum(entry["path"].startswith("wheels/") for entry in manifest["files"]):
        found.append("a package is missing")
    for record in records:
        for name, _, size in csv.reader(record.read_text().splitlines()):
            path = packages / name
            if size and not record.samefile(path) and path.stat().st_size != int(size):
                found.append(name)
    return found


if __name__ == "__main__":
    print(json.dumps({"id": json.loads((CURRENT / "manifest.json").read_text())["id"], "faults": faults()}))
    sys.exit(0)
