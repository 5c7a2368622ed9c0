// Films on planes: the poster until someone plays them, then the film itself; silent until it was clicked.
import {
  CanvasTexture, DoubleSide, InstancedMesh, LinearFilter, Matrix4, MeshBasicMaterial, NoColorSpace, PlaneGeometry, SRGBColorSpace,
  Vector3, VideoTexture,
} from 'three';
import type { MediaSource } from '../media.ts';
import type { Pictures } from './pictures.ts';
import type { Stage } from './stage.ts';
import type { Family, Thing } from './world.ts';

interface Film {
  thing: Thing;
  element: HTMLVideoElement | null;
  texture: VideoTexture | null;
  wanted: boolean;
  /** Where to begin, seconds. */
  from: number;
}

const BADGE = 0.24;

export class Videos implements Family {
  onTrouble: (text: string) => void = () => undefined;
  readonly #stage: Stage;
  readonly #pictures: Pictures;
  readonly #media: MediaSource;
  readonly #films = new Map<string, Film>();
  #badges: InstancedMesh | null = null;
  #stale = false;

  constructor(stage: Stage, pictures: Pictures, media: MediaSource) {
    this.#stage = stage;
    this.#pictures = pictures;
    this.#media = media;
  }

  put(thing: Thing): void {
    if (thing.item.kind !== 'video') return;
    const known = this.#films.get(thing.id);
    if (known && known.element?.dataset['hash'] !== thing.item.media.stream) this.#stop(known);
    if (!known) this.#films.set(thing.id, { thing, element: null, texture: null, wanted: false, from: 0 });
    this.#stale = true;
  }

  move(thing: Thing): void {
    if (this.#films.has(thing.id)) this.#stale = true;
  }

  drop(thing: Thing): void {
    const film = this.#films.get(thing.id);
    if (!film) return;
    this.#stop(film);
    this.#films.delete(thing.id);
    this.#stale = true;
  }

  /** Play or pause. Answers false when `id` is no film. */
  toggle(id: string): boolean {
    const film = this.#films.get(id);
    if (!film) return false;
    film.wanted = !film.wanted;
    if (film.wanted) void this.#play(film);
    else film.element?.pause();
    this.#stale = true;
    this.#stage.invalidate();
    return true;
  }

  /** Play from `seconds` (null: where it was), or pause. Answers false when `id` is no film. */
  set(id: string, on: boolean, seconds: number | null): boolean {
    const film = this.#films.get(id);
    if (!film) return false;
    if (seconds !== null) {
      film.from = seconds;
      if (film.element) film.element.currentTime = seconds;
    }
    if (film.wanted !== on) this.toggle(id);
    return true;
  }

  isPlaying(id: string): boolean {
    return this.#films.get(id)?.wanted ?? false;
  }

  frame(): boolean {
    if (this.#stale) this.#drawBadges();
    let playing = false;
    for (const film of this.#films.values()) playing ||= !!film.element && !film.element.paused && !film.element.ended;
    return playing;
  }

  dispose(): void {
    for (const film of this.#films.values()) this.#stop(film);
    this.#films.clear();
    this.#badges?.dispose();
  }

  async #play(film: Film): Promise<void> {
    const { stream } = film.thing.item.media;
    if (!stream) {
      film.wanted = false;
      return this.onTrouble(`${film.thing.item.name} has no film that a browser can play.`);
    }
    try {
      if (!film.element) {
        const element = document.createElement('video');
        element.dataset['hash'] = stream;
        element.crossOrigin = 'anonymous';
        element.playsInline = true;
        element.loop = true;
        element.preload = 'auto';
        element.src = await this.#media.url(stream);
        element.currentTime = film.from;
        film.element = element;
        for (const event of ['playing', 'pause', 'seeked']) element.addEventListener(event, () => this.#stage.invalidate());
      }
      const { element } = film;
      // A click is what a browser waits for before it lets a film be heard; without one it plays silently.
      await element.play().catch((error: Error) => {
        if (error.name !== 'NotAllowedError') throw error;
        element.muted = true;
        return element.play();
      });
      if (!film.wanted) return element.pause();
      if (!film.texture) {
        film.texture = new VideoTexture(element);
        film.texture.colorSpace = NoColorSpace;
        film.texture.flipY = false;
        film.texture.minFilter = LinearFilter;
        film.texture.generateMipmaps = false;
      }
      this.#pictures.show(film.thing.id, film.texture);
    } catch (error) {
      film.wanted = false;
      this.#stale = true;
      this.onTrouble(`${film.thing.item.name} cannot be played here: ${(error as Error).message}`);
    }
  }

  #stop(film: Film): void {
    film.wanted = false;
    film.element?.pause();
    film.element?.removeAttribute('src');
    film.element?.load();
    film.element = null;
    if (film.texture) this.#pictures.show(film.thing.id, null);
    film.texture?.dispose();
    film.texture = null;
  }

  /** A play sign in front of each film that stands still. */
  #drawBadges(): void {
    this.#stale = false;
    const still = [...this.#films.values()].filter((film) => !film.wanted && !film.thing.item.hidden);
    if (!this.#badges || this.#badges.instanceMatrix.count < still.length) {
      this.#badges?.removeFromParent();
      this.#badges?.dispose();
      if (!still.length) return;
      const material = new MeshBasicMaterial({ map: playSign(), transparent: true, depthWrite: false, toneMapped: false, fog: false, side: DoubleSide });
      this.#badges = new InstancedMesh(new PlaneGeometry(1, 1), material, 2 ** Math.ceil(Math.log2(still.length + 1)));
      this.#badges.frustumCulled = false;
      this.#badges.renderOrder = 3;
      this.#stage.scene.add(this.#badges);
    }
    const matrix = new Matrix4();
    still.forEach(({ thing: { shown, presence } }, index) => {
      const side = Math.min(shown.size.x, shown.size.y) * BADGE * presence;
      const front = new Vector3(0, 0, shown.size.z / 2 + 0.004).applyQuaternion(shown.quaternion).add(shown.position);
      this.#badges!.setMatrixAt(index, matrix.compose(front, shown.quaternion, new Vector3(side, side, side)));
    });
    this.#badges.count = still.length;
    this.#badges.instanceMatrix.needsUpdate = true;
  }
}

function playSign(): CanvasTexture {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 128;
  const brush = canvas.getContext('2d')!;
  brush.fillStyle = 'rgba(12,14,18,.62)';
  brush.beginPath();
  brush.arc(64, 64, 60, 0, Math.PI * 2);
  brush.fill();
  brush.strokeStyle = 'rgba(255,255,255,.85)';
  brush.lineWidth = 3;
  brush.stroke();
  brush.fillStyle = '#fff';
  brush.lineJoin = 'round';
  brush.beginPath();
  brush.moveTo(50, 38);
  brush.lineTo(94, 64);
  brush.lineTo(50, 90);
  brush.closePath();
  brush.fill();
  const texture = new CanvasTexture(canvas);
  texture.colorSpace = SRGBColorSpace;
  return texture;
}
