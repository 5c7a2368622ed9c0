// The camera: orbit, smooth flights to what should be seen.
import { MOUSE, PerspectiveCamera, TOUCH, Vector3 } from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import type { Camera } from '../protocol.ts';
import { lessMotion } from '../bridge.ts';
import { corners, easeOut, type Pose } from './pose.ts';
import type { Stage } from './stage.ts';

const FLIGHT_MS = 450;
/** Where one first stands: in front, a little to the side and above. */
const FIRST_VIEW = new Vector3(0.28, 0.2, 1);

interface Flight {
  from: [Vector3, Vector3];
  to: [Vector3, Vector3];
  start: number;
}

export class Orbit {
  readonly controls: OrbitControls;
  /** Called when a person moves the camera. */
  onMoved: () => void = () => undefined;
  readonly #stage: Stage;
  #flight: Flight | null = null;
  #later: () => void = () => undefined;

  constructor(stage: Stage, element: HTMLElement, signal: AbortSignal) {
    this.#stage = stage;
    const controls = new OrbitControls(stage.camera, element);
    controls.enableDamping = !lessMotion();
    controls.dampingFactor = 0.12;
    controls.rotateSpeed = 0.7;
    controls.zoomToCursor = true;
    controls.enableZoom = false;
    controls.minDistance = 0.2;
    controls.maxPolarAngle = Math.PI * 0.52;
    controls.mouseButtons = { LEFT: MOUSE.ROTATE, MIDDLE: MOUSE.PAN, RIGHT: MOUSE.ROTATE };
    controls.touches = { ONE: TOUCH.ROTATE, TWO: TOUCH.DOLLY_PAN };
    controls.target.set(0, 1.2, 0);
    controls.addEventListener('change', () => stage.invalidate());
    controls.addEventListener('start', () => {
      this.#flight = null;
      this.onMoved();
    });
    controls.update();
    this.controls = controls;
    stage.tasks.add(this.#frame);
    stage.onMeasured.add(() => this.#later());
    signal.addEventListener('abort', () => controls.dispose());
  }

  get target(): Vector3 {
    return this.controls.target;
  }

  /** See all of `points` from direction `from`, or keeping the direction one looks in. */
  frame(points: readonly Vector3[], options: { jump?: boolean; first?: boolean; from?: Vector3 | null } = {}): void {
    if (!this.#stage.measured) {
      // How far to stand back depends on the shape of the picture, which is not in the page yet.
      this.#later = () => this.frame(points, { ...options, jump: true });
      return;
    }
    const view = framing(this.#stage.camera, points, options.from ?? (options.first ? FIRST_VIEW : this.#stage.camera.position.clone().sub(this.target)));
    this.#go(view.position, view.target, options.jump ?? false);
  }

  /** Go to a camera of the environment. */
  goTo(camera: Camera, jump = false): void {
    this.#stage.camera.fov = camera.field_of_view;
    this.#stage.camera.updateProjectionMatrix();
    this.#go(new Vector3(...camera.position), new Vector3(...camera.target), jump);
  }

  /** Stand in front of a thing. */
  visit(pose: Pose): void {
    const front = new Vector3(0, 0, 1).applyQuaternion(pose.quaternion);
    const view = framing(this.#stage.camera, corners(pose), front);
    this.#go(view.position, view.target, false);
  }

  get flying(): boolean {
    return this.#flight !== null;
  }

  #go(position: Vector3, target: Vector3, jump: boolean): void {
    const { camera } = this.#stage;
    if (jump || lessMotion()) {
      this.#flight = null;
      camera.position.copy(position);
      this.target.copy(target);
      this.controls.update();
    } else {
      this.#flight = { from: [camera.position.clone(), this.target.clone()], to: [position, target], start: performance.now() };
    }
    this.#stage.invalidate();
  }

  #frame = (now: number): boolean => {
    const flight = this.#flight;
    if (flight) {
      const part = Math.min(Math.max((now - flight.start) / FLIGHT_MS, 0), 1);
      this.#stage.camera.position.lerpVectors(flight.from[0], flight.to[0], easeOut(part));
      this.target.lerpVectors(flight.from[1], flight.to[1], easeOut(part));
      if (part >= 1) this.#flight = null;
    }
    if (!this.controls.enabled && !flight) return false;
    const moved = this.controls.update();
    return moved || this.#flight !== null;
  };
}

/** Where to stand, in direction `from` of the points, to see all of them with some air around. */
export function framing(camera: PerspectiveCamera, points: readonly Vector3[], from: Vector3): { position: Vector3; target: Vector3 } {
  if (!points.length) return { position: new Vector3(1.6, 2.1, 6), target: new Vector3(0, 1, 0) };
  const direction = from.lengthSq() > 1e-9 ? from.clone().normalize() : FIRST_VIEW.clone().normalize();
  const up = Math.abs(direction.y) > 0.999 ? new Vector3(0, 0, 1) : new Vector3(0, 1, 0);
  const right = new Vector3().crossVectors(up, direction).normalize();
  const over = new Vector3().crossVectors(direction, right);
  const tan = { y: Math.tan((camera.fov * Math.PI) / 360) / AIR, x: (Math.tan((camera.fov * Math.PI) / 360) * camera.aspect) / AIR };
  const seen = points.map((point) => ({ x: point.dot(right), y: point.dot(over), z: point.dot(direction) }));
  // Along each side of the picture the point that sticks out most decides; the eye stands where the two sides meet.
  const x = between(seen.map(({ x, z }) => ({ across: x, toward: z })), tan.x);
  const y = between(seen.map(({ y, z }) => ({ across: y, toward: z })), tan.y);
  const nearest = Math.max(...seen.map(({ z }) => z));
  const stand = Math.max(x.stand, y.stand, nearest + 0.4);
  const middle = (nearest + Math.min(...seen.map(({ z }) => z))) / 2;
  const at = (z: number) => right.clone().multiplyScalar(x.across).addScaledVector(over, y.across).addScaledVector(direction, z);
  return { position: at(stand), target: at(middle) };
}

/** Free space around what is framed. */
const AIR = 1.12;

/** From where, across and toward, an angle of view with this tangent just holds all points. */
function between(points: readonly { across: number; toward: number }[], tan: number): { across: number; stand: number } {
  const left = Math.max(...points.map(({ across, toward }) => toward * tan - across));
  const right = Math.max(...points.map(({ across, toward }) => toward * tan + across));
  return { across: (right - left) / 2, stand: (left + right) / (2 * tan) };
}
