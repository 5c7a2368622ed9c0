"""Calls to models, all through LiteLLM: a router that chooses, falls back, and keeps to limits and budgets."""

from spatialnb.llm.answers import Answer, Hop, Message, Priority, Task, ToolCall, Usage, Used, told
from spatialnb.llm.client import Model, Refused, TooLong
from spatialnb.llm.router import Router

__all__ = [
    "Answer",
    "Hop",
    "Message",
    "Model",
    "Priority",
    "Refused",
    "Router",
    "Task",
    "TooLong",
    "ToolCall",
    "Usage",
    "Used",
    "told",
]
