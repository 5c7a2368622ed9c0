// Generated from spatialnb/models/protocol.py by widgets/generate_protocol.py. Do not edit.

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Answer to `operation`: its change is stored (or nothing had to change). */
export interface AcceptedMessage {
  type: "accepted";
  seq: number;
  revision: number;
  summary: string;
}

/** Do this, if this view can, and answer with `acted`. */
export interface ActMessage {
  type: "act";
  id: string;
  action: "fly_to" | "focus" | "show" | "play" | "open_panel";
  items: string[];
  camera: Camera | null;
  panel: "space" | "chat" | "steps" | "help" | null;
  on: boolean;
  seconds: number | null;
}

/** Answer to `act`: done. A view that cannot do it says nothing. */
export interface ActedMessage {
  type: "acted";
  id: string;
}

/** What is done in a step's place when it fails. */
export interface Alternative {
  operation: string;
  args: { [key: string]: Json };
  title: string;
}

/** A person's, or a policy's, answer to a step that waits. */
export interface Answer {
  decision: "approve" | "edit" | "reject";
  args: { [key: string]: Json };
  reason: string;
}

/** A person's decision on a step that waits. `args` only with `edit`. */
export interface AnswerMessage {
  type: "answer";
  run: string;
  step: string;
  decision: "approve" | "edit" | "reject";
  args: { [key: string]: Json };
}

/** A person's request. `client` lets the view match the run that comes of it. */
export interface AskMessage {
  type: "ask";
  text: string;
  client: string;
}

/** Thumbnails packed into square pages: `pages` are hashes of WebP pictures, row-major tiles of `tile` pixels. */
export interface Atlas {
  pages: string[];
  page: number;
  tile: number;
}

/** Answer to `fetch`; the bytes are the message's buffer. `mime` is empty when there is no such file. */
export interface BytesMessage {
  type: "bytes";
  hash: string;
  mime: string;
}

/** Where a visitor starts: position and look-at point in metres, vertical field of view in degrees. */
export interface Camera {
  position: [number, number, number];
  target: [number, number, number];
  field_of_view: number;
}

/**
 * Decides, when a step could begin, whether it is needed.
 *
 * `value` is a number, a text or a list, `{"from": "s1", "field": "hits"}` for what a step gave, or
 * `{"select": "the red photos"}` for the ids of what is pointed at. Lists are compared by their length, but for `has`.
 */
export interface Condition {
  value: Json;
  test: "some" | "none" | "is" | "is not" | "more" | "fewer" | "has";
  than: Json;
}

/** More of a reply's text (Markdown). */
export interface DeltaMessage {
  type: "delta";
  run: string;
  text: string;
}

/** Send me the bytes of this hash: there is no `media_base`, or it does not answer. */
export interface FetchMessage {
  type: "fetch";
  hash: string;
}

/** Send me the code of the widget called `name`. */
export interface FetchModule {
  type: "module";
  name: string;
}

/** Another view's hand is dragging: poses that are not stored yet. */
export interface HandMessage {
  type: "hand";
  by: string;
  items: HandPose[];
}

/** While dragging. Never stored, shown in other views. */
export interface HandMoved {
  type: "hand";
  view: string;
  items: HandPose[];
}

export interface HandPose {
  id: string;
  position: [number, number, number];
  rotation: [number, number, number];
  size: [number, number, number];
}

/** Every turn so far, oldest first. Sent when a view says `ready`. */
export interface HistoryMessage {
  type: "history";
  turns: Turn[];
  model: string;
  suggestions: string[];
}

/** Light of the environment: intensities (unitless, 1 is neutral) and the colour of the key light. */
export interface Lighting {
  ambient: number;
  key: number;
  colour: string;
}

/** Move the camera: frame these items (all if empty), or go to a camera. */
export interface LookMessage {
  type: "look";
  ids: string[];
  camera: Camera | null;
}

/** Where a view finds what an item shows: hashes in the media store. `GET {media_base}/{hash}` serves them. */
export interface Media {
  thumbnail: string | null;
  picture: string | null;
  stream: string | null;
  model: string | null;
  waveform: string | null;
  tile: number | null;
}

/** What thought for a run, why it was chosen, and whether its answers may be less good than was hoped for. */
export interface ModelUse {
  name: string;
  endpoint: string;
  reason: string;
  reduced: string;
  hops: string[];
  calls: number;
  cost_usd: number;
}

/** Answer to `module`: the widget's code is the message's buffer. Asked for once a page. */
export interface ModuleMessage {
  type: "module";
  name: string;
}

/** Something a person should know: a change of theirs was overwritten, the store is away, media are missing. */
export interface NoticeMessage {
  type: "notice";
  level: "info" | "warning" | "error";
  text: string;
}

/** The hand did something: call this operation. One message a gesture. */
export interface OperationMessage {
  type: "operation";
  view: string;
  seq: number;
  base: number;
  operation: string;
  args: { [key: string]: Json };
}

/** An envelope: the first buffer is a longer message of the view's union, as gzip of its JSON; others follow it. */
export interface PackedMessage {
  type: "packed";
}

/** What changed since the revision before. `by` is the actor of the change, so that a view knows its own. */
export interface PatchMessage {
  type: "patch";
  revision: number;
  by: string;
  items: SceneItem[];
  removed: string[];
  groups: SceneGroup[] | null;
  environment: SceneEnvironment | null;
  summary: string;
  undoable: boolean;
}

/** A request as a task graph. */
export interface Plan {
  request: string;
  steps: PlanStep[];
  reply: string;
  choices: string[];
  understood: boolean;
  author: string;
  on_error: "go on" | "stop" | "undo";
}

/**
 * One operation call of a plan.
 *
 * An argument may be taken from an earlier step's result: `{"from": "s1", "field": "items"}`. `after` names the steps
 * that must be done first; steps that do not wait for each other run in parallel.
 *
 * With `each`, the call is made once for each of a set, side by side, and arguments may be taken from the thing it is
 * for: `{"from": "each"}`. What they gave together is the step's result: `items`, and `results` in their order.
 */
export interface PlanStep {
  id: string;
  operation: string;
  args: { [key: string]: Json };
  title: string;
  after: string[];
  approval: string;
  on_error: "stop" | "skip" | "undo";
  retries: number;
  alternatives: Alternative[];
  when: Condition | null;
  each: Json;
}

/** How a step's result is shown. */
export interface Preview {
  text: string;
  images: string[];
  audio: string;
  video: string;
  files: string[];
}

/** A view is there and wants to be filled. */
export interface ReadyMessage {
  type: "ready";
  view: string;
  revision: number | null;
}

/** Answer to `operation`: it was not done. The view puts back what it showed before. */
export interface RefusedMessage {
  type: "refused";
  seq: number;
  error: string;
}

/** A run started or changed its status. */
export interface RunMessage {
  type: "run";
  state: RunState;
}

/** A run as it stands: enough to draw it, to save it and to go on with it. */
export interface RunState {
  id: string;
  project: string;
  request: string;
  status: "running" | "waiting" | "done" | "partial" | "failed" | "stopped";
  reply: string;
  choices: string[];
  plan: Plan | null;
  steps: StepState[];
  cost_usd: number;
  correlation_id: string;
  revision: number | null;
  seconds: number | null;
  by: string;
  used: string;
  reduced: boolean;
  models: ModelUse[];
  undoing: "" | "begun" | "over";
  base: number | null;
}

/** Everything a space draws at one revision. Also the `scene.json` of a web export. */
export interface Scene {
  project: string;
  revision: number;
  items: SceneItem[];
  groups: SceneGroup[];
  environment: SceneEnvironment;
  atlas: Atlas;
  media_base: string;
}

export interface SceneEnvironment {
  theme: "auto" | "gallery" | "night" | "paper" | "neon";
  navigation: "orbit" | "walk" | "fly";
  lighting: Lighting;
  camera: Camera | null;
}

export interface SceneGroup {
  id: string;
  name: string;
  parent: string | null;
}

/** An item as a view draws it: in world coordinates (the pose of its layout is already applied). */
export interface SceneItem {
  id: string;
  name: string;
  kind: "image" | "video" | "audio" | "model" | "text" | "label";
  group: string | null;
  position: [number, number, number];
  rotation: [number, number, number];
  size: [number, number, number];
  text: string;
  colour: string | null;
  locked: boolean;
  hidden: boolean;
  start: number | null;
  duration: number | null;
  media: Media;
}

/** The whole scene. Sent when a view says `ready`. */
export interface SceneMessage {
  type: "scene";
  scene: Scene;
}

/** The hand selected these; "these" and "those" in the chat mean them. */
export interface SelectMessage {
  type: "select";
  ids: string[];
}

/** What is selected, chosen by words or code. */
export interface SelectionMessage {
  type: "selection";
  ids: string[];
}

/** One step changed. */
export interface StepMessage {
  type: "step";
  state: StepState;
}

/** A step while its run lasts, and when it is over. */
export interface StepState {
  id: string;
  run: string;
  operation: string;
  title: string;
  status: "queued" | "running" | "waiting" | "done" | "failed" | "skipped" | "stopped";
  args: { [key: string]: Json };
  progress: number | null;
  note: string;
  seconds: number | null;
  approval: string;
  error: string;
  preview: Preview;
  result: Json;
  revision: number | null;
  cost_usd: number;
  needless: boolean;
  each: Json[] | null;
  parent: string;
  answer: Answer | null;
  before: Json;
  undone: "" | "undone" | "partly" | "not";
  left: string;
}

/** A picture of what the space shows (WebP or PNG, the message's buffer), for the saved notebook. */
export interface StillMessage {
  type: "still";
  mime: string;
  revision: number;
}

/** Stop this run now; keep what is finished. */
export interface StopMessage {
  type: "stop";
  run: string;
}

/** One request and what came of it, as the chat shows it. */
export interface Turn {
  run: RunState;
  at: string;
}

/** Undo or redo the latest change, whoever made it. */
export interface UndoMessage {
  type: "undo";
  redo: boolean;
}

export type ToSpace = SceneMessage | PatchMessage | AcceptedMessage | RefusedMessage | HandMessage | SelectionMessage | LookMessage | ActMessage | NoticeMessage | BytesMessage | ModuleMessage;

export type FromSpace = ReadyMessage | OperationMessage | HandMoved | SelectMessage | ActedMessage | FetchMessage | StillMessage | FetchModule;

export type ToChat = HistoryMessage | RunMessage | StepMessage | DeltaMessage | ActMessage | NoticeMessage | BytesMessage | ModuleMessage;

export type FromChat = ReadyMessage | AskMessage | AnswerMessage | StopMessage | UndoMessage | ActedMessage | FetchMessage | FetchModule;

export type ToSteps = RunMessage | StepMessage | DeltaMessage | ActMessage | NoticeMessage | BytesMessage | ModuleMessage;

export type FromSteps = ReadyMessage | AnswerMessage | StopMessage | ActedMessage | FetchMessage | FetchModule;
