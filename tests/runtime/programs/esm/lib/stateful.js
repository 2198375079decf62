export const state = {}; export const url = import.meta.url;
