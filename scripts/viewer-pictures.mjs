// @ts-check
// Pictures of the page that shows a trace, to be looked at by a person: of the demo model's work, light and dark, and
// in the states a reader brings about. Says what a browser complains of. After `npm run build`:
//   node scripts/viewer-pictures.mjs FOLDER [NAME…]
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { traceHTML } from 'espalier/trace'
import { chromiumPath, noChromium, openChromium } from './chromium.mjs'
import { recordedTraces } from './viewer-pictures/programs.mjs'

/** @typedef {import('playwright-core').Page} Page */

/**
 * What is done on the page of a trace before a picture more is taken.
 * @type {Record<string, Record<string, (page: Page) => Promise<unknown>>>}
 */
const states = {
  triage: {
    hover: async (page) => {
      await page.locator('.t.drawn').nth(4).hover()
    },
    folded: (page) => clickAll(page, '.chip[aria-expanded="true"]'),
    sure: (page) => page.getByLabel('How sure').check(),
    who: (page) => page.getByLabel('Who wrote it').check(),
    holes: (page) => page.getByRole('tab', { name: 'Holes and choices' }).click(),
    middle: (page) => moveTo(page, 0.5),
    start: (page) => moveTo(page, 0),
    search: (page) => page.getByRole('searchbox').fill('er'),
    attempt: (page) => page.locator('.row.attempt .t').nth(2).hover(),
  },
  'tree-of-thought': {
    branch: (page) => page.locator('.item').nth(3).click(),
    node: (page) => page.locator('.node').nth(4).hover(),
    holes: (page) => page.getByRole('tab', { name: 'Holes and choices' }).click(),
    middle: (page) => moveTo(page, 0.5),
  },
  chat: {
    first: (page) => page.locator('.item').first().click(),
    sixth: (page) => page.locator('.item').nth(6).click(),
    middle: (page) => moveTo(page, 0.5),
  },
  'fan-out': { middle: (page) => moveTo(page, 0.4) },
  choices: {
    holes: (page) => page.getByRole('tab', { name: 'Holes and choices' }).click(),
    fill: (page) => page.locator('.item').nth(2).click(),
  },
  crowded: {
    parked: (page) => moveTo(page, 0.7),
    node: (page) => page.locator('.node.parked').first().hover(),
  },
  unhappy: { failed: (page) => page.locator('.item').first().click() },
}

/** @param {Page} page @param {string} selector */
async function clickAll(page, selector) {
  for (let left = await page.locator(selector).count(); left > 0; left -= 1)
    await page.locator(selector).first().click()
}

/** @param {Page} page @param {number} share */
async function moveTo(page, share) {
  const slider = page.getByRole('slider')
  const all = Number(await slider.getAttribute('max'))
  await slider.fill(String(Math.round(all * share)))
}

const [folder, ...names] = process.argv.slice(2)
if (folder === undefined) throw new Error('Say which folder the pictures go to.')
const executable = chromiumPath()
if (executable === null) throw new Error(noChromium)
mkdirSync(folder, { recursive: true })
const traces = await recordedTraces()
const browser = await openChromium(executable)
for (const [name, trace] of Object.entries(traces)) {
  if (names.length > 0 && !names.includes(name)) continue
  const file = path.resolve(folder, `${name}.html`)
  writeFileSync(file, traceHTML(trace))
  writeFileSync(path.resolve(folder, `${name}.json`), JSON.stringify(trace))
  await taken(name, 'light', { width: 1440, height: 900 }, file)
  await taken(name, 'dark', { width: 1440, height: 900 }, file)
  await taken(name, 'small', { width: 390, height: 844 }, file)
  for (const [state, act] of Object.entries(states[name] ?? {})) {
    await taken(name, state, { width: 1440, height: 900 }, file, act)
  }
}
await browser.close()

/**
 * @param {string} name @param {string} kind @param {{ width: number, height: number }} viewport @param {string} file
 * @param {(page: Page) => Promise<unknown>} act
 */
async function taken(name, kind, viewport, file, act = async () => {}) {
  const page = await browser.newPage({ viewport, colorScheme: kind === 'dark' ? 'dark' : 'light' })
  page.on('console', (message) => console.log(`${name} ${kind}: ${message.text()}`))
  page.on('pageerror', (error) => console.log(`${name} ${kind}: ${error.message}`))
  await page.goto(pathToFileURL(file).href)
  try {
    await act(page)
  } catch (error) {
    console.log(`${name} ${kind}: ${error instanceof Error ? error.message.slice(0, 300) : error}`)
  }
  // The mark on what was jumped to fades.
  await page.waitForTimeout(kind === 'hover' ? 300 : 900)
  await page.screenshot({
    path: path.join(String(folder), `${name}-${kind}.png`),
    fullPage: kind === 'small',
  })
  await page.close()
}
