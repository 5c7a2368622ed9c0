"""Calls to language models, all through LiteLLM."""

from spatialnb.llm.client import Answer, Message, Model, Refused, ToolCall

__all__ = ["Answer", "Message", "Model", "Refused", "ToolCall"]
