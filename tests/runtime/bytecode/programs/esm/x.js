export const x = "hash";
