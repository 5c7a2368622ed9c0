"""Every key that spatialnb writes to Redis, what it holds and how long it lives.

All keys begin with `snb:{tenant}`; those of a project share a hash tag, so that a cluster keeps them on one node and
a script may touch several. Names are quoted, as people choose them. Only the turns at endpoints (`LIMITS`) are shared
by all tenants, as the endpoints are.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

DAY = 24 * 3600

CONTEXT_TTL = 30 * DAY
EVENTS_TTL = 30 * DAY
STEPS_TTL = 90 * DAY
CONVERSATION_TTL = 365 * DAY
RECORDS_TTL = 90 * DAY
CHECKPOINT_TTL = 90 * DAY
MEASURES_TTL = 180 * DAY
SERVICE_TTL = DAY
RESULTS_TTL = 30 * DAY
"""Seconds since the latest write. What a project is (its changes and snapshots) never expires."""

LIMITS = "snb:{limits}"
"""Root of the turns at endpoints that take only so much, an hour after the latest: see `store/limits.py`."""

EVENTS_KEPT = 10_000
"""Length of an event stream, about."""
RUNS_KEPT = 500
"""Runs of a conversation that are kept."""
SAMPLES_KEPT = 128
"""Calls of an operation that are kept one by one, for forecasts."""
RESULTS_KEPT = 2_000
RESULTS_BYTES = 64 * 2**20
"""Kept outcomes of a tenant, and their size; those used longest ago go first."""


@dataclass(frozen=True)
class TenantKeys:
    """Keys that do not belong to one project."""

    tenant: str

    @property
    def projects(self) -> str:
        """Set: quoted names of the projects that have been opened."""
        return f"snb:{quote(self.tenant, safe='')}:projects"

    def checkpoints(self, thread: str) -> CheckpointKeys:
        return CheckpointKeys(f"snb:{{{quote(self.tenant, safe='')}/ckpt/{quote(thread, safe='')}}}")

    @property
    def threads(self) -> str:
        """Set: names of the threads that have checkpoints."""
        return f"snb:{quote(self.tenant, safe='')}:threads"

    @property
    def services(self) -> str:
        """Set, SERVICE_TTL: quoted names of outside services that have failed."""
        return f"snb:{{{quote(self.tenant, safe='')}/services}}:names"

    def service(self, name: str) -> str:
        """Hash, SERVICE_TTL: state of the breaker of one outside service, see `store/breakers.py`."""
        return f"snb:{{{quote(self.tenant, safe='')}/services}}:{quote(name, safe='')}"

    @property
    def results(self) -> ResultKeys:
        return ResultKeys(f"snb:{{{quote(self.tenant, safe='')}/results}}")

    @property
    def models(self) -> str:
        """Root of the tenant's model endpoints, for ever: see `store/endpoints.py`."""
        return f"snb:{{{quote(self.tenant, safe='')}/models}}"

    @property
    def budget(self) -> str:
        """Root of the tenant's budgets and of what was spent, for ever but for runs: see `store/budget.py`."""
        return f"snb:{{{quote(self.tenant, safe='')}/budget}}"

    def project(self, name: str) -> ProjectKeys:
        return ProjectKeys(f"snb:{{{quote(self.tenant, safe='')}/{quote(name, safe='')}}}")


@dataclass(frozen=True)
class ProjectKeys:
    """Keys of one project."""

    root: str

    @property
    def changes(self) -> str:
        """Stream, for ever: entry `<revision>-0` is a Change, see `store/entries.py`."""
        return f"{self.root}:changes"

    @property
    def head(self) -> str:
        """String, for ever: the latest revision."""
        return f"{self.root}:head"

    @property
    def snapshots(self) -> str:
        """Hash, for ever: revision to the project at it (zlib, JSON); thinned out with age."""
        return f"{self.root}:snapshots"

    @property
    def steps(self) -> str:
        """Hash, STEPS_TTL: `<run> NUL <step>` to the revision of the latest change that the step made."""
        return f"{self.root}:steps"

    @property
    def events(self) -> str:
        """Stream of about EVENTS_KEPT entries, EVENTS_TTL: field `e` is an Event (JSON), `o` names its publisher."""
        return f"{self.root}:events"

    @property
    def context(self) -> str:
        """Hash, CONTEXT_TTL: a field of the conversation's context to its value (JSON)."""
        return f"{self.root}:context"

    @property
    def tools(self) -> str:
        """Hash, for ever: name of an outside source of operations to what it takes to have it again (JSON)."""
        return f"{self.root}:tools"

    @property
    def runs(self) -> str:
        """Hash, CONVERSATION_TTL: run id to its RunState (zlib, JSON)."""
        return f"{self.root}:runs"

    def records(self, run: str) -> str:
        """Hash, RECORDS_TTL: step id to a StepState (JSON) that is newer than the run's RunState."""
        return f"{self.root}:records:{quote(run, safe='')}"

    def lease(self, run: str) -> str:
        """String, seconds: `<fence> <holder>` of the process that goes on with the run; see `store/leases.py`."""
        return f"{self.root}:lease:{quote(run, safe='')}"

    @property
    def fences(self) -> str:
        """Hash, RECORDS_TTL: run id to how often its lease was taken."""
        return f"{self.root}:fences"

    @property
    def numbers(self) -> str:
        """String, for ever: how many runs were begun, so that every run of the project has a number of its own."""
        return f"{self.root}:numbers"

    @property
    def measures(self) -> str:
        """Hash, MEASURES_TTL: `<operation> NUL <version> NUL <what>` to a number or a text, see `store/measures.py`."""
        return f"{self.root}:measures"

    def samples(self, operation: str) -> str:
        """List of SAMPLES_KEPT, MEASURES_TTL: latest calls of `<operation>@<version>`, newest first (JSON)."""
        return f"{self.root}:samples:{quote(operation, safe='@')}"

    def batch(self, token: str) -> str:
        """String, an hour: that a batch of measures was counted, so that none is counted twice."""
        return f"{self.root}:batch:{token}"

    @property
    def turns(self) -> str:
        """Sorted set, CONVERSATION_TTL: run id by the order in which runs began."""
        return f"{self.root}:turns"


@dataclass(frozen=True)
class ResultKeys:
    """Keys of the kept outcomes of a tenant, RESULTS_TTL each."""

    root: str

    @property
    def values(self) -> str:
        """Hash: digest of operation, version, arguments and content to the outcome (zlib, JSON)."""
        return f"{self.root}:values"

    @property
    def used(self) -> str:
        """Sorted set: the digests by when they were last used (seconds)."""
        return f"{self.root}:used"

    @property
    def bytes(self) -> str:
        """String: size of all values."""
        return f"{self.root}:bytes"


@dataclass(frozen=True)
class CheckpointKeys:
    """Keys of one LangGraph thread, CHECKPOINT_TTL each. A namespace is quoted."""

    root: str

    @property
    def namespaces(self) -> str:
        """Set: the namespaces that have checkpoints."""
        return f"{self.root}:ns"

    def index(self, namespace: str) -> str:
        """Sorted set, all of score 0: checkpoint ids, which sort by time."""
        return f"{self.root}:{quote(namespace, safe='')}:index"

    def checkpoints(self, namespace: str) -> str:
        """Hash: checkpoint id to parent id, checkpoint without values, metadata (msgpack)."""
        return f"{self.root}:{quote(namespace, safe='')}:cp"

    def blobs(self, namespace: str) -> str:
        """Hash: `<channel> NUL <version>` to a channel's value (msgpack)."""
        return f"{self.root}:{quote(namespace, safe='')}:blobs"

    def writes(self, namespace: str, checkpoint: str) -> str:
        """Hash: `<task> NUL <number>` to a pending write (msgpack)."""
        return f"{self.root}:{quote(namespace, safe='')}:w:{quote(checkpoint, safe='')}"


def quoted(name: str) -> str:
    return quote(name, safe="")


def unquoted(name: str) -> str:
    return unquote(name)
