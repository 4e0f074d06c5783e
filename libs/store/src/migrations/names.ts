export const MIGRATIONS_TABLE = 'idun_migrations';
