//! The only module that sees both database drivers: one open transaction, statements, arguments, rows.
//!
//! Columns are text, 64-bit integers and bytes, nothing else, so that one text of a query serves both.

use sqlx::postgres::PgRow;
use sqlx::query::Query;
use sqlx::sqlite::SqliteRow;
use sqlx::{
    AssertSqlSafe, ColumnIndex, Database, Decode, Encode, PgPool, Postgres, Row as _, Sqlite, SqlitePool, Transaction,
    Type,
};

use crate::error::{Result, StoreError};
use crate::writer::{Turn, Writer};

/// How many rows a statement takes that gets its rows as one JSON array: one round trip, a bounded message.
pub(crate) const BULK_ROWS: usize = 1000;

/// One open transaction on either database. Dropped = rolled back.
pub(crate) enum Conn {
    /// Reads only.
    Sqlite(Transaction<'static, Sqlite>),
    /// Reads and writes on SQLite.
    Writer(Turn),
    Postgres(Transaction<'static, Postgres>),
}

/// A statement: one text for both databases, or one for each where they differ.
pub(crate) struct Sql {
    sqlite: &'static str,
    postgres: &'static str,
}

impl Sql {
    /// Both databases understand the same text.
    pub(crate) const fn same(text: &'static str) -> Self {
        Self { sqlite: text, postgres: text }
    }

    /// The two texts, side by side for the reader.
    pub(crate) const fn each(sqlite: &'static str, postgres: &'static str) -> Self {
        Self { sqlite, postgres }
    }

    /// The text for the database behind `conn`.
    #[cfg(test)]
    pub(crate) const fn text(&self, conn: &Conn) -> &'static str {
        if matches!(conn, Conn::Postgres(_)) { self.postgres } else { self.sqlite }
    }
}

/// The connections to either database, for single statements that need no transaction.
#[derive(Clone)]
pub(crate) enum Pool {
    /// SQLite has one writer at a time: the others wait in order instead of being refused.
    Sqlite { read: SqlitePool, writer: Writer },
    /// Reading never waits for those who wait for the disk.
    Postgres { read: PgPool, write: PgPool },
}

impl Pool {
    /// The first row of the answer of a statement that reads, if there is one.
    pub(crate) async fn row(&self, sql: &Sql, args: &[Arg<'_>]) -> Result<Option<Row>> {
        Ok(match self {
            Self::Sqlite { read, .. } => {
                bound(sqlx::query(sql.sqlite), args)?.fetch_optional(read).await?.map(Row::Sqlite)
            }
            Self::Postgres { read, .. } => {
                bound(sqlx::query(sql.postgres), args)?.fetch_optional(read).await?.map(Row::Postgres)
            }
        })
    }
}

/// A bound value.
#[derive(Clone, Copy)]
pub(crate) enum Arg<'a> {
    Text(&'a str),
    OptText(Option<&'a str>),
    Int(i64),
    OptInt(Option<i64>),
    Bytes(&'a [u8]),
}

/// A result row; columns are read by position.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Conn {
    /// Every row of the answer.
    pub(crate) async fn rows(&mut self, sql: &Sql, args: &[Arg<'_>]) -> Result<Vec<Row>> {
        Ok(match self {
            Self::Sqlite(tx) => {
                let rows = bound(sqlx::query(sql.sqlite), args)?.fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Self::Writer(turn) => {
                let query = bound(sqlx::query(sql.sqlite), args)?;
                let answer = query.fetch_all(turn.statement()?).await;
                turn.checked(answer)?.into_iter().map(Row::Sqlite).collect()
            }
            Self::Postgres(tx) => {
                let rows = bound(sqlx::query(sql.postgres), args)?.fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// Every row of the answer to a statement of [`crate::compose`]. It is planned for these very values, and not kept.
    pub(crate) async fn composed(&mut self, text: String, args: &[Arg<'_>]) -> Result<Vec<Row>> {
        let text = AssertSqlSafe(text);
        Ok(match self {
            Self::Sqlite(tx) => {
                let rows = bound(sqlx::query(text).persistent(false), args)?.fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Self::Writer(turn) => {
                let query = bound(sqlx::query(text).persistent(false), args)?;
                let answer = query.fetch_all(turn.statement()?).await;
                turn.checked(answer)?.into_iter().map(Row::Sqlite).collect()
            }
            Self::Postgres(tx) => {
                let rows = bound(sqlx::query(text).persistent(false), args)?.fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// The first row of the answer, if there is one.
    pub(crate) async fn row(&mut self, sql: &Sql, args: &[Arg<'_>]) -> Result<Option<Row>> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    /// Runs a statement and counts the rows it touched.
    pub(crate) async fn run(&mut self, sql: &Sql, args: &[Arg<'_>]) -> Result<u64> {
        Ok(match self {
            Self::Sqlite(tx) => bound(sqlx::query(sql.sqlite), args)?.execute(&mut **tx).await?.rows_affected(),
            Self::Writer(turn) => {
                let query = bound(sqlx::query(sql.sqlite), args)?;
                let answer = query.execute(turn.statement()?).await;
                turn.checked(answer)?.rows_affected()
            }
            Self::Postgres(tx) => bound(sqlx::query(sql.postgres), args)?.execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// The number a counting statement answers.
    pub(crate) async fn count(&mut self, sql: &Sql, args: &[Arg<'_>]) -> Result<u64> {
        let row = self.row(sql, args).await?;
        Ok(row.map_or(Ok(0), |row| row.int(0))?.unsigned_abs())
    }

    /// Whether the answer has a row.
    pub(crate) async fn exists(&mut self, sql: &Sql, args: &[Arg<'_>]) -> Result<bool> {
        Ok(!self.rows(sql, args).await?.is_empty())
    }

    pub(crate) async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Writer(turn) => turn.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    pub(crate) async fn rollback(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await?,
            Self::Writer(turn) => turn.rollback().await?,
            Self::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }
}

fn bound<'q, DB>(mut query: Query<'q, DB, DB::Arguments>, args: &[Arg<'_>]) -> Result<Query<'q, DB, DB::Arguments>>
where
    DB: Database,
    DB::Arguments: sqlx::IntoArguments<DB>,
    for<'t> &'t str: Encode<'t, DB> + Type<DB>,
    for<'t> Option<&'t str>: Encode<'t, DB> + Type<DB>,
    for<'t> i64: Encode<'t, DB> + Type<DB>,
    for<'t> Option<i64>: Encode<'t, DB> + Type<DB>,
    for<'t> &'t [u8]: Encode<'t, DB> + Type<DB>,
{
    for arg in args {
        query = match *arg {
            // PostgreSQL cannot store it; refused on both, so that a change of database changes nothing.
            Arg::Text(text) | Arg::OptText(Some(text)) if text.contains('\0') => return Err(StoreError::NulCharacter),
            Arg::Text(text) => query.bind(text),
            Arg::OptText(text) => query.bind(text),
            Arg::Int(number) => query.bind(number),
            Arg::OptInt(number) => query.bind(number),
            Arg::Bytes(bytes) => query.bind(bytes),
        };
    }
    Ok(query)
}

impl Row {
    pub(crate) fn text(&self, column: usize) -> Result<String> {
        self.get(column)
    }

    pub(crate) fn opt_text(&self, column: usize) -> Result<Option<String>> {
        self.get(column)
    }

    pub(crate) fn int(&self, column: usize) -> Result<i64> {
        self.get(column)
    }

    pub(crate) fn opt_int(&self, column: usize) -> Result<Option<i64>> {
        self.get(column)
    }

    pub(crate) fn bytes(&self, column: usize) -> Result<Vec<u8>> {
        self.get(column)
    }

    /// A JSON column.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, column: usize, what: &'static str) -> Result<T> {
        serde_json::from_str(&self.text(column)?).map_err(|_| StoreError::Damaged { what })
    }

    fn get<T>(&self, column: usize) -> Result<T>
    where
        T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>,
        usize: ColumnIndex<SqliteRow> + ColumnIndex<PgRow>,
    {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
}

/// The JSON text of a value made of plain data.
pub(crate) fn to_json<T: serde::Serialize + ?Sized>(value: &T, what: &'static str) -> Result<String> {
    serde_json::to_string(value).map_err(|_| StoreError::Damaged { what })
}
