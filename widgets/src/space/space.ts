// The space widget: builds its parts and lets them know of each other. Nothing else happens here.
import type { Mount } from '../bridge.ts';
import { lessMotion } from '../bridge.ts';
import type { FromSpace, LookMessage, PatchMessage, Scene, ToSpace } from '../protocol.ts';
import { actionFor, keyOf, type Actor } from './actions.ts';
import { describe } from './describe.ts';
import { h } from './dom.ts';
import { Gizmo } from './gizmo.ts';
import { Hand } from './hand.ts';
import { Inspector } from './inspector.ts';
import { obey } from './obey.ts';
import { Nudge } from './nudge.ts';
import { Orbit } from './orbit.ts';
import { Overlays } from './overlays.ts';
import type { Palette } from './palette.ts';
import { Pointer } from './pointer.ts';
import { Scenery } from './scenery.ts';
import { Selection } from './selection.ts';
import { Stage } from './stage.ts';
import { Still } from './still.ts';
import { Sync } from './sync.ts';
import { Toolbar } from './toolbar.ts';

/** How long the first picture waits for the small pictures of all things; then it is shown with blanks in their place. */
const PAGES_MS = 160;
/** How long it waits for the scene; then the empty place is shown. */
const SCENE_MS = 600;
/** How long something that is pointed out glows. */
const GLOW_MS = 1800;
/** Messages that change what is seen. */
const HASTY: ReadonlySet<ToSpace['type']> = new Set(['patch', 'hand', 'selection', 'look', 'act']);

export class Space implements Actor {
  project = '';
  readonly viewport = h('div', { class: 'snbspace-viewport' });
  readonly stage: Stage;
  readonly orbit: Orbit;
  readonly scenery: Scenery;
  readonly selection: Selection;
  readonly sync: Sync;
  readonly hand: Hand;
  readonly gizmo: Gizmo;
  readonly nudge: Nudge;
  readonly #pointer: Pointer;
  readonly #toolbar: Toolbar;
  readonly #inspector: Inspector;
  readonly #overlays: Overlays;
  readonly #context: Mount<ToSpace, FromSpace>;
  #missing = new Set<string>();

  #wasEmpty = true;
  #glowing: ReturnType<typeof setTimeout> | undefined;
  #camera: string | null = null;

  constructor(context: Mount<ToSpace, FromSpace>) {
    const { root, link, media, signal, view, model } = context;
    this.#context = context;
    root.tabIndex = 0;
    root.setAttribute('role', 'application');
    root.setAttribute('aria-label', '3D space. Press question mark for help.');
    root.style.setProperty('--snb-height', `${Number(model.get('height')) || 540}px`);
    root.append(this.viewport);

    this.stage = new Stage(this.viewport, signal);
    this.orbit = new Orbit(this.stage, this.viewport, signal);
    this.scenery = new Scenery(this.stage, media, this.#dark, signal);
    const { world } = this.scenery;
    world.duration = lessMotion() ? 0 : 250;
    this.selection = new Selection(world);
    this.#overlays = new Overlays(root, signal);
    this.sync = new Sync(link, world, view, {
      coming: (scene) => this.#onComing(scene),
      scene: (scene, first) => this.#onScene(scene, first),
      patched: (patch, own) => this.#onPatch(patch, own),
      selected: (ids) => this.selection.set(ids, false),
      look: (message) => this.#onLook(message),
      notice: ({ text, level }) => this.#overlays.notice(text, level),
      refused: (error) => this.#overlays.notice(error, 'error'),
      accepted: (summary) => summary && this.#overlays.news(summary),
    });
    // What the kernel says is drawn in the task that hears it, not a frame later.
    link.listen((message) => void (HASTY.has(message.type) && this.stage.hurry()));
    link.listen((message) => {
      if (message.type === 'act' && obey(this, message)) link.send({ type: 'acted', id: message.id });
    });
    this.hand = new Hand(world, this.sync);
    this.nudge = new Nudge(this.stage, this.selection, this.hand);
    this.gizmo = new Gizmo(this.stage, world, this.selection, this.hand, this.viewport, signal);
    this.#pointer = new Pointer(
      {
        stage: this.stage, world, selection: this.selection, hand: this.hand, gizmo: this.gizmo, orbit: this.orbit, element: this.viewport,
        events: {
          hint: (text) => this.#overlays.hint(text),
          notice: (text) => this.#overlays.notice(text),
          play: (id) => this.scenery.play(id),
          visit: (ids) => this.orbit.frame(world.corners(ids)),
        },
      },
      signal,
    );
    this.#toolbar = new Toolbar(root, this);
    this.#inspector = new Inspector(root, {
      world, selection: this.selection, hand: this.hand, play: (id) => this.scenery.play(id), isPlaying: (id) => this.scenery.isPlaying(id),
    });
    this.#connect(signal);
    this.#wear(this.scenery.palette);
    (root as HTMLElement & { __space?: unknown }).__space = { describe: () => describe(this), space: this };
    this.stage.hold(new Promise(() => undefined), SCENE_MS);
    this.stage.prepare();
    this.sync.ready(link.greeted);
  }

  get world() {
    return this.scenery.world;
  }

  // -- what actions ask for ------------------------------------------------------------------------------------------
  armBox(): void {
    this.#pointer.boxArmed = true;
    this.viewport.style.cursor = 'crosshair';
    this.#overlays.hint('Draw a box around what you want to select · Esc to leave');
  }

  toggleHelp(): void {
    this.#overlays.toggleHelp();
  }

  /** Let everything but these fade, or (null) nothing. */
  attend(focus: ReadonlySet<string> | null): void {
    this.world.attend(focus);
    this.#overlays.hint(focus && `In focus: ${focus.size} ${focus.size === 1 ? 'thing' : 'things'} · Esc shows everything`);
  }

  openHelp(): void {
    this.#overlays.openHelp();
  }

  glow(ids: readonly string[]): void {
    clearTimeout(this.#glowing);
    this.world.mark(new Set([...this.selection.ids, ...ids]), this.selection.hover);
    this.#glowing = setTimeout(() => this.world.mark(this.selection.ids, this.selection.hover), GLOW_MS);
  }

  toggleFullscreen(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    else this.#context.root.requestFullscreen().catch((error: Error) => this.notice(`No full screen here: ${error.message}`));
  }

  play(ids: Iterable<string>): void {
    for (const id of ids) this.scenery.play(id);
    this.#inspector.refresh();
  }

  cancel(): void {
    if (this.#overlays.helpOpen) return this.#overlays.toggleHelp();
    if (this.#pointer.boxArmed) {
      this.#pointer.boxArmed = false;
      this.viewport.style.cursor = '';
      return this.#overlays.hint(null);
    }
    if (this.#pointer.cancel()) return;
    if (this.world.focus) return this.attend(null);
    if (this.gizmo.tool !== 'select') this.gizmo.use('select');
    else this.selection.set([]);
  }

  notice(text: string): void {
    this.#overlays.notice(text);
  }

  // -- what comes in -------------------------------------------------------------------------------------------------
  #onComing(scene: Scene): void {
    this.project = scene.project;
    this.#context.media.base = scene.media_base;
    const pages = this.scenery.panels.useAtlas(scene.atlas).catch((error: unknown) => console.warn('spatialnb: no atlas', error));
    if (this.sync.first) this.stage.hold(pages, PAGES_MS);
  }

  #onScene(scene: Scene, first: boolean): void {
    this.#overlays.arrived();
    this.#wear(this.scenery.dress(scene.environment, this.#dark));
    const before = this.scenery.backdrop.reach;
    this.scenery.fit();
    const entrance = JSON.stringify(scene.environment.camera ?? null);
    const moved = !first && entrance !== this.#camera;
    this.#camera = entrance;
    if (moved && scene.environment.camera) this.orbit.goTo(scene.environment.camera);
    else if (first && scene.environment.camera) this.orbit.goTo(scene.environment.camera, true);
    else if (first) this.orbit.frame(this.world.corners(), { jump: true, first: true });
    else this.#follow(before);
    this.#wasEmpty = !this.world.things.size;
    this.#changed();
  }

  #onPatch(patch: PatchMessage, own: boolean): void {
    const entrance = JSON.stringify(patch.environment?.camera ?? null);
    if (patch.environment) this.#wear(this.scenery.dress(patch.environment, this.#dark));
    const before = this.scenery.backdrop.reach;
    this.scenery.fit();
    if (!own && patch.environment?.camera && entrance !== this.#camera) this.orbit.goTo(patch.environment.camera);
    else if (!own && patch.items.length) this.#follow(before);
    if (patch.environment) this.#camera = entrance;
    this.#wasEmpty = !this.world.things.size;
    if (!own && patch.summary) this.#overlays.news(patch.summary);
    this.#changed();
  }

  /** A space that was empty, or has outgrown what one sees, is framed anew, unless the hand is at work. */
  #follow(reachBefore: number): void {
    const grew = this.scenery.backdrop.reach > reachBefore * 1.6 || this.#wasEmpty;
    if (grew && this.world.things.size && !this.hand.busy) this.orbit.frame(this.world.corners());
  }

  #onLook(message: LookMessage): void {
    if (message.camera) this.orbit.goTo(message.camera);
    else this.orbit.frame(this.world.corners(message.ids.length ? message.ids : undefined));
  }

  #changed(): void {
    this.selection.prune();
    this.gizmo.place();
    this.#toolbar.refresh();
    this.#inspector.refresh();
    const count = [...this.world.present()].length;
    this.#overlays.empty(count === 0);
    this.#overlays.status(count ? `${count} ${count === 1 ? 'thing' : 'things'}` : '');
    this.stage.schedule();
  }

  // -- what the page does ----------------------------------------------------------------------------------------------
  #connect(signal: AbortSignal): void {
    const { root, link, view } = this.#context;
    this.scenery.onMissing = (name) => {
      if (this.#missing.has(name)) return;
      this.#missing.add(name);
      if (this.#missing.size === 1) this.notice(`The picture of ${name} did not come; the space shows a blank in its place.`);
    };
    this.scenery.onTrouble = (text) => this.#overlays.notice(text, 'warning');
    this.stage.onImpossible = () => this.#overlays.broken('This browser gives no WebGL2. Try another browser, or turn hardware acceleration on.');
    this.stage.drawn.add(() => {
      // Tests, and whoever watches, wait on this: the revision that is on the screen.
      if (this.sync.revision !== null) root.dataset['revision'] = String(this.sync.revision);
    });
    this.stage.tasks.add(() => {
      if (this.hand.busy || this.world.moving) this.#inspector.refresh();
      return false;
    });
    this.selection.listeners.add((byHand) => {
      this.nudge.finish();
      this.#toolbar.refresh();
      this.#inspector.refresh();
      if (byHand) this.sync.select([...this.selection.ids]);
    });
    this.gizmo.onTool = () => this.#toolbar.refresh();
    this.gizmo.onDragging = (dragging) => {
      this.orbit.controls.enabled = !dragging;
      this.#overlays.hint(dragging ? 'Snaps to 0.25 m, 15° and 5 % · Alt free' : null);
    };
    root.addEventListener('themechange', () => this.#wear(this.scenery.paint(this.#dark)), { signal });
    root.addEventListener('kernelgone', () => root.toggleAttribute('inert', false), { signal });
    root.addEventListener('keydown', (event) => this.#key(event), { signal });
    root.addEventListener('pointerdown', () => root.focus({ preventScroll: true }), { signal });
    const zoom = () => (this.orbit.controls.enableZoom = root.contains(document.activeElement) || root.matches(':focus-within'));
    root.addEventListener('focusin', zoom, { signal });
    root.addEventListener('focusout', () => (this.orbit.controls.enableZoom = false), { signal });
    new Still(
      this.stage,
      {
        key: () => `${this.sync.revision}|${this.stage.camera.matrixWorld.elements.map((v) => v.toFixed(2)).join()}|${root.dataset['theme']}`,
        ready: () => this.world.things.size > 0 && this.scenery.pictures.settled && !this.world.moving && !this.hand.busy && !this.orbit.flying,
        send: (bytes, mime) => link.send({ type: 'still', mime, revision: this.sync.revision ?? 0 }, [bytes]),
      },
      signal,
    );
    root.dataset['view'] = view;
  }

  #key(event: KeyboardEvent): void {
    // An input of a shadow root shows only its host here; `composedPath` tells the truth.
    const [target] = event.composedPath() as HTMLElement[];
    if (target && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
    if (target?.tagName === 'BUTTON' && (event.key === ' ' || event.key === 'Enter')) return;
    const key = keyOf(event);
    if (key.includes('arrow')) {
      if (!this.nudge.push(event.key.toLowerCase(), event.shiftKey, event.ctrlKey || event.metaKey)) return;
    } else {
      const action = actionFor(key);
      if (!action || (action.when && !action.when(this))) return;
      this.nudge.finish();
      action.run(this);
      this.#toolbar.refresh();
    }
    event.preventDefault();
    event.stopPropagation();
  }

  get #dark(): boolean {
    return this.#context.root.dataset['theme'] === 'dark';
  }

  /** The controls over the picture take the colours of the place. */
  #wear(palette: Palette): void {
    const { style, classList } = this.#context.root;
    classList.toggle('snbspace-dark', palette.dark);
    style.setProperty('--snb-accent', palette.accent);
    style.setProperty('--snb-text', palette.text);
    style.setProperty('--snb-ground', palette.horizon);
  }
}
