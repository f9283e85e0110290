// The page of a trace in the system's Chromium, and what the browser complained of meanwhile. Decides that the page is
// the one that viewer/ makes now, and that whoever has no Chromium is told so.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Trace } from '../../lib/index.js'
import { traceHTML } from '../../lib/trace/page.js'
import { chromiumPath, noChromium, openChromium } from '../../scripts/chromium.mjs'

const executable = chromiumPath()
if (executable === null) process.stderr.write(`${noChromium}\n`)

/** A test in the browser. Skipped where there is none. */
export const browserTest = executable === null ? xtest : test

export interface Opened {
  readonly page: Page
  /** Warnings and errors on the browser's console: failed scripts, and what the page's policy refused. */
  readonly complaints: readonly string[]
  /** Addresses it asked for, the page's own first. */
  readonly requests: readonly string[]
}

let browser: Browser
let folder: string
let pages = 0

/** To be called once in a file: one browser for all of its tests, each with a page of its own. */
export function useBrowser(): void {
  if (executable === null) return
  beforeAll(async () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/build-viewer.mjs'], { encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    folder = mkdtempSync(join(tmpdir(), 'espalier-page-'))
    browser = await openChromium(executable)
  })
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
  })
  afterAll(async () => {
    await browser.close()
    rmSync(folder, { recursive: true })
  })
}

export const wide = { width: 1440, height: 900 }

/** The page of the trace, as a file. */
export function openTrace(trace: Trace, options: BrowserContextOptions = {}): Promise<Opened> {
  pages += 1
  const file = join(folder, `${pages}.html`)
  writeFileSync(file, traceHTML(trace))
  return openPage(pathToFileURL(file).href, options)
}

export async function openPage(url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: wide, reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const complaints: string[] = []
  const requests: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => requests.push(request.url()))
  await page.goto(url)
  return { page, complaints, requests }
}

/** Waits; fails after ten seconds. The page's policy lets nobody wait in it. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries += 1) {
    if (tries === 400) throw new Error(`It did not come to be: ${String(holds)}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** Presses Tab until what has the focus is content; fails where all of the page was gone through. */
export async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab')
    if (await page.evaluate(`document.activeElement?.matches(${JSON.stringify(selector)})`)) return
  }
  throw new Error(`No press of Tab came to ${selector}.`)
}
