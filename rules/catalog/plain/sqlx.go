package plain

import (
	"context"
	"database/sql"

	"github.com/jmoiron/sqlx"
)

//idiom:library github.com/jmoiron/sqlx
//idiom:traces a statement or ping of a database that sqlx opens, which is given a context with a segment -> subsegment `database@host`, with the statement's text
//idiom:untraced preparing a statement, commit and rollback; reading rows; calls through `sqlx.Queryer`, `sqlx.Execer` and `sqlx.Ext`, which take no context

// SQLXOpen finds sqlx.Open and promises what SQLOpen does. The driver keeps the name
// that the program gave, by which sqlx chooses the form of bind variables.
//
//idiom:kind sql-open
//idiom:guard opaque-driver
func SQLXOpen(driverName, dsn string) (*sqlx.DB, error) {
	return sqlx.Open(driverName, dsn)
}

// SQLXMustOpen finds sqlx.MustOpen and promises what SQLXOpen does; it panics with
// the same error.
//
//idiom:kind sql-open
//idiom:guard opaque-driver
func SQLXMustOpen(driverName, dsn string) *sqlx.DB {
	return sqlx.MustOpen(driverName, dsn)
}

// SQLXConnect finds sqlx.Connect and promises what SQLXOpen does. The first ping
// belongs to no request.
//
//idiom:kind sql-open
//idiom:guard opaque-driver
func SQLXConnect(driverName, dsn string) (*sqlx.DB, error) {
	return sqlx.Connect(driverName, dsn)
}

// SQLXMustConnect finds sqlx.MustConnect and promises what SQLXConnect does; it
// panics with the same error.
//
//idiom:kind sql-open
//idiom:guard opaque-driver
func SQLXMustConnect(driverName, dsn string) *sqlx.DB {
	return sqlx.MustConnect(driverName, dsn)
}

// SQLXConnectContext finds sqlx.ConnectContext and promises what SQLXOpen does.
//
//idiom:kind sql-open
//idiom:guard opaque-driver
func SQLXConnectContext(ctx context.Context, driverName, dsn string) (*sqlx.DB, error) {
	return sqlx.ConnectContext(ctx, driverName, dsn)
}

// SQLXCall finds the methods of sqlx's databases, transactions and statements that
// have a twin with a context: Get, Select, Queryx, QueryRowx, NamedExec,
// NamedQuery, MustExec, Preparex, PrepareNamed, Stmtx, NamedStmt, and Exec, Query
// and QueryRow of a named statement. The statement, and the reading of its rows,
// end with the context; a transaction and a prepared statement do not.
//
//idiom:kind sql-call
//idiom:family github.com/jmoiron/sqlx Get Select Queryx QueryRowx NamedExec NamedQuery MustExec Preparex PrepareNamed Stmtx NamedStmt Exec Query QueryRow
func SQLXCall(ctx context.Context, db *sqlx.Stmt, args ...any) *sqlx.Row {
	return db.QueryRowx(args...)
}

// SQLXBegin finds Beginx. The transaction does not end with the context, see
// DBBegin.
//
//idiom:kind sql-call
func SQLXBegin(ctx context.Context, db *sqlx.DB) (*sqlx.Tx, error) {
	return db.Beginx()
}

// SQLXMustBegin finds MustBegin. The transaction does not end with the context, see
// DBBegin.
//
//idiom:kind sql-call
func SQLXMustBegin(ctx context.Context, db *sqlx.DB) *sqlx.Tx {
	return db.MustBegin()
}

// SQLXTxNamedQuery finds NamedQuery in a transaction, which has no twin with a
// context. The reading of its rows ends with the context; the transaction does not.
//
//idiom:kind sql-call
func SQLXTxNamedQuery(ctx context.Context, tx *sqlx.Tx, query string, arg any) (*sqlx.Rows, error) {
	return tx.NamedQuery(query, arg)
}

// SQLXGet finds sqlx.Get on what also takes contexts. It ends with the context.
//
//idiom:kind sql-call
//idiom:guard takes-context
func SQLXGet(ctx context.Context, q interface {
	sqlx.Queryer
	sqlx.QueryerContext
}, dest any, query string, args ...any) error {
	return sqlx.Get(q, dest, query, args...)
}

// SQLXSelect finds sqlx.Select on what also takes contexts. It ends with the
// context.
//
//idiom:kind sql-call
//idiom:guard takes-context
func SQLXSelect(ctx context.Context, q interface {
	sqlx.Queryer
	sqlx.QueryerContext
}, dest any, query string, args ...any) error {
	return sqlx.Select(q, dest, query, args...)
}

// SQLXNamedQuery finds sqlx.NamedQuery on what also takes contexts. The reading of
// its rows ends with the context.
//
//idiom:kind sql-call
//idiom:guard takes-context
func SQLXNamedQuery(ctx context.Context, e interface {
	sqlx.Ext
	sqlx.ExtContext
}, query string, arg any) (*sqlx.Rows, error) {
	return sqlx.NamedQuery(e, query, arg)
}

// SQLXNamedExec finds sqlx.NamedExec on what also takes contexts. It ends with the
// context.
//
//idiom:kind sql-call
//idiom:guard takes-context
func SQLXNamedExec(ctx context.Context, e interface {
	sqlx.Ext
	sqlx.ExtContext
}, query string, arg any) (sql.Result, error) {
	return sqlx.NamedExec(e, query, arg)
}

// SQLXMustExec finds sqlx.MustExec on what also takes contexts. It ends with the
// context, and panics as before.
//
//idiom:kind sql-call
//idiom:guard takes-context
func SQLXMustExec(ctx context.Context, e interface {
	sqlx.Execer
	sqlx.ExecerContext
}, query string, args ...any) sql.Result {
	return sqlx.MustExec(e, query, args...)
}

// SQLXPreparex finds sqlx.Preparex on what also takes contexts. The preparation ends
// with the context; the statement may outlive it.
//
//idiom:kind sql-call
//idiom:guard takes-context
func SQLXPreparex(ctx context.Context, p interface {
	sqlx.Preparer
	sqlx.PreparerContext
}, query string) (*sqlx.Stmt, error) {
	return sqlx.Preparex(p, query)
}
