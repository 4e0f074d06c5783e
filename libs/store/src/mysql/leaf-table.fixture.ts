/** A literal of this text, whatever the SQL mode and the character set of the connection. */
export function text(value: string): string {
  return value === '' ? "''" : `CONVERT(X'${Buffer.from(value).toString('hex')}' USING utf8mb4)`;
}

/** The table as Meituan Leaf makes it, in some character set. */
export function leafTable(charset: string, collate: string): string {
  return `CREATE TABLE leaf_alloc (
    biz_tag varchar(128) NOT NULL DEFAULT '', max_id bigint NOT NULL DEFAULT 1, step int NOT NULL,
    description varchar(256) DEFAULT NULL,
    update_time timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
    PRIMARY KEY (biz_tag)
  ) ENGINE = InnoDB DEFAULT CHARSET = ${charset} COLLATE = ${collate}`;
}
