// @ts-check
// Builds dist/viewer.html: the page that shows a trace, in one file with nothing to load. Decides its policy (only the
// script and the style that lie in it, by their hashes; no network) and keeps the licences of what is bundled.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import esbuild from 'esbuild'
import { root } from './source-files.mjs'

const viewer = path.join(root, 'viewer')

/** Where lib/trace/page.ts finds the page, and what it looks for in it. */
export function buildViewer() {
  const { script, style, inputs } = bundled()
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>espalier trace</title>
<!--
${licencesOf(inputs)}
-->
<style>${style}</style>
</head>
<body>
<div id="app"><noscript>This page shows its trace with JavaScript.</noscript></div>
<script type="application/json" id="trace-data"></script>
<script>${script}</script>
</body>
</html>
`
  mkdirSync(path.join(root, 'dist'), { recursive: true })
  // Others may read it meanwhile.
  const file = path.join(root, 'dist', 'viewer.html')
  writeFileSync(`${file}.${process.pid}`, page)
  renameSync(`${file}.${process.pid}`, file)
}

function bundled() {
  const { outputFiles, metafile } = esbuild.buildSync({
    entryPoints: [path.join(viewer, 'main.tsx'), path.join(viewer, 'style.css')],
    absWorkingDir: root,
    outdir: 'dist',
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'iife',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    charset: 'utf8',
    tsconfigRaw: {},
  })
  const textOf = (/** @type {string} */ ending) =>
    outputFiles.find((file) => file.path.endsWith(ending))?.text.trim() ?? ''
  const script = textOf('.js')
  const style = textOf('.css')
  // Either would end its element too early.
  if (/<\/(script|style)|<!--/i.test(script + style))
    throw new Error('The bundle holds the end of its element.')
  return { script, style, inputs: Object.keys(metafile.inputs) }
}

/** @param {string} text */
const hashOf = (text) => `sha256-${createHash('sha256').update(text).digest('base64')}`

/**
 * The licences of the packages whose files are bundled.
 * @param {readonly string[]} inputs
 */
function licencesOf(inputs) {
  const folders = new Set(
    inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []),
  )
  return [...folders]
    .sort()
    .map((folder) => {
      const own = path.join(root, folder)
      const { name, version, license } = JSON.parse(readFileSync(path.join(own, 'package.json'), 'utf8'))
      const file = readdirSync(own).find((entry) => /^licen[cs]e/i.test(entry))
      const text = file === undefined ? '' : readFileSync(path.join(own, file), 'utf8').trim()
      return `${name} ${version}, ${license}\n\n${text.replaceAll('--', '- -')}`
    })
    .join('\n\n----\n\n'.replaceAll('--', '=='))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) buildViewer()
