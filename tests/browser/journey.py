"""What a person does in a notebook with a chat and a space, in steps that tests are written with."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator

from tests.lab import Notebook

DESCRIBE = "() => document.querySelector('[data-revision]')?.__space?.describe()"


def chat_input(notebook: Notebook) -> Locator:
    return notebook.page.get_by_label("Message").first


def ask(notebook: Notebook, words: str) -> None:
    """Type a request into the chat and send it with Enter."""
    field = chat_input(notebook)
    field.click()
    notebook.page.keyboard.type(words)
    notebook.page.keyboard.press("Enter")


def scene(notebook: Notebook) -> dict[str, Any]:
    """What the space shows now."""
    return notebook.page.evaluate(DESCRIBE)


DRAWN = """revision => {
  const root = document.querySelector('[data-revision]');
  // Outputs that grow above it push it out of view, where it rests.
  root?.scrollIntoView({ block: 'center' });
  const described = root?.__space?.describe();
  return described && described.revision >= revision && described.settled ? described : null;
}"""


def drawn(notebook: Notebook, revision: int) -> dict[str, Any]:
    """Keep the space in view until it has drawn at least this revision and nothing moves any more."""
    return notebook.wait(DRAWN, revision)


def item_in(described: dict[str, Any], item: str) -> dict[str, Any]:
    return next(each for each in described["items"] if each["id"] == item)


def evaluate(notebook: Notebook, expression: str) -> Any:
    """The value of a Python expression in the kernel, by way of JSON."""
    import json

    return json.loads(notebook.execute(f"import json\nprint(json.dumps({expression}))"))
