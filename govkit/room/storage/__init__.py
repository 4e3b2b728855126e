"""The room's database: SQLite, or PostgreSQL shared by several servers."""
