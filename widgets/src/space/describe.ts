// The state of a space as plain data, for tests and for whoever wants to look inside.
import { wirePose } from './pose.ts';
import type { Space } from './space.ts';

export interface Description {
  revision: number | null;
  project: string;
  items: {
    id: string; name: string; kind: string; group: string | null; position: number[]; rotation: number[]; size: number[];
    /** Centre on the screen, CSS pixels from the top left corner of the page. */
    screen: { x: number; y: number; behind: boolean };
  }[];
  selection: string[];
  /** What everything else has faded for, or null. */
  focus: string[] | null;
  playing: string[];
  hover: string | null;
  tool: string;
  camera: { position: number[]; target: number[] };
  /** Whether nothing is on its way: no animation, no unanswered operation, no picture being loaded. */
  settled: boolean;
  waiting: number;
}

export function describe(space: Space): Description {
  const { stage, orbit, sync, selection, gizmo, scenery } = space;
  const box = space.viewport.getBoundingClientRect();
  return {
    revision: sync.revision,
    project: space.project,
    items: [...scenery.world.present()].map(({ id, item, shown }) => {
      const { position, rotation, size } = wirePose(id, shown);
      const at = stage.project(shown.position);
      return { id, name: item.name, kind: item.kind, group: item.group, position, rotation, size, screen: { ...at, x: at.x + box.left, y: at.y + box.top } };
    }),
    selection: [...selection.ids],
    focus: scenery.world.focus && [...scenery.world.focus],
    playing: [...scenery.world.things.keys()].filter((id) => scenery.isPlaying(id)),
    hover: selection.hover,
    tool: gizmo.tool,
    camera: { position: stage.camera.position.toArray(), target: orbit.target.toArray() },
    settled: !scenery.world.moving && !sync.waiting && !orbit.flying && scenery.pictures.settled && !space.hand.busy,
    waiting: sync.waiting,
  };
}
