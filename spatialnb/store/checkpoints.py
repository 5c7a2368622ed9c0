"""LangGraph's checkpoints on plain Redis hashes and sorted sets: no modules are needed, so any Redis will do.

A checkpoint is stored without its channel values; each value is stored once, under its channel and version, and shared
by all checkpoints that have it. What a graph that is interrupted has finished is in the pending writes.

The asynchronous methods are the synchronous ones on a few threads of their own: they belong to no event loop and work
on any, also on several at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from secrets import randbelow
from typing import Any, TypeVar, cast

import ormsgpack
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_id,
    get_checkpoint_metadata,
    writes_sort_key,
)
from langgraph.checkpoint.serde.base import SerializerProtocol

from spatialnb.store.connection import Link
from spatialnb.store.keys import CHECKPOINT_TTL, CheckpointKeys, TenantKeys, quoted, unquoted

T = TypeVar("T")
Command = tuple[Any, ...]
WORKERS = 4


@dataclass(frozen=True)
class _Place:
    """A thread's namespace."""

    thread: str
    namespace: str
    keys: CheckpointKeys

    def config(self, checkpoint: str) -> RunnableConfig:
        return {
            "configurable": {
                "thread_id": self.thread,
                "checkpoint_ns": self.namespace,
                "checkpoint_id": checkpoint,
            }
        }

    @property
    def index(self) -> str:
        return self.keys.index(self.namespace)

    @property
    def checkpoints(self) -> str:
        return self.keys.checkpoints(self.namespace)

    @property
    def blobs(self) -> str:
        return self.keys.blobs(self.namespace)

    def writes(self, checkpoint: str) -> str:
        return self.keys.writes(self.namespace, checkpoint)


class CheckpointStore(BaseCheckpointSaver[str]):
    """A checkpointer for LangGraph, for threads of any project. Close it when the event loops that use it are done.

    `prune` with `keep_latest` takes out every ancestor, as its contract says, so it is not for graphs with a
    `DeltaChannel`, whose values live in their ancestors.
    """

    def __init__(self, link: Link, keys: TenantKeys, *, serde: SerializerProtocol | None = None) -> None:
        super().__init__(serde=serde)
        self._link = link
        self._keys = keys
        self._threads = ThreadPoolExecutor(WORKERS, thread_name_prefix="spatialnb-checkpoints")

    def close(self) -> None:
        self._threads.shutdown(wait=True)

    # -- writing ------------------------------------------------------------------------------------------------------
    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint and the channel values that are new in it."""
        place = self._place(config)
        bare = cast("dict[str, Any]", dict(checkpoint))
        values: dict[str, Any] = bare.pop("channel_values")
        packed = ormsgpack.packb(
            [
                get_checkpoint_id(config) or "",
                *self.serde.dumps_typed(bare),
                *self.serde.dumps_typed(get_checkpoint_metadata(config, metadata)),
            ]
        )
        checkpoint_id = checkpoint["id"]
        commands: list[Command] = [
            ("SADD", place.keys.namespaces, quoted(place.namespace)),
            ("ZADD", place.index, 0, checkpoint_id),
            ("HSET", place.checkpoints, checkpoint_id, packed),
        ]
        blobs: list[Any] = []
        for channel, version in new_versions.items():
            # A channel that is empty has no value in a checkpoint, and no blob here.
            if channel in values:
                value = ormsgpack.packb(list(self.serde.dumps_typed(values[channel])))
                blobs += [_blob_field(channel, version), value]
        if blobs:
            commands.append(("HSET", place.blobs, *blobs))
        touched = {command[1] for command in commands}
        self._do([*commands, *(("EXPIRE", key, CHECKPOINT_TTL) for key in sorted(touched))])
        if not get_checkpoint_id(config):
            # In another slot of a cluster than the thread's own keys, and needed only to list every thread.
            self._do([("SADD", self._keys.threads, quoted(place.thread))])
        return place.config(checkpoint_id)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Store what a task of the next step has written. A write that is there stays, but for errors and the like."""
        place = self._place(config)
        key = place.writes(config["configurable"]["checkpoint_id"])  # pyright: ignore[reportTypedDictNotRequiredAccess]
        commands: list[Command] = []
        for number, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, number)
            packed = ormsgpack.packb([task_path, channel, *self.serde.dumps_typed(value)])
            commands.append(("HSETNX" if index >= 0 else "HSET", key, f"{task_id}\0{index}", packed))
        if commands:
            self._do([*commands, ("EXPIRE", key, CHECKPOINT_TTL)])

    # -- reading ------------------------------------------------------------------------------------------------------
    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that `config` names, or the latest of its thread and namespace."""
        place = self._place(config)
        if named := get_checkpoint_id(config):
            return self._load(place, named, config)
        latest = self._ask("ZREVRANGEBYLEX", place.index, "+", "-", "LIMIT", 0, 1)
        return self._load(place, latest[0].decode()) if latest else None

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Checkpoints, newest first, whose metadata have every value of `filter`."""
        count = 0
        for place, checkpoint_id in self._listed(config, before):
            if limit is not None and count >= limit:
                return
            found = self._load(place, checkpoint_id, wanted=filter)
            if found is not None:
                count += 1
                yield found

    def _listed(self, config: RunnableConfig | None, before: RunnableConfig | None) -> Iterator[tuple[_Place, str]]:
        upto = f"({found}" if before and (found := get_checkpoint_id(before)) else "+"
        only = get_checkpoint_id(config) if config else None
        for place in self._places(config):
            for raw in self._ask("ZREVRANGEBYLEX", place.index, upto, "-"):
                if only is None or raw.decode() == only:
                    yield place, raw.decode()

    def _places(self, config: RunnableConfig | None) -> Iterator[_Place]:
        if config is None:
            threads = [unquoted(raw.decode()) for raw in self._ask("SMEMBERS", self._keys.threads)]
        else:
            threads = [self._place(config).thread]
        wanted: str | None = config["configurable"].get("checkpoint_ns") if config else None  # pyright: ignore
        for thread in sorted(threads):
            for place in self._namespaces(thread):
                if wanted is None or place.namespace == wanted:
                    yield place

    def _namespaces(self, thread: str) -> Iterator[_Place]:
        keys = self._keys.checkpoints(thread)
        for namespace in sorted(unquoted(raw.decode()) for raw in self._ask("SMEMBERS", keys.namespaces)):
            yield _Place(thread, namespace, keys)

    def _load(
        self,
        place: _Place,
        checkpoint_id: str,
        config: RunnableConfig | None = None,
        wanted: dict[str, Any] | None = None,
    ) -> CheckpointTuple | None:
        raw, writes = self._do([("HGET", place.checkpoints, checkpoint_id), ("HGETALL", place.writes(checkpoint_id))])
        if raw is None:
            return None
        parent, kind, data, metadata_kind, metadata_data = ormsgpack.unpackb(raw)
        metadata = self.serde.loads_typed((metadata_kind, metadata_data))
        if wanted and any(metadata.get(name) != value for name, value in wanted.items()):
            return None
        bare = self.serde.loads_typed((kind, data))
        return CheckpointTuple(
            config=config or place.config(checkpoint_id),
            checkpoint=cast(Checkpoint, {**bare, "channel_values": self._values(place, bare["channel_versions"])}),
            metadata=metadata,
            parent_config=place.config(parent) if parent else None,
            pending_writes=self._pending(_as_dict(writes)),
        )

    def _values(self, place: _Place, versions: ChannelVersions) -> dict[str, Any]:
        if not versions:
            return {}
        fields = [_blob_field(channel, version) for channel, version in versions.items()]
        values: dict[str, Any] = {}
        for channel, blob in zip(versions, self._ask("HMGET", place.blobs, *fields), strict=True):
            if blob is not None:
                kind, data = ormsgpack.unpackb(blob)
                values[channel] = self.serde.loads_typed((kind, data))
        return values

    def _pending(self, writes: dict[bytes, bytes]) -> list[tuple[str, str, Any]]:
        found: list[tuple[Any, tuple[str, str, Any]]] = []
        for field, packed in writes.items():
            task, _, index = field.decode().partition("\0")
            path, channel, kind, data = ormsgpack.unpackb(packed)
            write = (task, channel, self.serde.loads_typed((kind, data)))
            found.append((writes_sort_key(path, task, int(index)), write))
        return [write for _, write in sorted(found, key=lambda pair: pair[0])]

    # -- taking out and copying ---------------------------------------------------------------------------------------
    def delete_thread(self, thread_id: str) -> None:
        """Take out every checkpoint of a thread."""
        keys = self._keys.checkpoints(thread_id)
        for place in self._namespaces(thread_id):
            gone = [place.writes(checkpoint_id) for checkpoint_id in self._ids(place)]
            self._do([("DEL", place.index, place.checkpoints, place.blobs, *gone)])
        self._do([("DEL", keys.namespaces)])
        self._do([("SREM", self._keys.threads, quoted(thread_id))])

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Take out all but the latest checkpoint of each namespace, or, with `delete`, all."""
        for thread in thread_ids:
            if strategy == "delete":
                self.delete_thread(thread)
            else:
                for place in self._namespaces(thread):
                    self._drop(place, self._ids(place)[:-1])

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Take out the checkpoints that these runs have made, in any thread."""
        wanted = set(run_ids)
        for place in self._places(None) if wanted else ():
            gone: list[str] = []
            for raw_id, raw in _as_dict(self._ask("HGETALL", place.checkpoints)).items():
                *_, kind, data = ormsgpack.unpackb(raw)
                if self.serde.loads_typed((kind, data)).get("run_id") in wanted:
                    gone.append(raw_id.decode())
            self._drop(place, gone)

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy every checkpoint of a thread to another one."""
        keys = self._keys.checkpoints(target_thread_id)
        for place in self._namespaces(source_thread_id):
            other = _Place(target_thread_id, place.namespace, keys)
            ids = self._ids(place)
            pairs = [(place.index, other.index), (place.checkpoints, other.checkpoints), (place.blobs, other.blobs)]
            pairs += [(place.writes(i), other.writes(i)) for i in ids]
            # By its bytes: a plain COPY cannot cross the slots of a cluster.
            dumps = self._do([("DUMP", source) for source, _ in pairs])
            restores: list[Command] = [
                ("RESTORE", target, CHECKPOINT_TTL * 1000, dump, "REPLACE")
                for (_, target), dump in zip(pairs, dumps, strict=True)
                if dump is not None
            ]
            names: list[Command] = [
                ("SADD", keys.namespaces, quoted(place.namespace)),
                ("EXPIRE", keys.namespaces, CHECKPOINT_TTL),
            ]
            self._do([*restores, *names])
        self._do([("SADD", self._keys.threads, quoted(target_thread_id))])

    def _ids(self, place: _Place) -> list[str]:
        """Checkpoint ids, oldest first."""
        return [raw.decode() for raw in self._ask("ZRANGEBYLEX", place.index, "-", "+")]

    def _drop(self, place: _Place, gone: Sequence[str]) -> None:
        """Take out some checkpoints, and the channel values that no other one has."""
        if not gone:
            return
        self._do(
            [
                ("ZREM", place.index, *gone),
                ("HDEL", place.checkpoints, *gone),
                ("DEL", *(place.writes(checkpoint_id) for checkpoint_id in gone)),
            ]
        )
        used: set[bytes] = set()
        for raw in self._ask("HVALS", place.checkpoints):
            _, kind, data, *_ = ormsgpack.unpackb(raw)
            versions: ChannelVersions = self.serde.loads_typed((kind, data))["channel_versions"]
            used |= {_blob_field(channel, version) for channel, version in versions.items()}
        unused = [field for field in self._ask("HKEYS", place.blobs) if field not in used]
        if unused:
            self._do([("HDEL", place.blobs, *unused)])

    # -- on an event loop ---------------------------------------------------------------------------------------------
    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """As `put`."""
        return await self._off_loop(lambda: self.put(config, checkpoint, metadata, new_versions))

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """As `put_writes`."""
        await self._off_loop(lambda: self.put_writes(config, writes, task_id, task_path))

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """As `get_tuple`."""
        return await self._off_loop(lambda: self.get_tuple(config))

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """As `list`."""
        found = self.list(config, filter=filter, before=before, limit=limit)
        while (one := await self._off_loop(lambda: next(found, None))) is not None:
            yield one

    async def adelete_thread(self, thread_id: str) -> None:
        """As `delete_thread`."""
        await self._off_loop(lambda: self.delete_thread(thread_id))

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """As `prune`."""
        await self._off_loop(lambda: self.prune(thread_ids, strategy=strategy))

    async def adelete_for_runs(self, run_ids: Sequence[str]) -> None:
        """As `delete_for_runs`."""
        await self._off_loop(lambda: self.delete_for_runs(run_ids))

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """As `copy_thread`."""
        await self._off_loop(lambda: self.copy_thread(source_thread_id, target_thread_id))

    def get_next_version(self, current: str | None, channel: None) -> str:  # noqa: ARG002 - its contract
        """A version that sorts after `current`; two branches that go on from it get different ones."""
        number = 0 if current is None else int(current.split(".")[0])
        return f"{number + 1:032}.{randbelow(10**16):016}"

    async def _off_loop(self, action: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, action)

    # -- Redis --------------------------------------------------------------------------------------------------------
    def _place(self, config: RunnableConfig) -> _Place:
        configurable: dict[str, Any] = config["configurable"]  # pyright: ignore[reportTypedDictNotRequiredAccess]
        thread = str(configurable["thread_id"])
        return _Place(thread, configurable.get("checkpoint_ns") or "", self._keys.checkpoints(thread))

    def _ask(self, *command: Any) -> Any:
        return self._do([command])[0]

    def _do(self, commands: Iterable[Command]) -> list[Any]:
        """The replies to some commands on one thread's keys, made as one step."""
        todo = list(commands)

        def action(client: Any) -> list[Any]:
            if len(todo) == 1:
                return [client.execute_command(*todo[0])]
            with client.pipeline(transaction=True) as pipe:
                for command in todo:
                    pipe.execute_command(*command)
                return pipe.execute()

        return self._link.run(action)


def _blob_field(channel: str, version: object) -> bytes:
    return f"{channel}\0{version}".encode()


def _as_dict(reply: Any) -> dict[bytes, bytes]:
    """A hash, from a reply that redis-py may have left as a flat list."""
    if isinstance(reply, dict):
        return cast("dict[bytes, bytes]", reply)
    return dict(zip(reply[::2], reply[1::2], strict=True))
