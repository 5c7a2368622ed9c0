// Sky, floor and light of the place.
import {
  AmbientLight, BufferAttribute, BufferGeometry, DirectionalLight, Fog, GLSL3, HemisphereLight, Matrix4, Mesh, ShaderMaterial, Vector3, Vector4,
  type Box3,
} from 'three';
import type { SceneEnvironment } from '../protocol.ts';
import { raw, type Palette } from './palette.ts';
import { BACKDROP_FRAGMENT, BACKDROP_VERTEX } from './shaders.ts';
import type { Stage } from './stage.ts';

/** Part of its reach by which the lit ground has to be off before it is moved. */
const STEADY = 0.06;

export class Backdrop {
  readonly #stage: Stage;
  readonly #uniforms = {
    unproject: { value: new Matrix4() }, eye: { value: new Vector3() }, zenith: { value: raw('#000000') }, horizon: { value: raw('#000000') },
    ground: { value: raw('#000000') }, line: { value: raw('#000000') }, glow: { value: raw('#000000') }, pool: { value: new Vector4(0, 0, 8, 1) },
  };
  readonly #ambient = new AmbientLight(0xffffff, 0.5);
  readonly #sky = new HemisphereLight(0xffffff, 0xb8bcc4, 1.1);
  readonly #key = new DirectionalLight(0xffffff, 2.2);
  readonly #fill = new DirectionalLight(0xdfe8ff, 0.7);
  readonly #mesh: Mesh;
  /** The floor's reach: where it melts into the horizon follows what stands on it. */
  reach = 8;

  constructor(stage: Stage) {
    this.#stage = stage;
    const geometry = new BufferGeometry();
    geometry.setIndex(new BufferAttribute(new Uint16Array([0, 1, 2]), 1));
    const material = new ShaderMaterial({
      glslVersion: GLSL3, vertexShader: BACKDROP_VERTEX, fragmentShader: BACKDROP_FRAGMENT, depthTest: false, depthWrite: false,
      uniforms: this.#uniforms,
    });
    this.#mesh = new Mesh(geometry, material);
    this.#mesh.frustumCulled = false;
    this.#mesh.renderOrder = -10;
    this.#key.position.set(3, 6, 5);
    this.#fill.position.set(-5, 3, -2);
    stage.scene.add(this.#mesh, this.#ambient, this.#sky, this.#key, this.#fill);
    stage.scene.fog = new Fog(0xffffff, 60, 160);
  }

  paint(palette: Palette): void {
    const u = this.#uniforms;
    u.zenith.value = raw(palette.zenith);
    u.horizon.value = raw(palette.horizon);
    u.ground.value = raw(palette.floor);
    u.line.value = raw(palette.line);
    u.glow.value = palette.dark ? raw(palette.line).multiplyScalar(0.72) : raw('#ffffff');
    this.#stage.scene.fog?.color.set(palette.horizon);
    this.#sky.groundColor.set(palette.floor);
    this.#stage.invalidate();
  }

  light(lighting: SceneEnvironment['lighting']): void {
    this.#ambient.intensity = 0.5 * lighting.ambient;
    this.#sky.intensity = 1.1 * lighting.ambient;
    this.#key.intensity = 2.2 * lighting.key;
    this.#key.color.set(lighting.colour);
    this.#fill.intensity = 0.7 * lighting.key;
  }

  /** Fit the lit part of the floor and the spacing of its lines to what stands there. */
  fit(bounds: Box3): void {
    const pool = this.#uniforms.pool.value;
    const was = pool.clone();
    if (bounds.isEmpty()) {
      pool.set(0, 0, 7, 0.5);
    } else {
      const middle = bounds.getCenter(new Vector3());
      const size = bounds.getSize(new Vector3());
      const reach = Math.max(6, Math.hypot(size.x, size.z) * 0.85 + 3);
      pool.set(middle.x, middle.z, reach, reach < 14 ? 0.5 : reach < 60 ? 1 : 5);
    }
    // The ground does not follow every step of one thing.
    const shift = Math.hypot(pool.x - was.x, pool.y - was.y, pool.z - was.z);
    if (pool.w === was.w && shift < was.z * STEADY) pool.copy(was);
    if (pool.equals(was)) return;
    this.#stage.invalidate();
    this.reach = pool.z;
    const fog = this.#stage.scene.fog as Fog;
    fog.near = pool.z * 4;
    fog.far = pool.z * 12;
  }

  frame(): void {
    const { camera } = this.#stage;
    camera.updateMatrixWorld();
    this.#uniforms.eye.value.copy(camera.position);
    this.#uniforms.unproject.value.copy(camera.matrixWorld).multiply(camera.projectionMatrixInverse);
  }

  dispose(): void {
    this.#mesh.geometry.dispose();
    (this.#mesh.material as ShaderMaterial).dispose();
  }
}
