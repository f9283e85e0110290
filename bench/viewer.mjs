// @ts-check
// How quick the page of a large trace is: 20,000 tokens, 256 branches. The first paint, from the call for the file on;
// then how long frames take while a reader scrolls the text, moves and zooms the tree, goes through time, searches,
// points and chooses. Needs a build, and the system's Chromium.
//
//   node bench/viewer.mjs [--turns 5] [--tokens 20000] [--branches 256] [--json]
//
// 'frame': the longest time between two frames, which is also what the machine does beside. 'cpu': the longest time the
// page's thread computed in one piece, which is not.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { createJiti } from 'jiti'
import { traceHTML } from '../dist/trace/entry.js'
import { chromiumPath, noChromium, openChromium } from '../scripts/chromium.mjs'

/** @typedef {import('playwright-core').Page} Page */

const { values: flags } = parseArgs({
  options: {
    turns: { type: 'string', default: '5' },
    tokens: { type: 'string', default: '20000' },
    branches: { type: 'string', default: '256' },
    json: { type: 'boolean', default: false },
  },
})
const executable = chromiumPath()
if (executable === null) throw new Error(noChromium)
const { large } = await createJiti(import.meta.url).import('../test/support/made-traces.ts')
const trace = large(Number(flags.tokens), Number(flags.branches))
const folder = mkdtempSync(path.join(tmpdir(), 'espalier-viewer-'))
const file = path.join(folder, 'large.html')
const html = traceHTML(trace)
writeFileSync(file, html)

/** What a reader does, in the order in which it is done. @type {Record<string, (page: Page) => Promise<unknown>>} */
const acts = {
  async 'scroll the text to its end'(page) {
    await page.locator('.text').evaluate((box) => box.scrollTo(0, 0))
    await page.locator('.text').hover()
    const height = await page.locator('.text').evaluate((box) => box.scrollHeight)
    for (let at = 0; at < height; at += 900) await page.mouse.wheel(0, 900)
  },
  async 'scroll it by its bar'(page) {
    for (let part = 0; part <= 20; part += 1) {
      await page
        .locator('.text')
        .evaluate((box, share) => box.scrollTo(0, box.scrollHeight * share), part / 20)
      await frame(page)
    }
  },
  async 'move the tree'(page) {
    const box = await boxOf(page, '.canvas')
    for (let turn = 0; turn < 4; turn += 1) {
      await page.mouse.move(box.x + box.width / 2, box.y + box.height - 20)
      await page.mouse.down()
      await page.mouse.move(box.x + box.width / 2, box.y + 20, { steps: 20 })
      await page.mouse.up()
    }
  },
  async 'zoom the tree'(page) {
    await page.locator('.canvas').hover()
    await page.keyboard.down('Control')
    for (const by of [200, -200]) for (let step = 0; step < 12; step += 1) await page.mouse.wheel(0, by)
    await page.keyboard.up('Control')
    await page.getByRole('button', { name: 'Fit' }).click()
  },
  async 'go through time'(page) {
    const slider = page.getByRole('slider')
    const all = Number(await slider.getAttribute('max'))
    for (let part = 20; part >= 0; part -= 1) {
      await slider.fill(String(Math.round((all * part) / 20)))
      await frame(page)
    }
    await slider.fill(String(all))
  },
  async search(page) {
    for (const letter of 'garden') {
      await page.getByRole('searchbox').press(letter)
      await frame(page)
    }
    for (let hit = 0; hit < 5; hit += 1) await page.getByRole('searchbox').press('Enter')
    await page.getByRole('searchbox').fill('')
  },
  async 'point at tokens'(page) {
    const box = await boxOf(page, '.text')
    for (let row = 20; row < box.height - 20; row += 27) await page.mouse.move(box.x + 60 + row, box.y + row)
  },
  async 'choose branches'(page) {
    const list = page.getByRole('listbox')
    await list.focus()
    for (let step = 0; step < 10; step += 1) {
      await page.keyboard.press('ArrowDown')
      await frame(page)
    }
    await page.keyboard.press('Home')
  },
  async 'change colours'(page) {
    for (const colours of ['Who wrote it', 'How sure', 'What it cost']) {
      await page.getByRole('radio', { name: colours }).check()
    }
  },
  async 'see the holes'(page) {
    await page.getByRole('tab', { name: 'Holes and choices' }).click()
    await page.getByRole('tab', { name: 'KV tree' }).click()
  },
}

/** @param {Page} page */
const frame = (page) => page.evaluate('new Promise((done) => requestAnimationFrame(done))')

/** @param {Page} page @param {string} selector */
async function boxOf(page, selector) {
  const box = await page.locator(selector).boundingBox()
  if (box === null) throw new Error(`${selector} is not there`)
  return box
}

/** Runs in the page. */
function watch() {
  const seen = { frame: 0, at: 0 }
  Object.assign(globalThis, { seen })
  const tick = (/** @type {number} */ now) => {
    if (seen.at > 0) seen.frame = Math.max(seen.frame, now - seen.at)
    seen.at = now
    requestAnimationFrame(tick)
  }
  requestAnimationFrame(tick)
}

/**
 * Milliseconds that the page's thread computed in one piece, at most, while something was done.
 * @param {Page} page @param {() => Promise<unknown>} act
 */
async function cpuOf(page, act) {
  await browser.startTracing(page, { categories: ['toplevel'] })
  await act()
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString())
  const threads = new Set()
  for (const { name, pid, tid, args } of traceEvents) {
    if (name === 'thread_name' && args.name === 'CrRendererMain') threads.add(`${pid}/${tid}`)
  }
  const tasks = traceEvents.filter(
    (/** @type {any} */ { pid, tid, tdur }) => tdur > 0 && threads.has(`${pid}/${tid}`),
  )
  return tasks.reduce(
    (/** @type {number} */ most, /** @type {any} */ { tdur }) => Math.max(most, tdur / 1000),
    0,
  )
}

/** @typedef {{ paint?: number, frame?: number, cpu: number }} Figures in milliseconds */

/** By what was done. */
async function turn() {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await page.addInitScript(watch)
  /** @type {Record<string, Figures>} */
  const told = {}
  const cpu = await cpuOf(page, async () => {
    await page.goto(pathToFileURL(file).href)
    await page.locator('.row').first().waitFor()
    await page.waitForTimeout(400)
  })
  const entry = 'performance.getEntriesByName("first-contentful-paint")[0].startTime'
  told['first paint'] = { paint: Number(await page.evaluate(entry)), cpu }
  for (const [name, act] of Object.entries(acts)) {
    const cpu = await cpuOf(page, async () => {
      await page.evaluate('Object.assign(seen, { frame: 0, at: 0 })')
      await act(page)
      await page.waitForTimeout(150)
    })
    told[name] = { frame: Number(await page.evaluate('seen.frame')), cpu }
  }
  await page.close()
  return told
}

const browser = await openChromium(executable)
const turns = []
for (let count = 0; count < Number(flags.turns); count += 1) turns.push(await turn())
await browser.close()
rmSync(folder, { recursive: true })

const figures = Object.keys(turns[0] ?? {}).map((name) => {
  const of = (/** @type {'paint' | 'frame' | 'cpu'} */ key) => {
    const all = turns.map((one) => Math.round(one[name]?.[key] ?? 0)).sort((a, b) => a - b)
    return { best: all[0], median: all[all.length >> 1], worst: all.at(-1) }
  }
  return {
    name,
    ...(name === 'first paint' ? { paint: of('paint') } : { frame: of('frame') }),
    cpu: of('cpu'),
  }
})
if (flags.json) console.log(JSON.stringify(figures))
else {
  console.log(
    `${(html.length / 1e6).toFixed(1)} MB; milliseconds: best / median / worst of ${turns.length} turns`,
  )
  for (const { name, ...rest } of figures) {
    const words = Object.entries(rest).map(
      ([key, { best, median, worst }]) => `${key} ${best} / ${median} / ${worst}`,
    )
    console.log(`${name.padEnd(28)} ${words.join('   ')}`)
  }
}
