// Sounds as cards one can see: name, waveform and how far it has played. Heard from where they stand.
import { Vector3, type Texture } from 'three';
import type { MediaSource } from '../media.ts';
import type { Palette } from './palette.ts';
import type { Panels } from './panels.ts';
import { Single, pictureTexture } from './single.ts';
import type { Stage } from './stage.ts';
import { cutToWidth } from './text.ts';
import type { Family, Thing } from './world.ts';

interface Sound {
  thing: Thing;
  single: Single;
  texture: Texture;
  waveform: ImageBitmap | null;
  asked: string | null;
  element: HTMLAudioElement | null;
  panner: PannerNode | null;
  wanted: boolean;
  /** Where to begin, seconds. */
  from: number;
  drawn: string;
}

const WIDE = 640;

export class Sounds implements Family {
  onTrouble: (text: string) => void = () => undefined;
  readonly #stage: Stage;
  readonly #panels: Panels;
  readonly #media: MediaSource;
  readonly #all = new Map<string, Sound>();
  #palette: Palette;
  #audio: AudioContext | null = null;
  #drawnAt = 0;
  #stale = true;

  constructor(stage: Stage, panels: Panels, media: MediaSource, palette: Palette) {
    this.#stage = stage;
    this.#panels = panels;
    this.#media = media;
    this.#palette = palette;
  }

  paint(palette: Palette): void {
    this.#palette = palette;
    this.#stale = true;
  }

  put(thing: Thing): void {
    if (thing.item.kind !== 'audio') return;
    let sound = this.#all.get(thing.id);
    if (!sound) {
      const texture = pictureTexture(document.createElement('canvas'));
      const single = new Single(this.#panels.look, texture, true);
      this.#stage.scene.add(single.mesh);
      sound = { thing, single, texture, waveform: null, asked: null, element: null, panner: null, wanted: false, from: 0, drawn: '' };
      this.#all.set(thing.id, sound);
      this.#panels.cover(thing, true);
    }
    const { waveform } = thing.item.media;
    if (waveform && sound.asked !== waveform) void this.#fetch(sound, waveform);
    this.#stale = true;
    this.move(thing);
  }

  move(thing: Thing): void {
    const sound = this.#all.get(thing.id);
    if (!sound) return;
    sound.single.pose(thing.shown, thing.presence);
    sound.single.mesh.visible = !thing.item.hidden;
    this.#stale = true;
  }

  drop(thing: Thing): void {
    const sound = this.#all.get(thing.id);
    if (!sound) return;
    sound.element?.pause();
    sound.panner?.disconnect();
    sound.single.dispose();
    sound.texture.dispose();
    sound.waveform?.close();
    this.#all.delete(thing.id);
  }

  mark(): void {
    for (const { thing, single } of this.#all.values()) single.mark(this.#panels.markOf(thing.id));
  }

  /** Play or pause. Answers false when `id` is no sound. */
  toggle(id: string): boolean {
    const sound = this.#all.get(id);
    if (!sound) return false;
    sound.wanted = !sound.wanted;
    if (sound.wanted) void this.#play(sound);
    else sound.element?.pause();
    this.#stale = true;
    this.#stage.invalidate();
    return true;
  }

  /** Play from `seconds` (null: where it was), or pause. Answers false when `id` is no sound. */
  set(id: string, on: boolean, seconds: number | null): boolean {
    const sound = this.#all.get(id);
    if (!sound) return false;
    if (seconds !== null) {
      sound.from = seconds;
      if (sound.element) sound.element.currentTime = seconds;
    }
    if (sound.wanted !== on) this.toggle(id);
    return true;
  }

  isPlaying(id: string): boolean {
    return this.#all.get(id)?.wanted ?? false;
  }

  frame(now: number): boolean {
    const playing = [...this.#all.values()].filter((sound) => sound.wanted);
    if (playing.length) this.#listen(playing);
    if (this.#stale || (playing.length && now - this.#drawnAt > 120)) {
      this.#stale = false;
      this.#drawnAt = now;
      for (const sound of this.#all.values()) this.#draw(sound);
    }
    return playing.length > 0;
  }

  dispose(): void {
    for (const sound of [...this.#all.values()]) this.drop(sound.thing);
    void this.#audio?.close();
  }

  async #fetch(sound: Sound, hash: string): Promise<void> {
    sound.asked = hash;
    try {
      sound.waveform = await createImageBitmap(await this.#media.blob(hash));
      sound.drawn = '';
      this.#stale = true;
      this.#stage.invalidate();
    } catch (error) {
      console.warn('spatialnb: no waveform for', sound.thing.id, error);
    }
  }

  async #play(sound: Sound): Promise<void> {
    const { stream } = sound.thing.item.media;
    try {
      if (!stream) throw new Error('there is no sound that a browser can play');
      this.#audio ??= new AudioContext();
      if (this.#audio.state === 'suspended' && !navigator.userActivation.hasBeenActive) this.onTrouble('Click the space once to hear it: browsers wait for that.');
      await this.#audio.resume();
      if (!sound.element) {
        const element = new Audio();
        element.crossOrigin = 'anonymous';
        element.src = await this.#media.url(stream);
        element.loop = true;
        element.currentTime = sound.from;
        sound.element = element;
        sound.panner = new PannerNode(this.#audio, { panningModel: 'HRTF', distanceModel: 'inverse', refDistance: 2, rolloffFactor: 1 });
        this.#audio.createMediaElementSource(element).connect(sound.panner).connect(this.#audio.destination);
      }
      await sound.element.play();
      if (!sound.wanted) sound.element.pause();
    } catch (error) {
      sound.wanted = false;
      this.#stale = true;
      this.onTrouble(`${sound.thing.item.name} cannot be played here: ${(error as Error).message}`);
    }
    this.#stage.invalidate();
  }

  /** Ears at the camera, sounds where they stand. */
  #listen(playing: Sound[]): void {
    if (!this.#audio) return;
    const { camera } = this.#stage;
    const { listener } = this.#audio;
    const ahead = camera.getWorldDirection(new Vector3());
    const up = camera.up;
    if (listener.positionX) {
      [listener.positionX.value, listener.positionY.value, listener.positionZ.value] = camera.position.toArray();
      [listener.forwardX.value, listener.forwardY.value, listener.forwardZ.value] = ahead.toArray();
      [listener.upX.value, listener.upY.value, listener.upZ.value] = up.toArray();
    }
    for (const { panner, thing } of playing) {
      if (panner) [panner.positionX.value, panner.positionY.value, panner.positionZ.value] = thing.shown.position.toArray();
    }
  }

  #draw(sound: Sound): void {
    const { thing, element } = sound;
    const part = element && element.duration > 0 ? element.currentTime / element.duration : 0;
    const aspect = Math.min(Math.max(thing.shown.size.x / thing.shown.size.y, 0.5), 4);
    const key = [thing.item.name, aspect.toFixed(2), part.toFixed(3), sound.wanted, this.#palette.horizon, this.#palette.accent].join('|');
    if (key === sound.drawn) return;
    sound.drawn = key;
    const canvas = drawCard(thing.item.name, sound.waveform, this.#palette, WIDE, Math.round(WIDE / aspect), part, sound.wanted);
    const texture = pictureTexture(canvas);
    sound.single.map = texture;
    sound.texture.dispose();
    sound.texture = texture;
    this.#stage.invalidate();
  }
}

function drawCard(
  name: string, waveform: ImageBitmap | null, palette: Palette, width: number, height: number, part: number, playing: boolean,
): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const brush = canvas.getContext('2d')!;
  const ground = brush.createLinearGradient(0, 0, 0, height);
  ground.addColorStop(0, palette.dark ? '#2a2f3a' : '#ffffff');
  ground.addColorStop(1, palette.dark ? '#1c2029' : '#f1f3f7');
  brush.fillStyle = ground;
  brush.fillRect(0, 0, width, height);
  const unit = Math.min(width / 16, height / 7);
  drawWave(brush, waveform, unit, unit * 2.4, width - unit * 2, height - unit * 3.2, part);
  brush.fillStyle = palette.accent;
  brush.beginPath();
  brush.arc(unit * 1.75, unit * 1.4, unit * 0.75, 0, Math.PI * 2);
  brush.fill();
  brush.fillStyle = '#fff';
  sign(brush, unit * 1.75, unit * 1.4, unit * 0.36, playing);
  brush.fillStyle = palette.text;
  brush.font = `600 ${unit * 0.82}px system-ui, -apple-system, "Segoe UI", sans-serif`;
  brush.textBaseline = 'middle';
  brush.fillText(cutToWidth(name, width - unit * 4, (line) => brush.measureText(line).width), unit * 2.9, unit * 1.45);
  return canvas;
}

/** The waveform picture; while it plays, what has not played yet is pale. */
function drawWave(
  brush: CanvasRenderingContext2D, waveform: ImageBitmap | null, x: number, y: number, w: number, h: number, part: number,
): void {
  if (!waveform) return;
  brush.imageSmoothingQuality = 'high';
  brush.globalAlpha = part > 0 ? 0.35 : 1;
  brush.drawImage(waveform, x, y, w, h);
  brush.globalAlpha = 1;
  const { width, height } = waveform;
  if (part > 0) brush.drawImage(waveform, 0, 0, width * part, height, x, y, w * part, h);
}

function sign(brush: CanvasRenderingContext2D, x: number, y: number, r: number, playing: boolean): void {
  brush.beginPath();
  if (playing) {
    brush.rect(x - r * 0.75, y - r, r * 0.5, r * 2);
    brush.rect(x + r * 0.25, y - r, r * 0.5, r * 2);
  } else {
    brush.moveTo(x - r * 0.6, y - r);
    brush.lineTo(x + r * 0.95, y);
    brush.lineTo(x - r * 0.6, y + r);
    brush.closePath();
  }
  brush.fill();
}
