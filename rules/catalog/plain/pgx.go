package plain

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

//idiom:library github.com/jackc/pgx/v5
//idiom:traces a statement, batch or copy that is given a context with a segment, of connections, pools and databases -> subsegment `database@host`, with the statements' text; begin and commit are statements, too
//idiom:untraced connecting, implicit preparation, waiting for a connection of a pool; arguments of statements; pgx v4 and older, which have no tracers

// PGXConnect finds pgx.Connect. Every statement, batch and copy that is given a
// context with a segment becomes a subsegment named database@host, with its text. No
// rows is no fault.
//
//idiom:kind sql-open
//idiom:guard untraced-pgx
func PGXConnect(ctx context.Context, dsn string) (*pgx.Conn, error) {
	return pgx.Connect(ctx, dsn)
}

// PGXConnectConfig finds pgx.ConnectConfig and promises what PGXConnect does. A tracer
// that the configuration has goes on tracing. The configuration itself does not
// change.
//
//idiom:kind sql-open
//idiom:guard untraced-pgx
func PGXConnectConfig(ctx context.Context, cfg *pgx.ConnConfig) (*pgx.Conn, error) {
	return pgx.ConnectConfig(ctx, cfg)
}

// PGXPool finds pgxpool.New and promises what PGXConnect does, for each connection of
// the pool.
//
//idiom:kind sql-open
//idiom:guard untraced-pgx
func PGXPool(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	return pgxpool.New(ctx, dsn)
}

// PGXPoolConfig finds pgxpool.NewWithConfig and promises what PGXConnectConfig does.
// Connections get their tracer as they are made, behind the program's own
// BeforeConnect.
//
//idiom:kind sql-open
//idiom:guard untraced-pgx
func PGXPoolConfig(ctx context.Context, cfg *pgxpool.Config) (*pgxpool.Pool, error) {
	return pgxpool.NewWithConfig(ctx, cfg)
}

// PGXOpenDB finds OpenDB of pgx/stdlib and promises what PGXConnectConfig does. The
// driver stays pgx's own, for Conn.Raw.
//
//idiom:kind sql-open
//idiom:guard untraced-pgx
func PGXOpenDB(cfg pgx.ConnConfig, opts ...stdlib.OptionOpenDB) *sql.DB {
	return stdlib.OpenDB(cfg, opts...)
}
