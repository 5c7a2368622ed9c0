// What came of a step: words, pictures, a sound, a film, files, a table.
import type { MediaSource } from '../media.ts';
import type { StepState } from '../protocol.ts';
import { el } from './dom.ts';
import { inlineMarkdown } from './inline.ts';
import { tableOf } from './table.ts';

export function preview(step: StepState, media: MediaSource): HTMLElement[] {
  const { text, images, audio, video, files } = step.preview;
  const parts: HTMLElement[] = [];
  if (text) parts.push(el('div', 'snb-text', {}, inlineMarkdown(text)));
  if (images.length) parts.push(el('div', 'snb-pictures', {}, ...images.slice(0, 6).map((hash) => picture(hash, step.title, media))));
  if (video) parts.push(player('video', video, media));
  if (audio) parts.push(player('audio', audio, media));
  if (files.length) parts.push(el('p', 'snb-files', {}, ...files.map((file) => el('code', '', {}, file))));
  const table = tableOf(step.result);
  if (table) parts.push(table);
  return parts;
}

/** A picture that takes no room until it is there, and none when it is not to be had. */
export function picture(hash: string, title: string, media: MediaSource): HTMLImageElement {
  const image = el('img', 'snb-picture', { alt: title, decoding: 'async', 'data-loading': true });
  image.addEventListener('load', () => delete image.dataset['loading']);
  image.addEventListener('error', () => image.remove());
  media.url(hash).then(
    (url) => (image.src = url),
    () => image.remove(),
  );
  return image;
}

function player(tag: 'audio' | 'video', hash: string, media: MediaSource): HTMLElement {
  const element = el(tag, `snb-${tag}`, { controls: true, preload: 'metadata' });
  media.url(hash).then(
    (url) => (element.src = url),
    () => element.replaceWith(el('p', 'snb-quiet', {}, `The ${tag === 'audio' ? 'sound' : 'film'} cannot be loaded.`)),
  );
  return element;
}
