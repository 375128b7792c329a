package xray

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"testing"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

func SQLOpen(driverName, dsn string) (*sql.DB, error) {
	return xrayOpen(driverName, dsn)
}

func SQLOpenDB(c driver.Connector) *sql.DB {
	return sql.OpenDB(xrayConnector(c))
}

func DBQuery(ctx context.Context, db *sql.DB, query string, args ...any) (*sql.Rows, error) {
	return db.QueryContext(ctx, query, args...)
}

func DBQueryRow(ctx context.Context, db *sql.DB, query string, args ...any) *sql.Row {
	return db.QueryRowContext(ctx, query, args...)
}

func DBExec(ctx context.Context, db *sql.DB, query string, args ...any) (sql.Result, error) {
	return db.ExecContext(ctx, query, args...)
}

func DBPrepare(ctx context.Context, db *sql.DB, query string) (*sql.Stmt, error) {
	return db.PrepareContext(ctx, query)
}

func DBPing(ctx context.Context, db *sql.DB) error {
	return db.PingContext(ctx)
}

func DBBegin(ctx context.Context, db *sql.DB) (*sql.Tx, error) {
	return db.BeginTx(context.WithoutCancel(ctx), nil)
}

func TxQuery(ctx context.Context, tx *sql.Tx, query string, args ...any) (*sql.Rows, error) {
	return tx.QueryContext(ctx, query, args...)
}

func TxQueryRow(ctx context.Context, tx *sql.Tx, query string, args ...any) *sql.Row {
	return tx.QueryRowContext(ctx, query, args...)
}

func TxExec(ctx context.Context, tx *sql.Tx, query string, args ...any) (sql.Result, error) {
	return tx.ExecContext(ctx, query, args...)
}

func TxPrepare(ctx context.Context, tx *sql.Tx, query string) (*sql.Stmt, error) {
	return tx.PrepareContext(ctx, query)
}

func TxStmt(ctx context.Context, tx *sql.Tx, stmt *sql.Stmt) *sql.Stmt {
	return tx.StmtContext(ctx, stmt)
}

func StmtQuery(ctx context.Context, stmt *sql.Stmt, args ...any) (*sql.Rows, error) {
	return stmt.QueryContext(ctx, args...)
}

func StmtQueryRow(ctx context.Context, stmt *sql.Stmt, args ...any) *sql.Row {
	return stmt.QueryRowContext(ctx, args...)
}

func StmtExec(ctx context.Context, stmt *sql.Stmt, args ...any) (sql.Result, error) {
	return stmt.ExecContext(ctx, args...)
}

// xrayOpen is sql.Open with every statement traced. The SDK asks each connection
// which database it belongs to. A driver that it knows no such question for may be
// a test's own, which expects none: in a test it is opened as it is.
func xrayOpen(driverName, dsn string) (*sql.DB, error) {
	switch driverName {
	case "postgres", "pgx", "mysql", "sqlite", "sqlite3", "sqlserver", "mssql", "oracle", "godror":
	default:
		if testing.Testing() {
			return sql.Open(driverName, dsn)
		}
	}
	if xray.SdkDisabled() {
		return sql.Open(driverName, dsn)
	}
	return xray.SQLContext(driverName, dsn)
}

// xrayConnector traces every statement of a connector's connections, but in a
// test, whose connectors may not expect the SDK's questions. The data source's
// name is not told by a connector, and stays out of the trace.
func xrayConnector(c driver.Connector) driver.Connector {
	if testing.Testing() || xray.SdkDisabled() {
		return c
	}
	return xray.SQLConnector("", c)
}
