"""``emotion-edge config ...``: the files that an operator starts from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge import shipped
from edge.errors import ConfigError, EmotionEdgeError

app = typer.Typer(help="The configuration, and other files to start from.", no_args_is_help=True)


@app.command("init")
def init(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("edge.yaml"),
) -> None:
    """Write the annotated example configuration; an existing file is never overwritten."""
    _write_new(path, shipped.example_configuration())
    print(f"wrote {path}; edit it, then: emotion-edge check --config {path}")


@app.command("unit")
def unit(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("emotion-edge.service"),
) -> None:
    """Write the systemd unit file; an existing file is never overwritten."""
    _write_new(path, shipped.systemd_unit())
    print(f"wrote {path}; its head says what it needs")


@app.command("validate")
def validate(
    files: Annotated[
        list[Path], typer.Argument(readable=False, help="Configurations; secrets from the environment.")
    ],
) -> None:
    """Read configurations and name every fault in them; nothing else is looked at. Faults: exit code 78."""
    from edge import settings  # noqa: PLC0415 - no other command waits for it

    faults = []
    for path in files:
        try:
            settings.load(path)
        except ConfigError as err:
            faults.append(str(err))
    if faults:
        raise ConfigError("\n".join(faults))


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of the configuration, by which editors complete and check it."""
    from edge.commands.config_schema import schema_text  # noqa: PLC0415 - no other command waits for it

    print(schema_text(), end="")


@app.command("examples")
def examples(
    folder: Annotated[Path, typer.Argument(help="Where to write them.")] = Path("examples"),
) -> None:
    """Write the examples: a Grafana dashboard, a Node-RED flow, a subscriber in Python."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise EmotionEdgeError(f"{folder}: cannot be made a folder: {err.strerror}") from err
    for example in shipped.examples():
        _write_new(folder / example.name, example.read_text(encoding="utf-8"))
        print(f"wrote {folder / example.name}")


def _write_new(path: Path, text: str) -> None:
    try:
        handle = path.open("x", encoding="utf-8")
    except FileExistsError as err:
        raise EmotionEdgeError(f"{path}: exists already; choose another name") from err
    except OSError as err:
        raise EmotionEdgeError(f"{path}: cannot be written: {err.strerror}") from err
    try:
        with handle:
            handle.write(text)
    except OSError as err:
        path.unlink(missing_ok=True)  # a half of it would be taken for all
        raise EmotionEdgeError(f"{path}: cannot be written: {err.strerror}") from err
