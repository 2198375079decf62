"""ICU's data in a Node binary: its package, its resource bundles, its locales."""
