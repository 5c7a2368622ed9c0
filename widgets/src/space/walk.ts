// Walking: keys for the feet, the pointer for the eyes.
import { MathUtils, Vector3 } from 'three';
import type { Orbit } from './orbit.ts';
import type { Stage } from './stage.ts';

/** Metres a second at the scale of a room; larger places are crossed faster. */
const SPEED = 2.2;
const EYES = 1.6;
const KEYS: Record<string, [string, number]> = {
  KeyW: ['ahead', 1], ArrowUp: ['ahead', 1], KeyS: ['ahead', -1], ArrowDown: ['ahead', -1], KeyD: ['aside', 1], ArrowRight: ['aside', 1],
  KeyA: ['aside', -1], ArrowLeft: ['aside', -1], KeyE: ['up', 1], KeyQ: ['up', -1],
};

export class Walk {
  active = false;
  onChange: () => void = () => undefined;
  readonly #stage: Stage;
  readonly #orbit: Orbit;
  readonly #pressed = new Set<string>();
  readonly #velocity = new Vector3();
  #yaw = 0;
  #pitch = 0;
  #fast = false;

  constructor(stage: Stage, orbit: Orbit, keys: HTMLElement, pointer: HTMLElement, signal: AbortSignal) {
    this.#stage = stage;
    this.#orbit = orbit;
    keys.addEventListener('keydown', (event) => this.#down(event), { signal });
    keys.addEventListener('keyup', (event) => {
      this.#pressed.delete(event.code);
      this.#fast = event.shiftKey;
    }, { signal });
    keys.addEventListener('blur', () => this.#pressed.clear(), { signal });
    pointer.addEventListener('pointermove', (event) => {
      if (!this.active || event.buttons === 0) return;
      const per = (stage.camera.fov * Math.PI) / 180 / stage.height;
      this.#yaw += event.movementX * per;
      this.#pitch = MathUtils.clamp(this.#pitch + event.movementY * per, -1.4, 1.4);
      stage.invalidate();
    }, { signal });
    stage.tasks.add(this.#step);
  }

  /** Stand on the floor and look where one looked. */
  start(): void {
    if (this.active) return;
    this.active = true;
    this.#orbit.controls.enabled = false;
    const looking = this.#stage.camera.getWorldDirection(new Vector3());
    this.#yaw = Math.atan2(-looking.x, -looking.z);
    this.#pitch = Math.asin(MathUtils.clamp(looking.y, -1, 1)) * 0.3;
    this.onChange();
    this.#stage.invalidate();
  }

  stop(): void {
    if (!this.active) return;
    this.active = false;
    this.#pressed.clear();
    const ahead = this.#stage.camera.getWorldDirection(new Vector3());
    this.#orbit.target.copy(this.#stage.camera.position).addScaledVector(ahead, 4);
    this.#orbit.controls.enabled = true;
    this.onChange();
    this.#stage.invalidate();
  }

  #down(event: KeyboardEvent): void {
    this.#fast = event.shiftKey;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.code === 'KeyO' || event.code === 'Escape') return this.stop();
    if (!(event.code in KEYS)) return;
    event.preventDefault();
    this.start();
    this.#pressed.add(event.code);
    this.#stage.invalidate();
  }

  #step = (_now: number, seconds: number): boolean => {
    if (!this.active) return false;
    const { camera } = this.#stage;
    const wish = { ahead: 0, aside: 0, up: 0 };
    for (const code of this.#pressed) {
      const [way, amount] = KEYS[code] as [keyof typeof wish, number];
      wish[way] += amount;
    }
    const speed = SPEED * (this.#fast ? 2.5 : 1);
    const ahead = new Vector3(-Math.sin(this.#yaw), 0, -Math.cos(this.#yaw));
    const goal = ahead.clone().multiplyScalar(wish.ahead).addScaledVector(new Vector3(-ahead.z, 0, ahead.x), wish.aside);
    goal.y = wish.up;
    if (goal.lengthSq()) goal.normalize().multiplyScalar(speed);
    this.#velocity.lerp(goal, Math.min(1, seconds * 10));
    camera.position.addScaledVector(this.#velocity, seconds);
    const level = wish.up || this.#velocity.y > 0.02 ? camera.position.y : MathUtils.lerp(camera.position.y, EYES, Math.min(1, seconds * 4));
    camera.position.y = Math.max(0.3, level);
    camera.rotation.set(this.#pitch, this.#yaw, 0, 'YXZ');
    const settling = Math.abs(camera.position.y - EYES) > 0.005;
    return this.#pressed.size > 0 || this.#velocity.lengthSq() > 1e-4 || settling;
  };
}
