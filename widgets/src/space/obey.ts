// What words and code may ask of an open space. Each answers whether it was done; who did it says so to the kernel.
import type { ActMessage } from '../protocol.ts';
import type { Orbit } from './orbit.ts';
import type { Scenery } from './scenery.ts';
import type { World } from './world.ts';

/** What of a space its commands are about. */
export interface Commanded {
  readonly world: World;
  readonly orbit: Orbit;
  readonly scenery: Scenery;
  /** Let everything but these fade, or (null) nothing. */
  attend(focus: ReadonlySet<string> | null): void;
  /** Let these glow for a moment. */
  glow(ids: readonly string[]): void;
  openHelp(): void;
}

type Command = (space: Commanded, asked: ActMessage) => boolean;

const there = ({ world }: Commanded, { items }: ActMessage) => items.filter((id) => world.things.has(id));

/** Stand before these, so that they show their faces. */
function visit(space: Commanded, ids: readonly string[]): void {
  space.orbit.frame(space.world.corners(ids), { from: space.world.front(ids) });
}

const COMMANDS: Readonly<Record<ActMessage['action'], Command>> = {
  fly_to(space, asked) {
    if (asked.camera) space.orbit.goTo(asked.camera);
    else if (asked.items.length) visit(space, there(space, asked));
    else space.orbit.frame(space.world.corners());
    return true;
  },
  focus(space, asked) {
    const ids = there(space, asked);
    if (asked.on && !ids.length) return false;
    space.attend(asked.on ? new Set(ids) : null);
    if (asked.on) visit(space, ids);
    return true;
  },
  show(space, asked) {
    const ids = there(space, asked);
    if (!ids.length) return false;
    visit(space, ids);
    space.glow(ids);
    return true;
  },
  play(space, asked) {
    // Every one is told, not only the first that can be played.
    return asked.items.filter((id) => space.scenery.setPlaying(id, asked.on, asked.seconds)).length > 0;
  },
  open_panel(space, asked) {
    if (asked.panel !== 'help') return false;
    space.openHelp();
    return true;
  },
};

/** Do what is asked; false when this space has nothing to do with it. */
export function obey(space: Commanded, asked: ActMessage): boolean {
  return COMMANDS[asked.action](space, asked);
}
