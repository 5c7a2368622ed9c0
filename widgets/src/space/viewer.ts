// The viewer of an exported space: the same stage without a kernel, orbit and walk, opened from disk.
//
// A page opened by `file://` may not fetch, may not import modules, and a picture or film loaded from disk may not be used
// by WebGL. So an export carries its data in classic scripts. The contract with the exporter (`spatialnb/targets/web.py`):
//
//   index.html      holds `<div id="spatialnb"></div>`, then the two scripts below, in this order, at the end of its body
//   scene.js        `window.SPATIALNB_SCENE = {...};` a `Scene` (see protocol.ts) as JSON. `media_base` is not used.
//                   Set `environment.navigation` ("orbit" or "walk") and `environment.camera` for how one arrives.
//   viewer.js       this file, copied from the package's static folder
//   media/<hash>.js one for each hash that the scene names and each page of its atlas:
//                   `window.SPATIALNB_MEDIA("<hash>", "<mime>", "<base64>");`
//                   Loaded on demand with a script tag, relative to the page.
//   title           the page's `<title>`, shown in the corner; the project's name if it is empty
//
// The viewer fills the element: give it a size (a full page: `html, body, #spatialnb { height: 100%; margin: 0 }`).
// For tests, the element carries `data-revision` once a frame was drawn, `data-ready` once all pictures in view have come, and
// `__viewer.describe()`.
import { followTheme, lessMotion } from '../bridge.ts';
import { decode, Line, type MediaSource } from '../media.ts';
import type { Scene } from '../protocol.ts';
import css from './space.css';
import viewerCss from './viewer.css';
import { h } from './dom.ts';
import { Overlays } from './overlays.ts';
import { Orbit } from './orbit.ts';
import { pick, rayAt } from './pick.ts';
import { Scenery } from './scenery.ts';
import { Stage } from './stage.ts';
import { Walk } from './walk.ts';

interface Page {
  SPATIALNB_SCENE?: Scene;
  SPATIALNB_MEDIA?: (hash: string, mime: string, base64: string) => void;
}
const page = window as unknown as Page;

/** Media of an export: a script for each. */
class PageMedia implements MediaSource {
  readonly #waiting = new Map<string, (blob: Blob) => void>();
  readonly #blobs = new Map<string, Promise<Blob>>();
  readonly #urls = new Map<string, string>();
  readonly #line = new Line(6);

  constructor() {
    page.SPATIALNB_MEDIA = (hash, mime, base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      this.#waiting.get(hash)?.(new Blob([bytes], { type: mime }));
      this.#waiting.delete(hash);
    };
  }

  blob(hash: string): Promise<Blob> {
    let found = this.#blobs.get(hash);
    if (!found) this.#blobs.set(hash, (found = this.#line.run(() => this.#load(hash))));
    return found;
  }

  async bitmap(hash: string): Promise<ImageBitmap> {
    return decode(await this.blob(hash));
  }

  async url(hash: string): Promise<string> {
    const blob = await this.blob(hash);
    const known = this.#urls.get(hash) ?? URL.createObjectURL(blob);
    this.#urls.set(hash, known);
    return known;
  }

  #load(hash: string): Promise<Blob> {
    return new Promise((resolve, reject) => {
      const script = h('script', { src: `media/${encodeURIComponent(hash)}.js`, async: true });
      this.#waiting.set(hash, resolve);
      script.onload = () => {
        script.remove();
        if (this.#waiting.delete(hash)) reject(new Error(`media/${hash}.js holds something else.`));
      };
      script.onerror = () => reject(new Error(`media/${hash}.js is missing from this export.`));
      document.head.append(script);
    });
  }
}

function open(root: HTMLElement, scene: Scene): void {
  const { signal } = new AbortController();
  root.classList.add('spatialnb', 'spatialnb-space', 'spatialnb-viewer');
  root.tabIndex = 0;
  followTheme(root, signal);
  const viewport = h('div', { class: 'snbspace-viewport' });
  const title = h('div', { class: 'snbspace-title' }, document.title || scene.project);
  const hint = h('div', { class: 'snbspace-hint' });
  root.append(h('style', {}, css + viewerCss), viewport, title, hint);
  const overlays = new Overlays(root, signal);
  overlays.arrived();
  overlays.empty(false);

  const stage = new Stage(viewport, signal);
  const orbit = new Orbit(stage, viewport, signal);
  const scenery = new Scenery(stage, new PageMedia(), root.dataset['theme'] === 'dark', signal);
  const { world } = scenery;
  world.duration = lessMotion() ? 0 : 250;
  orbit.controls.enableZoom = true;
  stage.onImpossible = () => root.append(h('div', { class: 'snbspace-empty' }, h('h3', {}, 'This browser cannot draw the space'), h('p', {}, 'It gives no WebGL2.')));

  scenery.onTrouble = (text) => overlays.notice(text, 'warning');

  const wear = () => {
    const palette = scenery.dress(scene.environment, root.dataset['theme'] === 'dark');
    root.classList.toggle('snbspace-dark', palette.dark);
    root.style.setProperty('--snb-accent', palette.accent);
    root.style.setProperty('--snb-text', palette.text);
    root.style.setProperty('--snb-ground', palette.horizon);
  };
  wear();
  root.addEventListener('themechange', wear);
  scene.groups.forEach((group) => world.groups.set(group.id, group));
  void scenery.panels.useAtlas(scene.atlas).catch((error: unknown) => console.warn('spatialnb: no atlas', error));
  scene.items.forEach((item) => world.put(item, 'jump'));
  scenery.fit();
  if (scene.environment.camera) orbit.goTo(scene.environment.camera, true);
  else orbit.frame(world.corners(), { jump: true, first: true });

  const walk = new Walk(stage, orbit, root, viewport, signal);
  const say = () => {
    hint.textContent = walk.active
      ? 'W A S D or arrows walk · drag to look · Shift runs · Q E down and up · O to orbit'
      : 'Drag to look around · wheel to come near · double click to visit · click plays films and sounds · W to walk';
    root.dataset['navigation'] = walk.active ? 'walk' : 'orbit';
  };
  walk.onChange = say;
  if (scene.environment.navigation === 'walk') walk.start();
  say();
  clicks(viewport, stage, scenery, orbit, walk);
  stage.drawn.add(() => {
    root.dataset['revision'] = String(scene.revision);
    if (scenery.pictures.settled) root.dataset['ready'] = 'true';
  });
  const describe = () => ({
    revision: scene.revision, camera: stage.camera.position.toArray(), target: orbit.target.toArray(), walking: walk.active,
    settled: scenery.pictures.settled, playing: [...world.things.keys()].filter((id) => scenery.isPlaying(id)),
    items: [...world.present()].map(({ id, item, shown }) => ({ id, kind: item.kind, screen: stage.project(shown.position) })),
  });
  (root as HTMLElement & { __viewer?: unknown }).__viewer = { describe };
  root.focus({ preventScroll: true });
}

/** A click plays films and sounds, a double click goes to a thing. */
function clicks(viewport: HTMLElement, stage: Stage, scenery: Scenery, orbit: Orbit, walk: Walk): void {
  let from = { x: 0, y: 0 };
  const at = (event: MouseEvent) => ({ x: event.offsetX, y: event.offsetY });
  viewport.addEventListener('pointerdown', (event) => (from = at(event)));
  viewport.addEventListener('click', (event) => {
    const { x, y } = at(event);
    if (Math.hypot(x - from.x, y - from.y) > 5) return;
    const hit = pick(scenery.world, rayAt(stage, x, y));
    if (hit) scenery.play(hit.thing.id);
  });
  viewport.addEventListener('dblclick', (event) => {
    const { x, y } = at(event);
    const hit = pick(scenery.world, rayAt(stage, x, y));
    if (!hit) return;
    walk.stop();
    orbit.visit(hit.thing.shown);
  });
}

const root = document.getElementById('spatialnb') ?? document.body.appendChild(h('div', { id: 'spatialnb' }));
if (page.SPATIALNB_SCENE) open(root, page.SPATIALNB_SCENE);
else root.append('scene.js is missing beside this page.');
