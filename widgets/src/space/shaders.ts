// GLSL of panels. The same source draws all panels at once, their reflections, and single sharp ones.

/** Four texels a thing: position + kind, quaternion, size + tile, mark + presence + tint. */
export const TEXELS = 4;
export const ROW = 256;

const SLOTS = /* glsl */ `
uniform highp sampler2D slots;
vec4 texel(int slot, int k) { int i = slot * ${TEXELS} + k; return texelFetch(slots, ivec2(i & ${ROW - 1}, i / ${ROW}), 0); }
vec3 turned(vec3 p, vec4 q) { return p + 2.0 * cross(q.xyz, cross(q.xyz, p) + q.w * p); }
`;

/** Position of a corner, a little larger than the panel, so that its smooth edge and its ring have room. */
const PLACE = /* glsl */ `
vec2 corner(int id) { int c = id & 3; return vec2(c == 1 || c == 2 ? 1.0 : -1.0, c >= 2 ? 1.0 : -1.0); }
`;

export const PANEL_VERTEX = /* glsl */ `
${SLOTS}${PLACE}
uniform vec2 viewport;
uniform float mirror;
#ifdef SINGLE
uniform vec4 one[${TEXELS}];
#endif
out vec2 local;
out float upright;
out float far;
flat out vec2 extent;
flat out vec4 look;
flat out float tile;
flat out vec2 tint;
void main() {
#ifdef SINGLE
  vec4 a = one[0], q = one[1], s = one[2], m = one[3];
#else
  int slot = gl_VertexID / 4;
  vec4 a = texel(slot, 0), q = texel(slot, 1), s = texel(slot, 2), m = texel(slot, 3);
#endif
  vec4 middle = viewMatrix * vec4(a.xyz, 1.0);
  float pixel = 2.0 * max(-middle.z, 0.05) / (projectionMatrix[1][1] * viewport.y);
  extent = s.xy * 0.5 * mix(0.86, 1.0, m.y);
  local = corner(gl_VertexID) * (extent + pixel * (m.x > 0.0 ? 6.0 : 1.5));
  // The picture is on the front face of the box.
  vec3 p = turned(vec3(local, s.z * 0.5), q) + a.xyz;
  upright = p.y;
  if (mirror > 0.5) p.y = -p.y;
  vec4 seen = viewMatrix * vec4(p, 1.0);
  far = -seen.z;
  look = vec4(m.xy, a.w, 0.0);
  tile = s.w;
  tint = m.zw;
  gl_Position = projectionMatrix * seen;
  bool nowhere = a.w < 0.5 || m.y <= 0.001 || (mirror > 0.5 && a.y - s.y * 0.5 > 1.2);
  if (nowhere) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
}`;

export const PANEL_FRAGMENT = /* glsl */ `
precision highp float;
// Prints have two sides, both the right way round, so that no arrangement turns a blank back to the visitor. The far
// side is a little darker, which tells the two apart.
#define FAR_SIDE 0.86
#ifdef SINGLE
uniform sampler2D map;
uniform vec4 crop;
#else
uniform highp sampler2DArray pages;
uniform vec3 grid;
#endif
uniform float mirror;
uniform float fade;
uniform float round_;
uniform float gloss;
uniform vec3 accent;
uniform vec3 blank;
uniform vec3 edge;
uniform vec3 fogColour;
uniform vec2 fogRange;
in vec2 local;
in float upright;
in float far;
flat in vec2 extent;
flat in vec4 look;
flat in float tile;
flat in vec2 tint;
out vec4 colour;

float box(vec2 p, vec2 b, float r) { vec2 d = abs(p) - b + r; return length(max(d, 0.0)) + min(max(d.x, d.y), 0.0) - r; }
vec3 unpackTint(float packed) { return vec3(floor(packed / 65536.0), mod(floor(packed / 256.0), 256.0), mod(packed, 256.0)) / 255.0; }

void main() {
  float r = round_ * min(0.035, 0.12 * min(extent.x, extent.y));
  float d = box(local, extent, r);
  vec2 g = vec2(dFdx(d), dFdy(d));
  float px = max(length(g), 1e-6);
  // The soft edge lies inside the panel: panels side by side would fight for what is outside.
  float cover = clamp(-d / px, 0.0, 1.0);
  vec2 uv = local / (2.0 * extent) + 0.5;
  bool front = gl_FrontFacing != (mirror > 0.5);
  if (!front) uv.x = 1.0 - uv.x;
  vec4 c = vec4(blank, 1.0);
#ifdef SINGLE
  vec4 t = texture(map, crop.xy + vec2(uv.x, 1.0 - uv.y) * crop.zw);
  c = vec4(front ? t.rgb : t.rgb * FAR_SIDE, t.a);
#else
  if (tile >= 0.0) {
    // Pages are cut into grid.x by grid.x tiles of grid.y pixels, grid.z tiles a page; half a pixel of rim keeps neighbours out.
    float cell = mod(tile, grid.z);
    vec2 at = vec2(mod(cell, grid.x), floor(cell / grid.x));
    vec2 rim = vec2(0.5 / grid.y);
    vec2 st = mix(rim, 1.0 - rim, clamp(vec2(uv.x, 1.0 - uv.y), 0.0, 1.0));
    vec2 texels = vec2(dFdx(uv.x), dFdy(uv.x)) * grid.y;
    vec2 texelsY = vec2(dFdx(uv.y), dFdy(uv.y)) * grid.y;
    float lod = clamp(log2(max(length(texels), length(texelsY))), 0.0, 2.5);
    vec4 t = textureLod(pages, vec3((at + st) / grid.x, floor(tile / grid.z)), lod);
    c = vec4(front ? t.rgb : t.rgb * FAR_SIDE, t.a);
  }
#endif
  if (tint.x >= 0.0) c.rgb = mix(c.rgb, unpackTint(tint.x), 0.35);
  // A hair of an edge keeps white pictures apart from a white room.
  c.rgb = mix(c.rgb, edge, 0.12 * clamp(1.5 - abs(d / px + 1.5), 0.0, 1.0) * step(0.01, round_));
  float ring = look.x > 0.0 ? clamp(1.6 - abs(d / px - 2.4), 0.0, 1.0) * min(look.x, 1.0) : 0.0;
  float alpha = c.a * cover;
  vec3 rgb = mix(c.rgb, accent, ring);
  alpha = max(alpha, ring) * look.y;
  if (mirror > 0.5) alpha *= gloss * exp(-1.2 * max(upright, 0.0)) * (1.0 - ring);
  float fog = smoothstep(fogRange.x, fogRange.y, far);
  rgb = mix(rgb, fogColour, fog);
  // What is out of focus stays, faintly, so that one does not lose one's way.
  alpha *= fade * (look.x < 0.0 ? 0.14 : 1.0);
  if (alpha < 0.01) discard;
  colour = vec4(rgb, alpha);
}`;

/** Soft shadows on the floor, from the box of each thing: the nearer to the floor, the darker and sharper. */
export const SHADOW_VERTEX = /* glsl */ `
${SLOTS}${PLACE}
out vec2 local;
flat out vec2 extent;
flat out vec2 soft;
void main() {
  int slot = gl_VertexID / 4;
  vec4 a = texel(slot, 0), q = texel(slot, 1), s = texel(slot, 2), m = texel(slot, 3);
  vec3 x = turned(vec3(s.x * 0.5, 0.0, 0.0), q), y = turned(vec3(0.0, s.y * 0.5, 0.0), q), z = turned(vec3(0.0, 0.0, s.z * 0.5), q);
  vec2 u = length(x.xz) > 1e-4 ? normalize(x.xz) : vec2(1.0, 0.0);
  vec2 v = vec2(-u.y, u.x);
  extent = vec2(abs(dot(x.xz, u)) + abs(dot(y.xz, u)) + abs(dot(z.xz, u)), abs(dot(x.xz, v)) + abs(dot(y.xz, v)) + abs(dot(z.xz, v)));
  float height = max(a.y - abs(x.y) - abs(y.y) - abs(z.y), 0.0);
  soft = vec2(0.07 + 0.28 * min(height, 2.5), m.y * (m.x < 0.0 ? 0.25 : 1.0) / (1.0 + 1.7 * height * height + 0.6 * height));
  local = corner(gl_VertexID) * (extent + soft.x);
  vec2 at = a.xz + u * local.x + v * local.y;
  gl_Position = projectionMatrix * viewMatrix * vec4(at.x, 0.0, at.y, 1.0);
  if (abs(a.w) < 0.5 || m.y <= 0.001 || soft.y < 0.02) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
}`;

export const SHADOW_FRAGMENT = /* glsl */ `
precision highp float;
uniform float strength;
uniform float above;
in vec2 local;
flat in vec2 extent;
flat in vec2 soft;
out vec4 colour;
void main() {
  float r = min(extent.x, extent.y);
  vec2 d = abs(local) - extent + r;
  float away = length(max(d, 0.0)) + min(max(d.x, d.y), 0.0) - r;
  float a = 1.0 - smoothstep(-soft.x * 0.75, soft.x, away);
  colour = vec4(0.02, 0.03, 0.06, a * soft.y * strength * above);
}`;

/** Sky and floor in one pass over the screen: a ray for each pixel, no geometry. */
export const BACKDROP_VERTEX = /* glsl */ `
uniform mat4 unproject;
out vec3 ray;
void main() {
  vec2 p = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
  vec4 near = unproject * vec4(p, -1.0, 1.0), away = unproject * vec4(p, 1.0, 1.0);
  ray = away.xyz / away.w - near.xyz / near.w;
  gl_Position = vec4(p, 0.9999, 1.0);
}`;

export const BACKDROP_FRAGMENT = /* glsl */ `
precision highp float;
uniform vec3 eye;
uniform vec3 zenith;
uniform vec3 horizon;
uniform vec3 ground;
uniform vec3 line;
uniform vec3 glow;
uniform vec4 pool;
in vec3 ray;
out vec4 colour;
float lines(vec2 p, vec2 w, float width) {
  vec2 a = abs(fract(p - 0.5) - 0.5) / w;
  return 1.0 - min(min(a.x, a.y) / width, 1.0);
}
float grain(vec2 p) { return fract(52.9829189 * fract(dot(p, vec2(0.06711056, 0.00583715)))); }
void main() {
  vec3 dir = normalize(ray);
  float up = dir.y;
  vec3 rgb = mix(horizon, zenith, smoothstep(0.0, 0.55, up));
  float t = -eye.y / dir.y;
  if (t > 0.0) {
    vec3 hit = eye + dir * t;
    vec2 off = hit.xz - pool.xy;
    float reach = pool.z;
    float away = length(off) / reach;
    // Near the things the floor is lit, then it melts into the horizon.
    float lit = exp(-away * away * 1.1);
    vec3 floor_ = mix(horizon, mix(ground, glow, 0.5 * lit), smoothstep(1.0, 0.12, away * 0.42));
    vec2 w = vec2(length(vec2(dFdx(hit.x), dFdy(hit.x))), length(vec2(dFdx(hit.z), dFdy(hit.z)))) + 1e-6;
    float thin = lines(hit.xz / pool.w, w / pool.w, 1.1) * (1.0 - smoothstep(0.12, 0.5, max(w.x, w.y) / pool.w));
    float bold = lines(hit.xz / (pool.w * 4.0), w / (pool.w * 4.0), 1.25) * (1.0 - smoothstep(0.12, 0.5, max(w.x, w.y) / (pool.w * 4.0)));
    float show = exp(-away * away * 0.9);
    floor_ = mix(floor_, line, max(thin * 0.28, bold * 0.62) * show);
    float under = eye.y < 0.0 ? 0.55 : 1.0;
    rgb = mix(rgb, floor_, under * smoothstep(0.0, 0.03, abs(up)));
  }
  // Eight bits show bands in wide gradients; half a step of noise hides them.
  rgb += (grain(gl_FragCoord.xy) - 0.5) / 255.0;
  colour = vec4(rgb, 1.0);
}`;
