// The operations a cache asks of the device. Decides their shapes, which are those of the native seam; holds no
// behaviour.

/** Cell operations; the same shapes as the native seam's. */
export type CellOp =
  | { readonly kind: 'copy'; readonly from: number; readonly to: number; readonly until: number }
  | { readonly kind: 'truncate'; readonly sequence: number; readonly from: number }
  | { readonly kind: 'shift'; readonly sequence: number; readonly from: number; readonly until: number }
  | {
      readonly kind: 'park'
      readonly sequence: number
      readonly from: number
      readonly until: number
      readonly blob: number
    }
  | { readonly kind: 'restore'; readonly sequence: number; readonly blob: number }
  | { readonly kind: 'drop-blob'; readonly blob: number }
