// Who listens to a fill while it goes on: news, a watch, and being waited for.
import type { FillListener } from '../../../lib/engine/fill.js'
import { letters, silent, type Under } from './given.js'

export function listening(under: Under): void {
  describe('who listens to a fill', () => {
    test('hears all of its text once', async () => {
      const heard: string[] = []
      const news: FillListener['news'] = (text) => void heard.push(text)
      const { text } = await under.fill('letters', letters, { listener: { ...silent, news } })
      expect(heard.join('')).toBe(text)
      expect(heard.length).toBeGreaterThan(1)
    })

    test('may end it, and see how far it came', async () => {
      const seen: string[] = []
      const rejection = { reason: 'enough', from: null }
      const watch: FillListener['watch'] = async (value) => {
        seen.push(value.news)
        expect(value.text()).toBe(seen.join(''))
        return seen.length === 2 ? rejection : null
      }
      const filled = await under.fill('letters', letters, { listener: { ...silent, watch } })
      expect(filled.end).toEqual({ kind: 'rejected', rejection })
      expect(filled.text).toBe(seen.join(''))
      expect(seen).toHaveLength(2)
    })

    test('fails it with what it throws', async () => {
      const error = new Error('own')
      const watch = async (): Promise<never> => Promise.reject(error)
      await expect(under.fill('letters', letters, { listener: { ...silent, watch } })).rejects.toBe(error)
    })

    test('is waited for, and an abort ends the waiting', async () => {
      const controller = new AbortController()
      const ready = (): Promise<void> => {
        controller.abort(new Error('enough'))
        return new Promise(() => undefined)
      }
      const listener = { ...silent, ready, news: () => undefined }
      const filling = under.fill('letters', letters, { listener, signal: controller.signal })
      await expect(filling).rejects.toMatchObject({ name: 'AbortError' })
    })
  })
}
