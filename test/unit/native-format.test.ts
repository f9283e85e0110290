// native/ is written as .clang-format says. Judged only where clang-format is installed.

import { formatted, hasClangFormat, unformattedFiles } from '../../scripts/check-native-format.mjs'

test('native/ is formatted', () => {
  if (!hasClangFormat) return
  expect(unformattedFiles()).toEqual([])
}, 120_000)

test('the style is read: pointers and lines are as here and not as anywhere else', () => {
  if (!hasClangFormat) return
  expect(formatted('int* a ( char *b ){return  0;}\n', 'native/a.cc')).toBe(
    'int * a(char * b) { return 0; }\n',
  )
})
