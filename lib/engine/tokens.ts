// Text and tokens as such, apart from any run.

/** Whether the texts of special tokens, `<|im_end|>`, are text like any other or are read as these tokens. */
export type SpecialTexts = 'text' | 'read'
