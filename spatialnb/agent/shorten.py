"""Makes a conversation fit: what was said longest ago goes first, then the length of results, never the request."""

from __future__ import annotations

from collections.abc import Sequence

from spatialnb.llm import Message

LONGEST_TALK = 60_000
"""Characters of a conversation, the system's message aside, that a model is told at most; about 15,000 tokens."""
RESULTS = (500, 120, 40)
"""Characters that results of earlier rounds are cut to, one level after the other."""
LEVELS = len(RESULTS)


def fitted(messages: Sequence[Message], longest: int = LONGEST_TALK) -> list[Message]:
    """`messages`, shortened as far as is needed to stay within `longest` characters."""
    fit = list(messages)
    for level in range(1, LEVELS + 1):
        if _length(fit) <= longest:
            break
        fit = shortened(fit, level)
    return fit


def shortened(messages: Sequence[Message], level: int) -> list[Message]:
    """`messages` without half (level 1) or all of the turns before this one, and with earlier results cut."""
    own = _own(messages)
    earlier = messages[1:own]
    kept = earlier[2 * ((len(earlier) // 2 + 1) // 2) :] if level == 1 else []
    told = list(messages[own:])
    last = max((at for at, message in enumerate(told) if message["role"] == "assistant"), default=0)
    longest = RESULTS[min(level, LEVELS) - 1]
    short = [
        {**message, "content": cut(str(message["content"]), longest if at < last else 4 * longest)}
        if message["role"] == "tool"
        else message
        for at, message in enumerate(told)
    ]
    return [messages[0], *kept, *short]


def cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}… (shortened)"


def _own(messages: Sequence[Message]) -> int:
    """Where this turn's request stands: after the pairs of what was asked and answered before."""
    at = 1
    while (
        at + 1 < len(messages)
        and messages[at]["role"] == "user"
        and messages[at + 1]["role"] == "assistant"
        and not messages[at + 1].get("tool_calls")
    ):
        at += 2
    return at


def _length(messages: Sequence[Message]) -> int:
    return sum(
        len(str(message.get("content") or "")) + len(str(message.get("tool_calls") or "")) for message in messages[1:]
    )
