// One panel with a texture of its own: a sharp picture, a playing video, a card, a label.
import {
  BufferAttribute, BufferGeometry, DoubleSide, GLSL3, LinearFilter, LinearMipmapLinearFilter, Mesh, NoColorSpace, ShaderMaterial, Texture,
  Vector4,
} from 'three';
import type { PanelLook } from './panels.ts';
import { PANEL_FRAGMENT, PANEL_VERTEX, TEXELS } from './shaders.ts';
import { software } from './pool.ts';
import type { Pose } from './pose.ts';

let quad: BufferGeometry | null = null;

function geometry(): BufferGeometry {
  if (!quad) {
    quad = new BufferGeometry();
    quad.setIndex(new BufferAttribute(new Uint16Array([0, 1, 2, 0, 2, 3]), 1));
  }
  return quad;
}

export class Single {
  readonly mesh: Mesh;
  readonly #one = Array.from({ length: TEXELS }, () => new Vector4());
  readonly #uniforms;

  /** `rounded`: with the corners and the edge of a panel. */
  constructor(look: PanelLook, map: Texture, rounded: boolean) {
    this.#uniforms = {
      ...look, one: { value: this.#one }, map: { value: map }, crop: { value: new Vector4(0, 0, 1, 1) }, round_: { value: rounded ? 1 : 0 },
      mirror: { value: 0 },
    };
    this.#one[0]!.w = 1;
    this.#one[3]!.set(0, 1, -1, 0);
    this.mesh = new Mesh(
      geometry(),
      new ShaderMaterial({
        glslVersion: GLSL3, defines: { SINGLE: '' }, vertexShader: PANEL_VERTEX, fragmentShader: PANEL_FRAGMENT, side: DoubleSide,
        transparent: true, uniforms: this.#uniforms,
      }),
    );
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = 2;
  }

  get map(): Texture {
    return this.#uniforms.map.value;
  }

  set map(map: Texture) {
    this.#uniforms.map.value = map;
  }

  pose(pose: Pose, presence: number): void {
    const [a, q, s, m] = this.#one as [Vector4, Vector4, Vector4, Vector4];
    a.set(pose.position.x, pose.position.y, pose.position.z, 1);
    q.set(pose.quaternion.x, pose.quaternion.y, pose.quaternion.z, pose.quaternion.w);
    s.set(pose.size.x, pose.size.y, pose.size.z, 0);
    m.y = presence;
    // Only for the order of drawing; the shader places the corners itself.
    this.mesh.position.copy(pose.position);
  }

  mark(mark: number): void {
    this.#one[3]!.x = mark;
  }

  tint(hex: string | null): void {
    this.#one[3]!.z = hex ? parseInt(hex.slice(1), 16) : -1;
  }

  dispose(): void {
    this.mesh.removeFromParent();
    (this.mesh.material as ShaderMaterial).dispose();
  }
}

/** A picture as a texture whose numbers reach the screen unchanged. */
export function pictureTexture(image: TexImageSource, mipmaps = true): Texture {
  const texture = new Texture(image as HTMLImageElement);
  texture.colorSpace = NoColorSpace;
  texture.flipY = false;
  texture.generateMipmaps = mipmaps;
  texture.minFilter = mipmaps ? LinearMipmapLinearFilter : LinearFilter;
  texture.anisotropy = software() ? 2 : 8;
  texture.needsUpdate = true;
  return texture;
}
