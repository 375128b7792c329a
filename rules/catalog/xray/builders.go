package xray

import (
	"context"
	"database/sql"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/Masterminds/squirrel"
	"github.com/doug-martin/goqu/v9"
	"github.com/doug-martin/goqu/v9/exec"
	"github.com/uptrace/bun"
)

func BunCall(ctx context.Context, db *bun.DB, query string, args ...any) (*sql.Rows, error) {
	return db.QueryContext(ctx, query, args...)
}

func BunBegin(ctx context.Context, db *bun.DB) (bun.Tx, error) {
	return db.BeginTx(context.WithoutCancel(ctx), nil)
}

func GoquCall(ctx context.Context, db *goqu.Database, query string, args ...any) (*sql.Rows, error) {
	return db.QueryContext(ctx, query, args...)
}

func GoquExec(ctx context.Context, e exec.QueryExecutor) (sql.Result, error) {
	return e.ExecContext(ctx)
}

func GoquBegin(ctx context.Context, db *goqu.Database) (*goqu.TxDatabase, error) {
	return db.BeginTx(context.WithoutCancel(ctx), nil)
}

func SquirrelCall(ctx context.Context, b squirrel.SelectBuilder, dest ...any) error {
	return b.ScanContext(ctx, dest...)
}

func EntOpen(dialect, dsn string) (*entsql.Driver, error) {
	return xrayEnt(dialect, dsn)
}

// xrayEnt is sql.Open of ent's dialect with every statement traced.
func xrayEnt(dialect, dsn string) (*entsql.Driver, error) {
	db, err := xrayOpen(dialect, dsn)
	if err != nil {
		return nil, err
	}
	return entsql.OpenDB(dialect, db), nil
}
