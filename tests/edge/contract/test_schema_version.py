"""A file of another version is told apart from one with a fault."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import Field

from edge.contract import strict_yaml
from edge.contract.schema_version import reads
from edge.contract.section import Section
from edge.errors import ConfigError


class _Device(Section):
    schema_name: Annotated[Literal["edge/2"], reads("edge/2"), Field(alias="schema")]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("edge/1", "schema: edge/1 is older than this software, which reads edge/2; write the file anew"),
        ("edge/10", "schema: edge/10 is newer than this software, which reads edge/2; bring newer software"),
        ("fleet/2", "schema: 'fleet/2' is another kind of file; this one must say edge/2"),
        ("2", "schema: 2 is another kind of file"),
        ("edge/two", "schema: 'edge/two' is another kind of file"),
    ],
)
def test_older_newer_and_foreign_files_are_refused_each_with_what_to_do(given: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        strict_yaml.parse(f"# a comment\nschema: {given}\n", _Device, "edge.yaml")
    assert str(refused.value).startswith(f"edge.yaml:2: {said}")


def test_its_own_version_is_read() -> None:
    assert strict_yaml.parse("schema: edge/2\n", _Device, "edge.yaml").schema_name == "edge/2"
