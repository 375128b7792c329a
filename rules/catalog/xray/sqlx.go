package xray

import (
	"context"
	"database/sql"

	"github.com/jmoiron/sqlx"
)

func SQLXOpen(driverName, dsn string) (*sqlx.DB, error) {
	return xraySQLX(driverName, dsn)
}

func SQLXMustOpen(driverName, dsn string) *sqlx.DB {
	return xraySQLXMust(xraySQLX(driverName, dsn))
}

func SQLXConnect(driverName, dsn string) (*sqlx.DB, error) {
	return xraySQLXConnect(driverName, dsn)
}

func SQLXMustConnect(driverName, dsn string) *sqlx.DB {
	return xraySQLXMust(xraySQLXConnect(driverName, dsn))
}

func SQLXConnectContext(ctx context.Context, driverName, dsn string) (*sqlx.DB, error) {
	return xraySQLXConnectContext(ctx, driverName, dsn)
}

func SQLXCall(ctx context.Context, db *sqlx.Stmt, args ...any) *sqlx.Row {
	return db.QueryRowxContext(ctx, args...)
}

func SQLXBegin(ctx context.Context, db *sqlx.DB) (*sqlx.Tx, error) {
	return db.BeginTxx(context.WithoutCancel(ctx), nil)
}

func SQLXMustBegin(ctx context.Context, db *sqlx.DB) *sqlx.Tx {
	return db.MustBeginTx(context.WithoutCancel(ctx), nil)
}

func SQLXTxNamedQuery(ctx context.Context, tx *sqlx.Tx, query string, arg any) (*sqlx.Rows, error) {
	return sqlx.NamedQueryContext(ctx, tx, query, arg)
}

func SQLXGet(ctx context.Context, q interface {
	sqlx.Queryer
	sqlx.QueryerContext
}, dest any, query string, args ...any) error {
	return sqlx.GetContext(ctx, q, dest, query, args...)
}

func SQLXSelect(ctx context.Context, q interface {
	sqlx.Queryer
	sqlx.QueryerContext
}, dest any, query string, args ...any) error {
	return sqlx.SelectContext(ctx, q, dest, query, args...)
}

func SQLXNamedQuery(ctx context.Context, e interface {
	sqlx.Ext
	sqlx.ExtContext
}, query string, arg any) (*sqlx.Rows, error) {
	return sqlx.NamedQueryContext(ctx, e, query, arg)
}

func SQLXNamedExec(ctx context.Context, e interface {
	sqlx.Ext
	sqlx.ExtContext
}, query string, arg any) (sql.Result, error) {
	return sqlx.NamedExecContext(ctx, e, query, arg)
}

func SQLXMustExec(ctx context.Context, e interface {
	sqlx.Execer
	sqlx.ExecerContext
}, query string, args ...any) sql.Result {
	return sqlx.MustExecContext(ctx, e, query, args...)
}

func SQLXPreparex(ctx context.Context, p interface {
	sqlx.Preparer
	sqlx.PreparerContext
}, query string) (*sqlx.Stmt, error) {
	return sqlx.PreparexContext(ctx, p, query)
}

// xraySQLX is sqlx.Open with every statement traced. sqlx goes on to know the
// driver by its own name: by that it tells the form of bind variables.
func xraySQLX(driverName, dsn string) (*sqlx.DB, error) {
	db, err := xrayOpen(driverName, dsn)
	if err != nil {
		return nil, err
	}
	return sqlx.NewDb(db, driverName), nil
}

// xraySQLXConnect is sqlx.Connect with every statement traced.
func xraySQLXConnect(driverName, dsn string) (*sqlx.DB, error) {
	db, err := xraySQLX(driverName, dsn)
	if err != nil {
		return nil, err
	}
	if err := db.Ping(); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// xraySQLXConnectContext is sqlx.ConnectContext with every statement traced. As that
// does, it returns the database that does not answer.
func xraySQLXConnectContext(ctx context.Context, driverName, dsn string) (*sqlx.DB, error) {
	db, err := xraySQLX(driverName, dsn)
	if err != nil {
		return db, err
	}
	return db, db.PingContext(ctx)
}

// xraySQLXMust panics with an error, as sqlx.MustOpen and sqlx.MustConnect do.
func xraySQLXMust(db *sqlx.DB, err error) *sqlx.DB {
	if err != nil {
		panic(err)
	}
	return db
}
