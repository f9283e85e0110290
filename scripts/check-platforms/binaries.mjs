export function checkBinaries(x) {}
