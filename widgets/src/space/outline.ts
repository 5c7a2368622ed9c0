// Corner brackets around selected models: panels have their ring, solid things their box.
import { BufferAttribute, BufferGeometry, LineBasicMaterial, LineSegments, Matrix4, Vector3 } from 'three';
import type { Palette } from './palette.ts';
import type { Stage } from './stage.ts';
import type { Family, Thing, World } from './world.ts';

const ARM = 0.18;

export class Outlines implements Family {
  readonly #stage: Stage;
  readonly #world: World;
  readonly #material = new LineBasicMaterial({ toneMapped: false, fog: false, transparent: true });
  readonly #geometry = brackets();
  readonly #shown = new Map<string, LineSegments>();

  constructor(stage: Stage, world: World) {
    this.#stage = stage;
    this.#world = world;
  }

  paint(palette: Palette): void {
    this.#material.color.set(palette.accent);
  }

  mark(selected: ReadonlySet<string>, hover: string | null): void {
    const wanted = new Set([...selected, ...(hover ? [hover] : [])].filter((id) => this.#world.things.get(id)?.item.kind === 'model'));
    for (const [id, lines] of this.#shown) {
      if (wanted.has(id)) continue;
      lines.removeFromParent();
      this.#shown.delete(id);
    }
    for (const id of wanted) {
      if (this.#shown.has(id)) continue;
      const lines = new LineSegments(this.#geometry, this.#material);
      lines.matrixAutoUpdate = false;
      lines.renderOrder = 4;
      lines.frustumCulled = false;
      this.#shown.set(id, lines);
      this.#stage.scene.add(lines);
      this.move(this.#world.things.get(id)!);
    }
  }

  move(thing: Thing): void {
    const { position, quaternion, size } = thing.shown;
    this.#shown.get(thing.id)?.matrix.copy(new Matrix4().compose(position, quaternion, size.clone().addScalar(0.03)));
  }

  drop(thing: Thing): void {
    this.#shown.get(thing.id)?.removeFromParent();
    this.#shown.delete(thing.id);
  }

  dispose(): void {
    this.#geometry.dispose();
    this.#material.dispose();
  }
}

/** Three short lines at each corner of a box of size 1. */
function brackets(): BufferGeometry {
  const points: number[] = [];
  for (let i = 0; i < 8; i++) {
    const corner = new Vector3(i & 1 ? 0.5 : -0.5, i & 2 ? 0.5 : -0.5, i & 4 ? 0.5 : -0.5);
    for (let axis = 0; axis < 3; axis++) {
      const end = corner.clone();
      end.setComponent(axis, corner.getComponent(axis) * (1 - 2 * ARM));
      points.push(...corner.toArray(), ...end.toArray());
    }
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(new Float32Array(points), 3));
  return geometry;
}
