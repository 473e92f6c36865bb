from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import edge

FILE = Path(edge.__file__).parent / "examples" / "subscriber.py"


def test_the_subscriber_has_at_most_ten_lines_beside_what_it_says_of_itself() -> None:
    tree = ast.parse(FILE.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.FunctionDef)):
            assert ast.get_docstring(node)
            del node.body[0]
    lines = [line for line in ast.unparse(tree).splitlines() if line.strip()]
    assert len(lines) <= 10


def test_without_broker_and_port_it_says_how_to_call_it() -> None:
    said = subprocess.run([sys.executable, str(FILE)], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (1, "usage: python subscriber.py BROKER PORT\n")
