export function checkMusl() {}
