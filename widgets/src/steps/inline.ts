// A line or two of Markdown as elements: **bold**, *slanted*, `code`, links and list dashes. It builds nodes and never
// parses HTML, so there is nothing to clean; whole replies go through the chat's Markdown instead.
import { el } from './dom.ts';

const SPAN = /\*\*([^*]+)\*\*|(?<![\w*])[*_]([^*_]+)[*_](?![\w*])|`([^`]+)`|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/g;

export function inlineMarkdown(text: string): DocumentFragment {
  const out = document.createDocumentFragment();
  for (const line of text.split(/\n+/).filter((each) => each.trim())) {
    const item = /^\s*(?:[-*+]|\d+\.)\s+/.exec(line);
    out.append(el('p', item ? 'snb-item' : '', {}, ...spans(item ? line.slice(item[0].length) : line.replace(/^#+\s*/, ''))));
  }
  return out;
}

function spans(line: string): (Node | string)[] {
  const parts: (Node | string)[] = [];
  let at = 0;
  for (const match of line.matchAll(SPAN)) {
    parts.push(line.slice(at, match.index));
    const [whole, bold, slanted, code, label, address] = match;
    if (bold) parts.push(el('strong', '', {}, bold));
    else if (slanted) parts.push(el('em', '', {}, slanted));
    else if (code) parts.push(el('code', '', {}, code));
    else if (label && address) parts.push(el('a', '', { href: address, target: '_blank', rel: 'noopener noreferrer' }, label));
    at = match.index + whole.length;
  }
  parts.push(line.slice(at));
  return parts;
}
