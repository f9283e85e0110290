// @ts-check
// The system's Chromium, which the page that shows a trace is looked at with. Decides where it may be, and that it asks
// no network of its own accord. Nothing is ever downloaded.
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

/** What `CHROMIUM_PATH` says, else the first one that is there; null: there is none. */
export function chromiumPath() {
  const told = process.env.CHROMIUM_PATH
  const places = told === undefined || told === '' ? usual : [told]
  return places.find((file) => existsSync(file)) ?? null
}

/** Said wherever something is left out because there is none. */
export const noChromium =
  'There is no Chromium, so the page was not looked at: set CHROMIUM_PATH to one, or install the system’s.'

const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * The caller closes it.
 * @param {string} executablePath
 */
export function openChromium(executablePath) {
  // Its sandbox does not run as root.
  const isRoot = process.getuid?.() === 0
  return chromium.launch({ executablePath, args: isRoot ? [...quiet, '--no-sandbox'] : quiet })
}
