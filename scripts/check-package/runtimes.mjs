export function checkRuntimes() {}
