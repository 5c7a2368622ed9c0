// Bundles each widget into one file of spatialnb/widgets/static. CSS is imported as text and travels inside the bundle,
// so that a widget is one file to send. `node build.mjs space loader` builds only these; `--sizes` prints what is in them.
import { build, analyzeMetafile } from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { dirname, join } from 'node:path';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '..', 'spatialnb', 'widgets', 'static');
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));

const bundles = {
  loader: { entry: 'src/loader.ts', format: 'esm' },
  space: { entry: 'src/space/index.ts', format: 'esm' },
  chat: { entry: 'src/chat/index.ts', format: 'esm' },
  steps: { entry: 'src/steps/index.ts', format: 'esm' },
  // A classic script: a page opened from disk may not import modules.
  viewer: { entry: 'src/space/viewer.ts', format: 'iife' },
};

for (const [name, { entry, format }] of Object.entries(bundles)) {
  if (wanted.length && !wanted.includes(name)) continue;
  const result = await build({
    entryPoints: { [name]: entry },
    outdir: out,
    absWorkingDir: here,
    bundle: true,
    minify: true,
    format,
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'eof',
    loader: { '.css': 'text' },
    logLevel: 'warning',
    metafile: true,
  });
  // Widgets are sent through the comm as gzip; packing them here saves each kernel the time.
  const file = join(out, `${name}.js`);
  if (format === 'esm' && name !== 'loader') writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
  for (const { bytes } of Object.values(result.metafile.outputs)) {
    console.log(`${(bytes / 1000).toFixed(0).padStart(6)} kB  ${name}.js`);
  }
  if (process.argv.includes('--sizes')) console.log(await analyzeMetafile(result.metafile));
}
