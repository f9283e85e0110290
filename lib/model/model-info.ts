// What a caller may know of a loaded model.

/** Facts about a loaded model. */
export interface ModelInfo {
  /** Architecture, size and format of the weights, for example 'llama 5M Q8_0'. */
  readonly description: string
  /** Absolute path of the file. */
  readonly path: string
  /** Equal for equal files: a digest of the length and of 16 samples of 64 KiB; '' where there is no file. */
  readonly fingerprint: string
  readonly parameters: number
  /** Tokens a transcript may have at most. */
  readonly contextTokens: number
  /** Names of the devices its layers are on beside the CPU, as `devices()` gives them; [] for the CPU alone. */
  readonly devices: readonly string[]
  /** All layers, the output counted as one. */
  readonly layers: number
  /** Of these, how many are on `devices`. */
  readonly gpuLayers: number
  readonly adapters: readonly AdapterInfo[]
}

/** An adapter that was loaded with the model. */
export interface AdapterInfo {
  /** What runs call it. */
  readonly name: string
  /** Absolute path of the file. */
  readonly path: string
  /** How strong it is where a run gives no other scale. */
  readonly scale: number
  readonly bytes: number
}
