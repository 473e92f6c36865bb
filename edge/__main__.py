"""The device's command line; exit codes are those of :mod:`edge.contract.command_line`."""

from __future__ import annotations

import logging
import signal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from edge import __version__
from edge.commands import config as config_commands
from edge.contract import command_line

DEFAULT_CONFIG = Path("/etc/emotion-edge/edge.yaml")

app = typer.Typer(
    name="emotion-edge",
    help="Cameras in, aggregated emotion events out over MQTT. No picture leaves the device.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
models_app = typer.Typer(help="The networks on this device.", no_args_is_help=True)
app.add_typer(models_app, name="models")
app.add_typer(config_commands.app, name="config")

# What may not be read is a bad configuration (78, with advice), not wrong usage (2, tried again for ever).
ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", readable=False, help="Configuration of this device.")
]


class DetectorChoice(str, Enum):
    """The names of :data:`edge.detectors.settings.DetectorName`, as typer wants them."""

    AUTO = "auto"
    HAAR = "haar"
    SSD = "ssd"
    MTCNN = "mtcnn"
    YUNET = "yunet"
    COMPACT = "compact"


DetectorOption = Annotated[
    DetectorChoice | None, typer.Option("--detector", help="Default: the configuration's, else auto.")
]
SecondsOption = Annotated[float | None, typer.Option("--seconds", min=1, help="Stop after so long.")]
PortOption = Annotated[
    int | None, typer.Option("--port", min=1, max=65_535, help="1883, or 8883 with --tls.")
]
UsernameOption = Annotated[str | None, typer.Option("--username")]
PasswordOption = Annotated[str | None, typer.Option("--password", envvar="MQTT_PASSWORD")]
TlsOption = Annotated[bool, typer.Option("--tls", help="Encrypt; trust the system's authorities.")]
CaOption = Annotated[Path | None, typer.Option("--ca", help="Trust this authority instead.")]


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log repeats and details too.")] = False,
) -> None:
    if version:
        typer.echo(f"emotion-edge {__version__}")
        raise typer.Exit
    # No timestamps: journald has them.
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(levelname)s %(name)s: %(message)s",
        force=True,
    )


@app.command()
def run(
    config: ConfigOption = DEFAULT_CONFIG,
    with_parent: Annotated[int | None, typer.Option(hidden=True, help="Stop with this process.")] = None,
) -> None:
    """Watch the configured cameras and publish until SIGTERM."""
    from edge import settings
    from edge.daemon.run import run_daemon
    from edge.parent import die_with

    if with_parent is not None:
        die_with(with_parent, signal.SIGTERM)
    run_daemon(lambda: settings.load(config))


@app.command()
def replay(
    path: Annotated[Path, typer.Argument(help="A video file, or a folder of pictures.")],
    config: Annotated[
        Path | None, typer.Option("--config", "-c", readable=False, help="Take settings from this file.")
    ] = None,
    detector: DetectorOption = None,
    window_s: Annotated[
        float | None, typer.Option("--window-s", min=1, max=3600, help="Length of a window.")
    ] = None,
    annotate: Annotated[
        Path | None, typer.Option("--annotate", help="Write a video with boxes, labels and fps: OUT.mp4.")
    ] = None,
) -> None:
    """Send a recording through the pipeline; events as JSON lines on stdout."""
    from edge.commands.replay import run_replay

    if annotate is not None and annotate.resolve() == path.resolve():
        raise typer.BadParameter("is the recording itself; choose another name", param_hint="--annotate")
    run_replay(path, config, detector and detector.value, window_s, annotate)


@app.command()
def check(
    config: ConfigOption = DEFAULT_CONFIG,
    cameras: Annotated[bool, typer.Option(help="Also open each camera and take one frame.")] = True,
) -> None:
    """Say whether the configuration, the networks, the cameras and the broker are usable."""
    from edge.commands.check import run_check

    raise typer.Exit(run_check(config, cameras))


@app.command()
def doctor(
    config: ConfigOption = DEFAULT_CONFIG,
    cameras: Annotated[bool, typer.Option(help="Also open each camera and take one frame.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
) -> None:
    """Examine all that the daemon depends on, and say what to do where something is not well."""
    from edge.commands.doctor import run_doctor

    raise typer.Exit(run_doctor(config, cameras, as_json))


@app.command()
def demo(
    seconds: Annotated[float, typer.Option("--seconds", min=1, help="How long to show events.")] = 30.0,
    source: Annotated[
        str | None, typer.Option("--source", help="Your own FILE, FOLDER, URL or /dev/videoN instead.")
    ] = None,
    detector: DetectorOption = None,
    dashboard: Annotated[bool, typer.Option(help="Also show it in a browser.")] = True,
) -> None:
    """A broker, two simulated cameras and the real daemon, shown in the terminal and in a browser."""
    from edge.demo.show import run_demo

    run_demo(seconds, source, detector.value if detector else "auto", dashboard=dashboard)


def _broker(
    host: str, port: int | None, username: str | None, password: str | None, tls: bool, ca: Path | None
) -> dict[str, Any]:
    """The fields of :class:`edge.mqtt.settings.MqttSettings` that a command line tells."""
    encryption = {"ca": ca} if ca else {} if tls else None
    return {"host": host, "port": port, "username": username, "password": password, "tls": encryption}


@app.command()
def watch(
    host: Annotated[str, typer.Option("--host", help="The broker.")] = "localhost",
    port: PortOption = None,
    username: UsernameOption = None,
    password: PasswordOption = None,
    tls: TlsOption = False,
    ca: CaOption = None,
    ascii_only: Annotated[
        bool, typer.Option("--ascii", help="No bars and lines: for terminals without UTF-8.")
    ] = False,
    seconds: SecondsOption = None,
) -> None:
    """Show in the terminal what arrives at the broker."""
    from edge.commands.watch import run_watch

    run_watch(_broker(host, port, username, password, tls, ca), seconds, ascii_only=ascii_only)


@app.command()
def dashboard(
    broker: Annotated[str, typer.Option("--broker", help="The MQTT broker.")] = "localhost",
    port: PortOption = None,
    username: UsernameOption = None,
    password: PasswordOption = None,
    tls: TlsOption = False,
    ca: CaOption = None,
    listen: Annotated[str, typer.Option("--listen", help="Where browsers find it.")] = "127.0.0.1:8080",
    page_password: Annotated[
        str | None,
        typer.Option("--page-password", envvar="DASHBOARD_PASSWORD", help="Ask browsers for it."),
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Let other machines, or any host name, in without a password.")
    ] = False,
    store: Annotated[
        Path | None, typer.Option("--store", help="History; default: in the user's state folder.")
    ] = None,
    keep_days: Annotated[
        float, typer.Option("--keep-days", min=0.04, max=36_500, help="How long history is kept.")
    ] = 14,
    mqtt_version: Annotated[str, typer.Option(hidden=True, help="auto, 5 or 3.1.1.")] = "auto",
    with_parent: Annotated[int | None, typer.Option(hidden=True, help="Stop with this process.")] = None,
) -> None:
    """Show in a browser what arrives at the broker, with history."""
    from edge.commands.dashboard import run_dashboard
    from edge.parent import die_with

    if with_parent is not None:
        die_with(with_parent, signal.SIGTERM)
    address = {**_broker(broker, port, username, password, tls, ca), "version": mqtt_version}
    run_dashboard(address, listen, store, keep_days, page_password, public=public)


@app.command()
def bench(
    source: Annotated[
        str | None, typer.Option("--source", help="A FILE, FOLDER, URL or /dev/videoN; default: the demo's.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", readable=False, help="Take settings from this file.")
    ] = None,
    detector: DetectorOption = None,
    frames: Annotated[int, typer.Option("--frames", min=10, help="At most so many.")] = 300,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Against the limit, in turn.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (bench/1) instead of a table.")] = False,
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw the stages: OUT.png.")] = None,
) -> None:
    """Time each stage of the pipeline on this machine, and compare all with the bare inferences."""
    from edge.commands.bench import run_bench

    run_bench(
        source, config, detector and detector.value,
        frames=frames, rounds=rounds, as_json=as_json, plot=plot,
    )  # fmt: skip


@app.command("bench-tracks")
def bench_tracks(
    videos: Annotated[list[Path], typer.Argument(help="Videos with faces.")],
    detector: DetectorOption = None,
    out: Annotated[Path | None, typer.Option(help="Write the tables to this file too (Markdown).")] = None,
) -> None:
    """Tell what searching every n-th frame only costs in events and identities."""
    from edge.commands.bench_tracks import run_bench_tracks

    run_bench_tracks(videos, detector and detector.value, out)


@models_app.command("list")
def models_list() -> None:
    """Shipped bundles, and third-party detectors with whether they are here."""
    from edge.commands.models import list_models

    list_models()


@models_app.command("pull")
def models_pull(
    names: Annotated[list[str] | None, typer.Argument(help="Which; default: all. See models list.")] = None,
    source: Annotated[
        Path | None, typer.Option("--from", help="Take the files from this folder, without a network.")
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option("--into", help="Folder; default: EMOTION_EDGE_WEIGHTS, else the user's cache."),
    ] = None,
) -> None:
    """Fetch third-party detector weights, verified by their pinned sha256."""
    from edge.commands.models import pull_models

    pull_models(names or [], source, into)


@models_app.command("verify")
def models_verify(
    bundle: Annotated[Path | None, typer.Argument(help="A bundle folder; default: all shipped ones.")] = None,
) -> None:
    """Check bundles (sha256, golden vectors) and the weights that are here."""
    from edge.commands.models import verify_models

    verify_models(bundle)


@app.command()
def privacy(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Say what leaves this device, and what does not, by the configuration in force."""
    from edge import settings
    from edge.commands.privacy import statement

    typer.echo(statement(settings.load(config)))


def main() -> None:
    """Run the command line."""
    command_line.run(app)


if __name__ == "__main__":
    main()
