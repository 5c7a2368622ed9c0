// Small help with elements.
type Attributes = Record<string, string | boolean | undefined>;

/** An element with a class, attributes and children. Text is always text, never markup. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  name = '',
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (name) element.className = name;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, '');
    else if (typeof value === 'string') element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** A button that says what it does. */
export function button(name: string, label: string, content: (Node | string)[], act: () => void): HTMLButtonElement {
  const made = el('button', `snb-button ${name}`, { type: 'button' }, ...content);
  made.title = label;
  made.setAttribute('aria-label', label);
  made.addEventListener('click', act);
  return made;
}

/**
 * Begins a new line in a text area. JupyterLab forbids line breaks that a key makes anywhere in a cell but in its editor, so
 * this takes the key and makes one itself.
 */
export function breakLine(event: KeyboardEvent, area: HTMLTextAreaElement): void {
  event.preventDefault();
  area.setRangeText('\n', area.selectionStart, area.selectionEnd, 'end');
  area.dispatchEvent(new Event('input', { bubbles: true }));
}
