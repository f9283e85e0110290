// The page of a recording that goes on: what comes shows up, a reader who looks at something else stays there, and the
// end of it is said.
import type { Page } from 'playwright-core'
import { gen, type Inspector, load, type Model, prompt } from '../../lib/index.js'
import { browserTest, openPage, until, useBrowser } from '../support/browser.js'

useBrowser()

let model: Model
let live: Inspector
beforeAll(async () => {
  model = await load(undefined, { contextTokens: 1024, threads: 1, gpu: false })
})
afterAll(() => model.dispose())
const serve = async (port = 0, bytesMax = 2 ** 20) => {
  live = await model.inspect({ bytesMax, port })
}
beforeEach(() => serve())
afterEach(() => live.close())

const work = (number: number, words = 12) =>
  model.run(
    prompt`Number ${String(number)} tells of the mill:\n${gen('story', { tokensMax: words, tokensMin: words })}\n`,
    {},
    { seed: number, temperature: 1 },
  )

const heading = (page: Page, run: number) => page.getByRole('heading', { name: `Run ${run} `, exact: false })

browserTest('runs show up while the page is open, the last one first', async () => {
  const { page, complaints, requests } = await openPage(live.url)
  await page.getByText('● live').waitFor()
  await page.getByText('Nothing was recorded').waitFor()
  await work(1)
  await heading(page, 1).waitFor()
  await page.locator('.row', { hasText: 'Number 1 tells' }).waitFor()
  await page.getByText('tokens computed').waitFor()
  expect(await page.getByRole('treeitem').count()).toBeGreaterThan(0)
  await work(2)
  await heading(page, 2).waitFor()
  await page.locator('.row', { hasText: 'Number 2 tells' }).waitFor()
  await page.getByText('tokens computed').waitFor()
  expect(complaints).toEqual([])
  expect(new Set(requests.map((url) => new URL(url).host))).toEqual(new Set([new URL(live.url).host]))
})

browserTest('the page of a run that goes on has all of it in the end', async () => {
  const seen = new Promise<void>((resolve) => {
    live.recording.subscribe(({ type }) => type === 'run' && resolve())
  })
  const run = work(1, 200)
  await seen
  const { page } = await openPage(live.url)
  const { text } = await run
  await page.getByText('tokens computed').waitFor()
  const rows = await page.locator('.row .t').allTextContents()
  expect(rows.join('')).toContain(text.split('\n')[0]!)
  const slider = page.getByRole('slider')
  expect(await slider.getAttribute('max')).toBe(await slider.inputValue())
})

browserTest('who looks at an earlier run, moment or place stays there', async () => {
  await work(1, 400)
  await work(2)
  const { page } = await openPage(live.url, { viewport: { width: 1000, height: 640 } })
  const runs = page.getByRole('listbox', { name: 'Runs' })
  await runs.getByRole('option').first().click()
  await heading(page, 1).waitFor()
  const text = page.locator('.text')
  await text.hover()
  await page.mouse.wheel(0, 120)
  await until(async () => (await text.evaluate((box) => box.scrollTop)) > 0)
  const before = await text.evaluate((box) => box.scrollTop)
  expect(before).toBeGreaterThan(0)
  await page.getByRole('button', { name: 'Zoom in' }).click()
  const place = await page.locator('.canvas g').first().getAttribute('transform')
  await work(3)
  await runs.getByRole('option').nth(2).waitFor()
  await runs.getByRole('option', { name: /^3/ }).locator('.bar').waitFor()
  expect(await heading(page, 1).isVisible()).toBe(true)
  expect(await text.evaluate((box) => box.scrollTop)).toBe(before)
  expect(await page.locator('.canvas g').first().getAttribute('transform')).toBe(place)
  // An earlier moment of the last run.
  await runs.getByRole('option').last().click()
  const slider = page.getByRole('slider')
  await slider.fill('1')
  const words = await page.locator('output.words').innerText()
  const most = Number(await slider.getAttribute('max'))
  await work(4)
  await until(async () => Number(await slider.getAttribute('max')) > most)
  expect(await slider.inputValue()).toBe('1')
  expect((await page.locator('output.words').innerText()).replace(/of \d+/, '')).toBe(
    words.replace(/of \d+/, ''),
  )
})

browserTest('the end of the recording is said, and what came stays readable', async () => {
  const { page, complaints } = await openPage(live.url)
  await work(1)
  await page.getByText('tokens computed').waitFor()
  await live.close()
  await page.getByText('○ the recording has ended').waitFor()
  await page.locator('.row .t').first().hover()
  await page.getByRole('tooltip').waitFor()
  expect(complaints).toEqual([])
})

browserTest('a way that is lost is said, and found again', async () => {
  const { page } = await openPage('about:blank')
  await page.route('**/lines?*', (route) => route.abort())
  await page.goto(live.url)
  await page.getByText('○ connection lost').waitFor()
  await work(1)
  await page.unroute('**/lines?*')
  await heading(page, 1).waitFor()
  await page.getByText('● live').waitFor()
})

browserTest('a page that is so old that lines are gone is read anew', async () => {
  await live.close()
  await serve(0, 2 ** 16)
  const old = await (await fetch(live.url)).text()
  for (let run = 1; run <= 20; run += 1) await work(run, 60)
  const { page } = await openPage('about:blank')
  await page.route(live.url, (route) => route.fulfill({ body: old, contentType: 'text/html' }), { times: 1 })
  await page.goto(live.url)
  await page.getByText('dropped for room').waitFor()
  await page.getByText('● live').waitFor()
})
