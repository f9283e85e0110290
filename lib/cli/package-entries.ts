// What a prompt's file gets where it imports espalier: this very copy of the package, wherever the file lies, so that
// its prompts and errors are those of the command. Decides which entries there are; package.json lists the same.

/** By what a file imports. */
export async function packageEntries(): Promise<Readonly<Record<string, unknown>>> {
  const [main, constraint, embed, native, testing, trace] = await Promise.all([
    import('../index.js'),
    import('../constraint/constraint.js'),
    import('../embed/embed.js'),
    import('../native/native.js'),
    import('../testing/testing.js'),
    import('../trace/entry.js'),
  ])
  return {
    espalier: main,
    'espalier/constraint': constraint,
    'espalier/embed': embed,
    'espalier/native': native,
    'espalier/testing': testing,
    'espalier/trace': trace,
  }
}
