"""Popular tools and servers of npm, packaged by sealift and its peers, beside plain Node.

``projects.toml`` lists them. `corpus.__main__` runs them all; `test_corpus` runs a few.
"""
