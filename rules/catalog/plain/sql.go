package plain

import (
	"context"
	"database/sql"
	"database/sql/driver"
)

//idiom:library database/sql
//idiom:traces a statement or ping that is given a context with a segment -> subsegment `database@host`, with the statement's text; of `sql.OpenDB` named after the database alone
//idiom:untraced preparing a statement, commit and rollback; reading rows; databases that the program opens under `go test` with a driver of its own

// SQLOpen finds sql.Open. Every ping and statement that is given a context with a
// segment becomes a subsegment named database@host, with the statement's text;
// the preparation of statements and the ends of transactions do not. The host is known
// where the data source is a URL; a database that the SDK cannot ask for its name, as
// SQLite, is called Unknown. Before the first
// connection the SDK opens another one to ask for the database's name; in a test, a
// driver that is not known by name, which may expect no such question, is opened
// as before. The traced driver hides the program's from DB.Driver and Conn.Raw.
//
//idiom:kind sql-open
//idiom:guard opaque-driver
func SQLOpen(driverName, dsn string) (*sql.DB, error) {
	return sql.Open(driverName, dsn)
}

// SQLOpenDB finds sql.OpenDB and promises what SQLOpen does. The subsegments are
// named after the database alone: a connector does not tell its host. In a test,
// any connector is opened as before.
//
//idiom:kind sql-open
//idiom:guard opaque-driver untraced-connector
func SQLOpenDB(c driver.Connector) *sql.DB {
	return sql.OpenDB(c)
}

// DBQuery finds Query on a database. The statement, and the reading of its rows,
// end with the context.
//
//idiom:kind sql-call
func DBQuery(ctx context.Context, db *sql.DB, query string, args ...any) (*sql.Rows, error) {
	return db.Query(query, args...)
}

// DBQueryRow finds QueryRow on a database. It ends with the context.
//
//idiom:kind sql-call
func DBQueryRow(ctx context.Context, db *sql.DB, query string, args ...any) *sql.Row {
	return db.QueryRow(query, args...)
}

// DBExec finds Exec on a database. It ends with the context.
//
//idiom:kind sql-call
func DBExec(ctx context.Context, db *sql.DB, query string, args ...any) (sql.Result, error) {
	return db.Exec(query, args...)
}

// DBPrepare finds Prepare on a database. The preparation ends with the context;
// the statement may outlive it.
//
//idiom:kind sql-call
func DBPrepare(ctx context.Context, db *sql.DB, query string) (*sql.Stmt, error) {
	return db.Prepare(query)
}

// DBPing finds Ping on a database. It ends with the context.
//
//idiom:kind sql-call
func DBPing(ctx context.Context, db *sql.DB) error {
	return db.Ping()
}

// DBBegin finds Begin on a database. The transaction does not end with the
// context, as BeginTx alone would have it: a program that commits after its
// client has gone still does.
//
//idiom:kind sql-call
func DBBegin(ctx context.Context, db *sql.DB) (*sql.Tx, error) {
	return db.Begin()
}

// TxQuery finds Query in a transaction. The statement, and the reading of its
// rows, end with the context; the transaction does not.
//
//idiom:kind sql-call
func TxQuery(ctx context.Context, tx *sql.Tx, query string, args ...any) (*sql.Rows, error) {
	return tx.Query(query, args...)
}

// TxQueryRow finds QueryRow in a transaction. It ends with the context; the
// transaction does not.
//
//idiom:kind sql-call
func TxQueryRow(ctx context.Context, tx *sql.Tx, query string, args ...any) *sql.Row {
	return tx.QueryRow(query, args...)
}

// TxExec finds Exec in a transaction. It ends with the context; the transaction
// does not.
//
//idiom:kind sql-call
func TxExec(ctx context.Context, tx *sql.Tx, query string, args ...any) (sql.Result, error) {
	return tx.Exec(query, args...)
}

// TxPrepare finds Prepare in a transaction. The preparation ends with the
// context; the statement may outlive it.
//
//idiom:kind sql-call
func TxPrepare(ctx context.Context, tx *sql.Tx, query string) (*sql.Stmt, error) {
	return tx.Prepare(query)
}

// TxStmt finds Stmt, which binds a prepared statement to a transaction. What is
// prepared anew for it ends with the context.
//
//idiom:kind sql-call
func TxStmt(ctx context.Context, tx *sql.Tx, stmt *sql.Stmt) *sql.Stmt {
	return tx.Stmt(stmt)
}

// StmtQuery finds Query on a prepared statement. The reading of its rows ends with
// the context as well.
//
//idiom:kind sql-call
func StmtQuery(ctx context.Context, stmt *sql.Stmt, args ...any) (*sql.Rows, error) {
	return stmt.Query(args...)
}

// StmtQueryRow finds QueryRow on a prepared statement. It ends with the context.
//
//idiom:kind sql-call
func StmtQueryRow(ctx context.Context, stmt *sql.Stmt, args ...any) *sql.Row {
	return stmt.QueryRow(args...)
}

// StmtExec finds Exec on a prepared statement. It ends with the context.
//
//idiom:kind sql-call
func StmtExec(ctx context.Context, stmt *sql.Stmt, args ...any) (sql.Result, error) {
	return stmt.Exec(args...)
}
