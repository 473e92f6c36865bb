"""The fleet: which devices there are, how they are reached, how a rollout goes (``fleet/1``)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo
from pydantic_core import InitErrorDetails, PydanticCustomError

from deploy.rollout_settings import Gate, Rollout
from edge.contract import strict_yaml
from edge.contract.schema_version import reads
from edge.contract.section import Entries, PathText, Section
from edge.contract.unique_names import named_apart

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length=63)]
#: Ansible has groups of these names already, or the rendered inventory gives them a meaning.
RESERVED_GROUPS = frozenset({"all", "ungrouped", "canary", "localhost"})
#: In Ansible's names too: ansible_become_pass. What stands in {{ }} is looked up elsewhere.
_SECRET = re.compile(r"pass|secret|token|credential", re.IGNORECASE)
Become = Literal["sudo", "su", "none"]


def _not_reserved(name: str) -> str:
    if name in RESERVED_GROUPS:
        raise PydanticCustomError(
            "reserved", "{said}", {"said": f"{name!r} is reserved; choose another name"}
        )
    return name


def _known_groups(hosts: tuple[Host, ...], info: ValidationInfo) -> tuple[Host, ...]:
    if "groups" not in info.data:  # they have a fault of their own
        return hosts
    known = {group.name for group in info.data["groups"] or ()}
    for index, host in enumerate(hosts):
        unknown = [name for name in host.groups if name not in known]
        if unknown:
            said = f"hosts[{index}] is in the group {unknown[0]!r}, which is not listed under groups"
            raise PydanticCustomError("inconsistent", "{said}", {"said": said})
    return hosts


def _unlike_groups(hosts: tuple[Host, ...], info: ValidationInfo) -> tuple[Host, ...]:
    """A name that is also a group's would mean more than one host to ``--limit``, and to Ansible."""
    taken = RESERVED_GROUPS - {"localhost"} | {group.name for group in info.data.get("groups") or ()}
    faults = [
        _fault((index, "name"), f"{host.name!r} is the name of a group; choose another name", host.name)
        for index, host in enumerate(hosts)
        if host.name in taken
    ]
    if faults:
        raise ValidationError.from_exception_data("hosts", faults)
    return hosts


def _fault(at: tuple[int | str, ...], said: str, given: object) -> InitErrorDetails:
    return InitErrorDetails(
        type=PydanticCustomError("inconsistent", "{said}", {"said": said}), loc=at, input=given
    )


#: Variables of Ansible by which entries of one address may still be different devices.
_WAYS = ("ansible_host", "ansible_port", "ansible_connection", "ansible_ssh_common_args", "emotion_edge_root")


def _one_entry_each(hosts: tuple[Host, ...]) -> tuple[Host, ...]:
    """Two entries for one device would take turns at it, each calling it good, and leave another one out."""
    first: dict[tuple[object, ...], int] = {}
    faults: list[InitErrorDetails] = []
    for index, host in enumerate(hosts):
        ways = [str(host.variables.get(name)) for name in _WAYS]
        of_first = first.setdefault((host.address.lower(), host.port, host.jump_host, *ways), index)
        if of_first != index:
            said = (
                f"{host.address} port {host.port} is already the address of hosts[{of_first}] "
                f"({hosts[of_first].name}); one device has one entry"
            )
            faults.append(_fault((index, "address"), said, host.address))
    if faults:
        raise ValidationError.from_exception_data("hosts", faults)
    return hosts


class Group(Section):
    """Hosts that have something in common.

    Attributes:
        overlay: YAML file whose fields replace those of the base configuration.
    """

    name: Annotated[Identifier, AfterValidator(_not_reserved)]
    overlay: PathText | None = None


class Host(Section):
    """One device.

    Attributes:
        name: What plans and logs call it, and its device name in topics.
        address: Host name or IP address for ssh.
        arch: Of its processor, as ``uname -m`` says it.
        python: Version of the Python that runs the daemon.
        site: Its site in topics, stronger than that of the base configuration; None: that one.
        canary: Whether a rollout tries it first.
        groups: Their overlays apply in this order.
        overlay: YAML file whose fields replace those of base and groups.
        ssh_key: Private key; None: what ssh itself finds (agent, ``~/.ssh/config``).
        jump_host: As ssh takes it after ``-J``; its own key and user are not these here. None: none.
        become: How the ssh user becomes root; none: it is root.
        variables: Of Ansible, stronger than what this inventory says: ``ansible_become_password``, say.
    """

    name: Identifier
    address: Annotated[str, Field(min_length=1, max_length=253)]
    user: Annotated[str, Field(min_length=1)] = "pi"
    port: Annotated[int, Field(ge=1, le=65_535)] = 22
    arch: Literal["aarch64", "x86_64"] = "aarch64"
    python: Literal["3.10", "3.11", "3.12", "3.13"] = "3.11"
    site: Identifier | None = None
    canary: bool = False
    groups: Entries[str] = ()
    overlay: PathText | None = None
    ssh_key: PathText | None = None
    jump_host: Annotated[str, Field(min_length=1)] | None = None
    become: Become = "sudo"
    variables: dict[str, str | bool | int | float] = Field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        """All of it as JSON, without passwords."""
        variables = {
            name: "***" if _SECRET.search(name) and "{{" not in str(value) else value
            for name, value in self.variables.items()
        }
        return {**self.model_dump(mode="json"), "variables": variables}


class Inventory(Section):
    """All devices, in the order in which they are listed.

    Attributes:
        configuration: The base configuration, ``edge/1``.
        signing_key: Private Ed25519 key that signs releases; None: ``~/.config/emotion-edge/signing_key``.
        known_hosts: Where the devices' host keys are kept; None: where ssh's configuration says.
    """

    schema_name: Annotated[Literal["fleet/1"], reads("fleet/1"), Field(alias="schema")]
    configuration: PathText | None = None
    signing_key: PathText | None = None
    known_hosts: PathText | None = None
    rollout: Rollout = Rollout()
    gate: Gate = Gate()
    groups: Annotated[Entries[Group], named_apart("groups")] | None = None
    hosts: Annotated[
        Entries[Host],
        named_apart("hosts"),
        AfterValidator(_one_entry_each),
        AfterValidator(_known_groups),
        AfterValidator(_unlike_groups),
    ]

    def overlays_of(self, host: Host) -> list[Path]:
        """The files whose fields replace those of the base, the strongest last."""
        by_name = {group.name: group.overlay for group in self.groups or ()}
        named = [*(by_name[name] for name in host.groups), host.overlay]
        return [overlay for overlay in named if overlay is not None]


def load(path: Path) -> Inventory:
    """Read an inventory; its paths are relative to its folder.

    Raises:
        ConfigError: Every fault at once, each with file, line and field.
    """
    return _anchored(strict_yaml.load(path, Inventory), path.absolute().parent)


def _anchored(inventory: Inventory, folder: Path) -> Inventory:
    def at(path: Path | None) -> Path | None:
        return None if path is None else folder / path.expanduser()

    hosts = tuple(
        host.model_copy(update={"overlay": at(host.overlay), "ssh_key": at(host.ssh_key)})
        for host in inventory.hosts
    )
    groups = inventory.groups and tuple(
        group.model_copy(update={"overlay": at(group.overlay)}) for group in inventory.groups
    )
    own = {name: at(getattr(inventory, name)) for name in ("configuration", "signing_key", "known_hosts")}
    return inventory.model_copy(update={**own, "hosts": hosts, "groups": groups})
