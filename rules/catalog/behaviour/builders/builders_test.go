// Package builders runs the idioms of bun, goqu, squirrel and ent, against a database in
// memory.
package builders

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"testing"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/Masterminds/squirrel"
	"github.com/doug-martin/goqu/v9"
	"github.com/doug-martin/goqu/v9/exec"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/fakedb"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

func TestMain(m *testing.M) { sent.Main(m) }

// dialect is one dialect's ways to use the libraries.
type dialect struct {
	bunCall   func(ctx context.Context, db *bun.DB, query string, args ...any) (*sql.Rows, error)
	bunBegin  func(ctx context.Context, db *bun.DB) (bun.Tx, error)
	goquCall  func(ctx context.Context, db *goqu.Database, query string, args ...any) (*sql.Rows, error)
	goquExec  func(ctx context.Context, e exec.QueryExecutor) (sql.Result, error)
	goquBegin func(ctx context.Context, db *goqu.Database) (*goqu.TxDatabase, error)
	squirrel  func(ctx context.Context, b squirrel.SelectBuilder, dest ...any) error
	ent       func(dialect, dsn string) (*entsql.Driver, error)
}

var dialects = [2]dialect{
	{plain.BunCall, plain.BunBegin, plain.GoquCall, plain.GoquExec, plain.GoquBegin, plain.SquirrelCall, plain.EntOpen},
	{traced.BunCall, traced.BunBegin, traced.GoquCall, traced.GoquExec, traced.GoquBegin, traced.SquirrelCall, traced.EntOpen},
}

const dsnPrefix = "fake://teller:secret@db.example:5432/"

// session uses a database by each library and returns what came of it.
func session(t *testing.T, d dialect, ctx context.Context, dsn string) (out []string) {
	t.Helper()
	note := func(what string, err error) { out = append(out, fmt.Sprint(what, " ", err)) }
	ent, err := d.ent(fakedb.Known, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer ent.Close()
	conn := ent.DB()
	conn.SetMaxOpenConns(1)
	note("ent "+ent.Dialect(), ent.Exec(ctx, "INSERT ent", []any{1}, nil))

	b := bun.NewDB(conn, pgdialect.New())
	rows, err := d.bunCall(ctx, b, "SELECT bun ?", 1)
	note("bun", err)
	rows.Close()
	tx, err := d.bunBegin(ctx, b)
	note("begin", err)
	note("commit", tx.Commit())

	g := goqu.New("postgres", conn)
	rows, err = d.goquCall(ctx, g, "SELECT goqu", 1, 2)
	note("goqu", err)
	rows.Close()
	_, err = d.goquExec(ctx, g.Insert("t").Rows(goqu.Record{"a": 1}).Executor())
	note("goqu insert", err)
	gtx, err := d.goquBegin(ctx, g)
	note("begin", err)
	note("rollback", gtx.Rollback())

	var query string
	var n int
	note("squirrel", d.squirrel(ctx, squirrel.Select("a").From("t").Where("b = ?", 1).RunWith(conn), &query, &n))
	return append(out, query)
}

var recorded = []string{"INSERT ent", "SELECT bun 1", "SELECT goqu", `INSERT INTO "t" ("a") VALUES (1)`, "SELECT a FROM t WHERE b = ?"}

func TestIdioms(t *testing.T) {
	var out, log [3][]string
	for i, d := range [3]dialect{dialects[0], dialects[1], dialects[1]} {
		ctx := context.Background()
		dsn := fmt.Sprint(dsnPrefix, i)
		if i != 1 {
			out[i], log[i] = session(t, d, ctx, dsn), fakedb.At(dsn).Take()
			continue
		}
		ctx, closed := sent.Begin(t)
		out[i], log[i] = session(t, d, ctx, dsn), fakedb.At(dsn).Take()
		var got []string
		for _, sub := range closed().Below() {
			if sub.SQL.Query != "CONNECT" {
				got = append(got, sub.SQL.Query)
			}
			if sub.Name != "shop@db.example" {
				t.Errorf("subsegment %+v", sub)
			}
		}
		if !reflect.DeepEqual(got, recorded) {
			t.Errorf("recorded\n%q\nwant\n%q", got, recorded)
		}
	}
	for i := 1; i < 3; i++ {
		if !reflect.DeepEqual(out[0], out[i]) || !reflect.DeepEqual(log[0], log[i]) {
			t.Errorf("plain gives\n%q and tells\n%q; side %d gives\n%q and tells\n%q", out[0], log[0], i, out[i], log[i])
		}
	}
}

func TestErrors(t *testing.T) {
	for i, d := range dialects {
		if db, err := d.ent("nosuch", ""); db != nil || err == nil {
			t.Errorf("side %d: %v, %v", i, db, err)
		}
	}
}
