"""Records as bytes: opening, decompressing and splitting streams of them, and reading JSON that is not trusted."""
