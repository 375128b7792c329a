package plain

import (
	"context"
	"database/sql"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/Masterminds/squirrel"
	"github.com/doug-martin/goqu/v9"
	"github.com/doug-martin/goqu/v9/exec"
	"github.com/uptrace/bun"
)

//idiom:library github.com/uptrace/bun
//idiom:traces a statement of a database that the program opens by database/sql -> subsegment as of database/sql
//idiom:untraced begin, commit and rollback; begin on a transaction, which sets a savepoint

//idiom:library github.com/doug-martin/goqu/v9
//idiom:traces a statement of a database that the program opens by database/sql -> subsegment as of database/sql
//idiom:untraced begin, commit and rollback; goqu v8 and older

//idiom:library github.com/Masterminds/squirrel
//idiom:traces a statement of a database that the program opens by database/sql -> subsegment as of database/sql
//idiom:untraced builders whose `RunWith` is not in sight, or is given what takes no context

//idiom:library entgo.io/ent/dialect/sql
//idiom:traces a statement of a database that the program opens by `sql.Open` of ent's dialect -> subsegment as of database/sql
//idiom:untraced the `Open` that ent generates: open the database by `sql.Open` of ent's dialect and give it to `NewClient`

// BunCall finds Exec, Query, QueryRow and Prepare of bun's databases and transactions.
// The statement, and the reading of its rows, end with the context. bun's queries take
// a context themselves.
//
//idiom:kind sql-call
//idiom:family github.com/uptrace/bun Exec Query QueryRow Prepare
func BunCall(ctx context.Context, db *bun.DB, query string, args ...any) (*sql.Rows, error) {
	return db.Query(query, args...)
}

// BunBegin finds Begin of bun's databases. The transaction does not end with the
// context, see DBBegin.
//
//idiom:kind sql-call
func BunBegin(ctx context.Context, db *bun.DB) (bun.Tx, error) {
	return db.Begin()
}

// GoquCall finds the methods of goqu's databases, transactions, datasets and executors
// that have a twin with a context and parameters: ScanStructs, ScanStruct, ScanVals,
// ScanVal, Pluck, Exec, Query, QueryRow, Prepare. They end with the context.
//
//idiom:kind sql-call
//idiom:family github.com/doug-martin/goqu/v9 ScanStructs ScanStruct ScanVals ScanVal Pluck Exec Query QueryRow Prepare
func GoquCall(ctx context.Context, db *goqu.Database, query string, args ...any) (*sql.Rows, error) {
	return db.Query(query, args...)
}

// GoquExec finds the methods of goqu's datasets and executors that have a twin with a
// context and no parameters: Exec, Query, Scanner, Count. They end with the context.
//
//idiom:kind sql-call
//idiom:family github.com/doug-martin/goqu/v9 Exec Query Scanner Count
func GoquExec(ctx context.Context, e exec.QueryExecutor) (sql.Result, error) {
	return e.Exec()
}

// GoquBegin finds Begin of goqu's databases. The transaction does not end with the
// context, see DBBegin.
//
//idiom:kind sql-call
func GoquBegin(ctx context.Context, db *goqu.Database) (*goqu.TxDatabase, error) {
	return db.Begin()
}

// SquirrelCall finds Exec, Query, QueryRow and Scan of a builder that is run with what
// takes contexts, as a database or transaction of database/sql or sqlx does. They end
// with the context.
//
//idiom:kind sql-call
//idiom:family github.com/Masterminds/squirrel Exec Query QueryRow Scan
//idiom:guard context-runner
func SquirrelCall(ctx context.Context, b squirrel.SelectBuilder, dest ...any) error {
	return b.Scan(dest...)
}

// EntOpen finds sql.Open of ent's dialect and promises what SQLOpen does.
//
//idiom:kind sql-open
//idiom:guard opaque-driver
func EntOpen(dialect, dsn string) (*entsql.Driver, error) {
	return entsql.Open(dialect, dsn)
}
