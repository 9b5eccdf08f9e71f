"""The store on SQLite and PostgreSQL: the only place where SQL is written."""
