"""One device: what runs on it, and the only ways in which that changes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from deploy.agent import facts, health, manifest, preflight, proving, prune, selftest, signature
from deploy.agent.arrival import Arrival
from deploy.agent.audit import AuditLog
from deploy.agent.clock import Clock
from deploy.agent.closing import Closing, close
from deploy.agent.fixed_points import FixedPoints
from deploy.agent.gate import Terms, Verdict
from deploy.agent.layout import Layout
from deploy.agent.lock import RolloutLock, transaction, transaction_runs
from deploy.agent.manifest import Manifest
from deploy.agent.progress import Progress
from deploy.agent.refusal import RefusedError, of_os_error
from deploy.agent.supervisor import Supervisor
from deploy.agent.switch import MAX_STARTS, Switch, Trial
from deploy.agent.unpack import Unpacker

#: After a roll-back: how long to watch whether the old release is well again.
_RESTORED = Terms(ready_within_s=90.0, soak_s=0.0)


class Device:
    """Everything that changes a device goes through here, one transaction at a time."""

    def __init__(self, layout: Layout, supervisor: Supervisor, who: str, clock: Clock) -> None:
        self._layout, self._supervisor, self._who, self._clock = layout, supervisor, who, clock
        self._unpacker = Unpacker(layout)
        self._arrival = Arrival(layout, self._unpacker)
        self._points = FixedPoints(layout, supervisor)
        self.switch = Switch(layout)
        self.progress = Progress(layout.memory)
        self.audit = AuditLog(layout.memory)
        self.lock = RolloutLock(layout.memory)

    def running(self) -> Manifest | None:
        """The manifest of the release that ``current`` points at."""
        return self.manifest_of(self._layout.id_of(self._layout.current))

    def manifest_of(self, release: str | None) -> Manifest | None:
        """Of a release on this device."""
        return manifest.of(self._layout, release)

    def missing(self, release: Manifest) -> list[dict[str, Any]]:
        """The blobs that must be uploaded, and how much of each is here."""
        return self._arrival.missing(release)

    def obstacles(
        self, release: Manifest, *, allow_downgrade: bool, allow_rename: bool = False
    ) -> list[RefusedError]:
        """What stands against it, room on the disk included."""
        proven = self.manifest_of(self.switch.proven())
        found = preflight.obstacles(
            release,
            facts.gather(self._layout),
            proven,
            allow_downgrade=allow_downgrade,
            allow_rename=allow_rename,
        )
        try:
            self._arrival.require_room(release)
        except RefusedError as err:
            found.append(err)
        return found

    def make_room(self, release: Manifest) -> None:
        """Let old releases go where the disk has no room for it: before it travels, and under the lock."""
        with transaction(self._layout.memory):
            self.lock.require(self._who, self._clock.utc_s())
            self._arrival.make_room(release)

    def apply(
        self,
        manifest_file: Path,
        signature_file: Path,
        *,
        allow_downgrade: bool,
        allow_rename: bool = False,
        closing: Closing | None = None,
    ) -> dict[str, Any]:
        """Bring a release to life, or leave all as it was.

        Args:
            manifest_file: Of the release.
            signature_file: Of the manifest.
            allow_downgrade: Whether an older release is wanted.
            allow_rename: Whether the device may have been another host.
            closing: What to do after that, however it ends; None: whoever asked comes back for it.
        Returns:
            The progress as it ended: ``good`` or ``unchanged``.
        Raises:
            RefusedError: Why not; the release before runs, or runs again.
        """
        self._layout.make()
        with transaction(self._layout.memory):
            release = manifest.load(manifest_file)
            self.progress.begin(release.id, self.switch.proven(), "apply", self._who)
            try:
                self._apply(release, signature_file, allow_downgrade, allow_rename)
            except RefusedError as err:
                self._ended("apply", release.id, err)
                raise
            except OSError as err:
                refused = of_os_error(err, str(self._layout.software))
                self._ended("apply", release.id, refused)
                raise refused from err
            finally:
                if closing is not None:
                    good = self.progress.state.get("phase") in ("good", "unchanged")
                    self.progress.add(close(self._layout, closing, self._who, good=good))
        return self.progress.state

    def _apply(self, release: Manifest, signature_file: Path, downgrade: bool, rename: bool) -> None:
        # First: unpacking and self-test take the processor from the daemon, and would excuse a slow release.
        baseline = health.read(self._layout.health)
        with self.progress.phase("verify"):
            signature.verify(release.content, signature_file, self._layout.allowed_signers)
            self.lock.require(self._who, self._clock.utc_s())
            if self.switch.proven() == release.id == self._layout.id_of(self._layout.current):
                self._ended("apply", release.id, outcome="unchanged")
                return
            self._arrival.make_room(release)
            for obstacle in self.obstacles(release, allow_downgrade=downgrade, allow_rename=rename):
                raise obstacle
            self._unpacker.verify(release)
        with self.progress.phase("unpack"):
            interpreter = facts.pythons()[release.python]
            folder = self._unpacker.unpack(release, signature_file.read_bytes(), interpreter)
        with self.progress.phase("self-test"):
            selftest.run(folder, self._supervisor, self._layout.incoming)
        with self.progress.phase("switch"):
            trial = self._on_trial(release, baseline or health.read(self._layout.health))
        self._conclude(release, trial, "apply", start=True)

    def rollback(self, release_id: str | None, why: str) -> dict[str, Any]:
        """Let an older release run again because an operator says so.

        Raises:
            RefusedError: ``no-release``; or ``unhealthy``: it runs, and is not well.
        """
        self._layout.make()
        with transaction(self._layout.memory):
            self.lock.require(self._who, self._clock.utc_s())
            wanted = release_id or self._layout.id_of(self._layout.previous)
            if wanted is None or not self._layout.release(wanted).is_dir():
                there = ", ".join(prune.releases(self._layout)) or "none"
                raise RefusedError(
                    "no-release", f"there is no release {wanted or 'before this one'}",
                    str(self._layout.releases), f"choose one of these: {there}",
                )  # fmt: skip
            release = manifest.load(self._layout.release(wanted) / manifest.FILE_NAME)
            self.progress.begin(wanted, self._layout.id_of(self._layout.current), "rollback", self._who)
            with self.progress.phase("switch"):
                self.switch.choose(wanted)
                self._supervisor.restart()
            with self.progress.phase("gate"):
                verdict = self._watch(release, None, _RESTORED)
            if not verdict.good:
                unwell = RefusedError(
                    "unhealthy", f"it runs, but: {verdict.reason}", wanted, "see logs, or choose another"
                )
                self._ended("rollback", wanted, unwell)
                raise unwell
            self._ended("rollback", wanted, outcome="good", reason=f"{why}; {verdict.reason}")
        return self.progress.state

    def heal(self) -> dict[str, Any]:
        """Go on with a trial whose transaction died: keep the release, or take it back."""
        self._layout.make()
        try:
            with transaction(self._layout.memory):
                if (trial := self.switch.trial()) is None:
                    self.switch.abandon()
                    return {"action": "put back" if self._points.heal() else "none"}
                release = manifest.load(self._layout.release(trial.release) / manifest.FILE_NAME)
                self.progress.go_on()
                try:
                    self._conclude(release, trial, "heal", start=False)
                except RefusedError as err:
                    self._ended("heal", release.id, err)
                    return {"action": "rolled-back", "reason": err.what}
                return {"action": "kept"}
        except RefusedError as err:
            return {"action": "none", "reason": str(err)}

    def boot_check(self) -> dict[str, Any]:
        """Called before each start of the daemon: a release that never gets through its trial goes."""
        if not self._layout.memory.is_dir():
            return {"action": "none"}
        trial = self.switch.trial()
        if trial is None:
            return {"action": "none"}
        starts, reason = MAX_STARTS, f"started {MAX_STARTS} times and never became good"
        try:
            starts = self.switch.count_start()
            due = starts > MAX_STARTS
        except OSError as err:  # a full disk must not mean that it is started for ever
            due, reason = True, f"its starts cannot be counted ({err.strerror})"
        if not due or transaction_runs(self._layout.memory):
            return {"action": "counted", "starts": starts}
        with transaction(self._layout.memory):
            self.switch.back(trial)
            if trial.previous is None:
                self._points.put_back()
            self.progress.go_on()
            refused = RefusedError(
                "rolled-back", reason, trial.release, "mend the release; the old one runs again"
            )
            self._ended("boot-check", trial.release, refused)
        return {"action": "rolled-back", "starts": starts, "release": trial.previous}

    def _on_trial(self, release: Manifest, baseline: dict[str, Any] | None) -> Trial:
        """Switch to it, or leave the device as it was."""
        try:
            self._points.connect(release.id)
            return self.switch.begin(release.id, baseline)
        except (OSError, RefusedError):
            with suppress(OSError):
                self.switch.abandon()
            if self._layout.id_of(self._layout.current) is None:
                self._points.put_back()
            raise

    def _conclude(self, release: Manifest, trial: Trial, verb: str, *, start: bool) -> None:
        """Start the release on trial, watch it, and keep it or take it back."""
        verdict = self._prove(release, trial, start=start)
        if verdict.good:
            self.switch.keep()
            try:
                self._points.take_over_agent(release.id)
            except OSError as err:  # the release is good, and runs
                self.progress.add(
                    {"warnings": [f"the agent that watches at boot is still the old one: {err}"]}
                )
            self._ended(verb, release.id, outcome="good", reason=verdict.reason)
            return
        log = self._supervisor.log_tail()
        self.switch.back(trial)  # before all that may fail
        with self.progress.phase("roll-back"):
            restored = self._restore(trial)
        raise RefusedError(
            "rolled-back", verdict.reason, release.id, f"mend the release; {restored}", log=log
        )

    def _prove(self, release: Manifest, trial: Trial, *, start: bool) -> Verdict:
        try:
            with self.progress.phase("gate"):
                if start:
                    self._supervisor.restart()
                terms = Terms.of(release.gate)
                return self._watch(release, trial.baseline, terms)
        except (RefusedError, OSError) as err:
            return Verdict(False, str(err))

    def _watch(self, release: Manifest, baseline: dict[str, Any] | None, terms: Terms) -> Verdict:
        return proving.watch(self._layout, self._supervisor, release, baseline, terms, self._clock)

    def _restore(self, trial: Trial) -> str:
        """Start what ran before, and say how it is."""
        if trial.previous is None and not self._points.put_back():
            self._supervisor.stop()
            return "nothing ran before, so nothing runs"
        self._supervisor.restart()
        if trial.previous is None:
            return "what was installed by hand was started again"
        try:
            before = manifest.load(self._layout.release(trial.previous) / manifest.FILE_NAME)
        except RefusedError as err:  # damaged; the release itself may well be whole
            return f"{trial.previous} runs again, but: {err}"
        verdict = self._watch(before, trial.baseline, _RESTORED)
        how = "is healthy again" if verdict.good else f"runs again, but: {verdict.reason}"
        return f"{before.version} ({before.id}) {how}"

    def _ended(
        self,
        verb: str,
        release: str,
        err: RefusedError | None = None,
        *,
        outcome: str = "failed",
        reason: str | None = None,
    ) -> None:
        if err is not None:
            outcome = "rolled-back" if err.code == "rolled-back" else "failed"
            reason = str(err)
        self.progress.end(outcome, reason, err.as_json() if err else None)
        try:
            self.audit.add(self._clock.utc_s(), self._who, verb, outcome, release=release, reason=reason)
        except OSError as full:
            self.progress.add({"warnings": [f"the audit log lacks this: {full}"]})
