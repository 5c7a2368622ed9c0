// A reply's Markdown as elements: parsed by marked, then cleaned of everything that could run, load or submit.
import createDOMPurify from 'dompurify';
import { Marked } from 'marked';

const marked = new Marked({ gfm: true, breaks: true });
const purify = createDOMPurify(window);
// A reply comes from a model: no forms, frames or styles, and no pictures either, for their address would carry words out.
const FORBIDDEN = ['style', 'form', 'input', 'button', 'textarea', 'select', 'img', 'picture', 'video', 'audio', 'source', 'svg', 'math', 'iframe', 'object', 'embed'];

purify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName !== 'A') return;
  node.setAttribute('target', '_blank');
  node.setAttribute('rel', 'noopener noreferrer');
});

export function markdown(text: string): DocumentFragment {
  return purify.sanitize(marked.parse(text, { async: false }), {
    RETURN_DOM_FRAGMENT: true,
    USE_PROFILES: { html: true },
    FORBID_TAGS: FORBIDDEN,
    FORBID_ATTR: ['style', 'class', 'id', 'name'],
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  });
}
