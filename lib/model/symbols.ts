// Symbol.asyncDispose for the first releases of Node 20, which lack it. Must be loaded before any class that has a
// method of that name; does nothing where the symbol exists. Remove with Node 20.

if (Symbol.asyncDispose === undefined) {
  Object.defineProperty(Symbol, 'asyncDispose', { value: Symbol.for('Symbol.asyncDispose') })
}
