"""Lockfiles of npm, pnpm and Yarn: which version of each package a project means."""
