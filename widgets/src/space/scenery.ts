// Everything that draws a world on a stage: shared by the space in a notebook and the viewer of an export.
import type { SceneEnvironment } from '../protocol.ts';
import type { MediaSource } from '../media.ts';
import { Backdrop } from './backdrop.ts';
import { Labels } from './labels.ts';
import { Models } from './models.ts';
import { Outlines } from './outline.ts';
import { paletteOf, type Palette } from './palette.ts';
import { Panels, panelLook } from './panels.ts';
import { Pictures } from './pictures.ts';
import { Sounds } from './sounds.ts';
import type { Stage } from './stage.ts';
import { Videos } from './videos.ts';
import { World } from './world.ts';

export class Scenery {
  readonly world: World;
  readonly panels: Panels;
  readonly pictures: Pictures;
  readonly videos: Videos;
  readonly sounds: Sounds;
  readonly backdrop: Backdrop;
  palette: Palette;
  /** Called with the name of a thing whose media did not come. */
  onMissing: (name: string) => void = () => undefined;
  /** Called when something cannot be played. */
  onTrouble: (text: string) => void = () => undefined;
  readonly #labels: Labels;
  readonly #models: Models;
  readonly #outlines: Outlines;
  readonly #stage: Stage;
  #theme: SceneEnvironment['theme'] = 'auto';

  constructor(stage: Stage, media: MediaSource, dark: boolean, signal: AbortSignal) {
    this.#stage = stage;
    this.palette = paletteOf('auto', dark);
    this.world = new World(stage);
    this.backdrop = new Backdrop(stage);
    this.panels = new Panels(stage, media, panelLook());
    this.pictures = new Pictures(stage, this.panels, media);
    this.videos = new Videos(stage, this.pictures, media);
    this.sounds = new Sounds(stage, this.panels, media, this.palette);
    this.#models = new Models(stage, this.panels, media);
    this.#labels = new Labels(stage, this.panels, this.palette);
    this.#outlines = new Outlines(stage, this.world);
    const families = [this.panels, this.pictures, this.videos, this.sounds, this.#models, this.#labels, this.#outlines];
    this.world.families.push(...families);
    this.pictures.onMissing = this.#models.onMissing = (name) => this.onMissing(name);
    this.videos.onTrouble = this.sounds.onTrouble = (text) => this.onTrouble(text);
    stage.tasks.add(this.world.frame);
    stage.tasks.add(() => {
      this.backdrop.frame();
      return false;
    });
    this.paint(dark);
    signal.addEventListener('abort', () => {
      families.forEach((family) => family.dispose());
      this.backdrop.dispose();
    });
  }

  /** Colours for a dark or a light page. */
  paint(dark: boolean): Palette {
    this.palette = paletteOf(this.#theme, dark);
    for (const part of [this.backdrop, this.panels, this.sounds, this.#labels, this.#outlines]) part.paint(this.palette);
    return this.palette;
  }

  /** Theme and light of the environment. */
  dress(environment: SceneEnvironment, dark: boolean): Palette {
    this.#theme = environment.theme;
    this.backdrop.light(environment.lighting);
    return this.paint(dark);
  }

  /** Fit floor, fog and the depth of the picture to what there is. */
  fit(): void {
    const bounds = this.world.bounds();
    this.backdrop.fit(bounds);
    const { reach } = this.backdrop;
    this.panels.look.fogRange.value.set(reach * 4, reach * 12);
    this.#stage.camera.far = Math.max(200, reach * 20);
    this.#stage.camera.updateProjectionMatrix();
  }

  /** Play or pause a film or a sound; false when it is neither. */
  play(id: string): boolean {
    return this.videos.toggle(id) || this.sounds.toggle(id);
  }

  /** Play or pause, from `seconds` or where it was; false when `id` is neither film nor sound. */
  setPlaying(id: string, on: boolean, seconds: number | null): boolean {
    return this.videos.set(id, on, seconds) || this.sounds.set(id, on, seconds);
  }

  isPlaying(id: string): boolean {
    return this.videos.isPlaying(id) || this.sounds.isPlaying(id);
  }
}
