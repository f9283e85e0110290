// @ts-check
// How quick the page of a large trace is: 20,000 tokens, 256 branches. The first paint, from the call for the file on;
// then how long frames take while a reader scrolls the text, moves and zooms the tree, goes through time, searches,
// points and chooses. Needs a build, and the system's Chromium.
//
//   node bench/viewer.mjs [--turns 5] [--tokens 20000] [--branches 256] [--json]
//
// 'frame': the longest time between two frames. 'task': the longest work in one piece of the page's thread, where any
// took 50 ms. Of all turns the best one is the page's, since others only add what the machine did beside.
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
  const seen = { frame: 0, task: 0, at: 0 }
  Object.assign(globalThis, { seen })
  const tick = (/** @type {number} */ now) => {
    if (seen.at > 0) seen.frame = Math.max(seen.frame, now - seen.at)
    seen.at = now
    requestAnimationFrame(tick)
  }
  requestAnimationFrame(tick)
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.task = Math.max(seen.task, duration)
  }).observe({ type: 'longtask', buffered: true })
}

/** Figures in milliseconds, by what was done. @returns {Promise<Record<string, { frame?: number, task: number, paint?: number }>>} */
async function turn() {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await page.addInitScript(watch)
  await page.goto(pathToFileURL(file).href)
  await page.locator('.row').first().waitFor()
  await page.waitForTimeout(400)
  const paint = Number(
    await page.evaluate('performance.getEntriesByName("first-contentful-paint")[0].startTime'),
  )
  const told = /** @type {Record<string, any>} */ ({
    'first paint': { paint, task: await page.evaluate('seen.task') },
  })
  for (const [name, act] of Object.entries(acts)) {
    await page.evaluate('Object.assign(seen, { frame: 0, task: 0, at: 0 })')
    await act(page)
    await page.waitForTimeout(150)
    told[name] = await page.evaluate('({ frame: seen.frame, task: seen.task })')
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
  const best = (/** @type {'frame' | 'task' | 'paint'} */ key) => {
    const all = turns.map((one) => Math.round(one[name]?.[key] ?? 0)).sort((a, b) => a - b)
    return { best: all[0], median: all[all.length >> 1], worst: all.at(-1) }
  }
  return name === 'first paint'
    ? { name, paint: best('paint'), task: best('task') }
    : { name, frame: best('frame'), task: best('task') }
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
