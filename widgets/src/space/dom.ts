// Small help with elements, so that what a part looks like is said in one place.
import { createElement, type IconNode } from 'lucide';

type Attributes = Record<string, string | boolean | undefined>;

/** An element with attributes and children; text children are text, never markup. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children);
  return element;
}

export function icon(node: IconNode, size = 17): SVGElement {
  return createElement(node, { width: size, height: size, 'stroke-width': 1.9, 'aria-hidden': 'true' });
}
