// Package sqlx runs the idioms of sqlx, against a database in memory.
package sqlx

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/fakedb"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

func TestMain(m *testing.M) { sent.Main(m) }

// dialect is one dialect's ways to use sqlx.
type dialect struct {
	open, connect         func(driverName, dsn string) (*sqlx.DB, error)
	mustOpen, mustConnect func(driverName, dsn string) *sqlx.DB
	connectContext        func(ctx context.Context, driverName, dsn string) (*sqlx.DB, error)

	call      func(ctx context.Context, db *sqlx.Stmt, args ...any) *sqlx.Row
	begin     func(ctx context.Context, db *sqlx.DB) (*sqlx.Tx, error)
	mustBegin func(ctx context.Context, db *sqlx.DB) *sqlx.Tx
	txNamed   func(ctx context.Context, tx *sqlx.Tx, query string, arg any) (*sqlx.Rows, error)
	get       func(ctx context.Context, q interface {
		sqlx.Queryer
		sqlx.QueryerContext
	}, dest any, query string, args ...any) error
	sel func(ctx context.Context, q interface {
		sqlx.Queryer
		sqlx.QueryerContext
	}, dest any, query string, args ...any) error
	namedQuery func(ctx context.Context, e interface {
		sqlx.Ext
		sqlx.ExtContext
	}, query string, arg any) (*sqlx.Rows, error)
	namedExec func(ctx context.Context, e interface {
		sqlx.Ext
		sqlx.ExtContext
	}, query string, arg any) (sql.Result, error)
	mustExec func(ctx context.Context, e interface {
		sqlx.Execer
		sqlx.ExecerContext
	}, query string, args ...any) sql.Result
	preparex func(ctx context.Context, p interface {
		sqlx.Preparer
		sqlx.PreparerContext
	}, query string) (*sqlx.Stmt, error)
}

var dialects = [2]dialect{
	{plain.SQLXOpen, plain.SQLXConnect, plain.SQLXMustOpen, plain.SQLXMustConnect, plain.SQLXConnectContext,
		plain.SQLXCall, plain.SQLXBegin, plain.SQLXMustBegin, plain.SQLXTxNamedQuery,
		plain.SQLXGet, plain.SQLXSelect, plain.SQLXNamedQuery, plain.SQLXNamedExec, plain.SQLXMustExec, plain.SQLXPreparex},
	{traced.SQLXOpen, traced.SQLXConnect, traced.SQLXMustOpen, traced.SQLXMustConnect, traced.SQLXConnectContext,
		traced.SQLXCall, traced.SQLXBegin, traced.SQLXMustBegin, traced.SQLXTxNamedQuery,
		traced.SQLXGet, traced.SQLXSelect, traced.SQLXNamedQuery, traced.SQLXNamedExec, traced.SQLXMustExec, traced.SQLXPreparex},
}

const dsnPrefix = "fake://teller:secret@db.example:5432/"

// line is a row of the database in memory.
type line struct {
	Query string
	Args  int
}

// session uses a database in every way and returns what came of it.
func session(t *testing.T, d dialect, ctx context.Context, db *sqlx.DB) (out []string) {
	note := func(what string, result any, err error) { out = append(out, fmt.Sprint(what, " ", result, " ", err)) }
	rows := func(what string, rows *sqlx.Rows, err error) {
		var all []line
		for err == nil && rows.Next() {
			var l line
			err = rows.StructScan(&l)
			all = append(all, l)
		}
		if rows != nil {
			rows.Close()
		}
		note(what, all, err)
	}
	var one line
	err := d.get(ctx, db, &one, "SELECT a", 1)
	note("get", one, err)
	err = d.get(ctx, db, &one, "SELECT FAIL")
	note("get", one, err)
	var all []line
	err = d.sel(ctx, db, &all, "SELECT b", 1, 2)
	note("select", all, err)
	r, err := d.namedQuery(ctx, db, "SELECT :args", one)
	rows("named query", r, err)
	res, err := d.namedExec(ctx, db, "INSERT :query", one)
	note("named exec", res != nil, err)
	note("must exec", d.mustExec(ctx, db, "INSERT b", 1, 2, 3) != nil, nil)
	stmt, err := d.preparex(ctx, db, "SELECT c")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close()
	err = d.call(ctx, stmt, 1, 2).StructScan(&one)
	note("row", one, err)

	tx, err := d.begin(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	r, err = d.txNamed(ctx, tx, "SELECT d :args", one)
	rows("tx named query", r, err)
	note("commit", nil, tx.Commit())
	tx = d.mustBegin(ctx, db)
	note("must exec", d.mustExec(ctx, tx, "INSERT e") != nil, nil)
	note("rollback", nil, tx.Rollback())
	note("driver", db.DriverName(), nil)
	return out
}

var recorded = []string{"SELECT a", "SELECT FAIL", "SELECT b", "SELECT $1", "INSERT $1", "INSERT b", "SELECT c", "SELECT d $1", "INSERT e"}

func TestIdioms(t *testing.T) {
	for name, open := range map[string]func(d dialect, ctx context.Context, dsn string) (*sqlx.DB, error){
		"open":    func(d dialect, _ context.Context, dsn string) (*sqlx.DB, error) { return d.open(fakedb.Known, dsn) },
		"connect": func(d dialect, _ context.Context, dsn string) (*sqlx.DB, error) { return d.connect(fakedb.Known, dsn) },
		"must open": func(d dialect, _ context.Context, dsn string) (*sqlx.DB, error) {
			return d.mustOpen(fakedb.Known, dsn), nil
		},
		"must connect": func(d dialect, _ context.Context, dsn string) (*sqlx.DB, error) {
			return d.mustConnect(fakedb.Known, dsn), nil
		},
		"connect context": func(d dialect, ctx context.Context, dsn string) (*sqlx.DB, error) {
			return d.connectContext(ctx, fakedb.Known, dsn)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out, log [3][]string
			var s daemon.Segment
			for i, d := range [3]dialect{dialects[0], dialects[1], dialects[1]} {
				dsn := fmt.Sprint(dsnPrefix, strings.ReplaceAll(name, " ", ""), i)
				ctx, closed := context.Background(), func() daemon.Segment { return daemon.Segment{} }
				if i == 1 {
					ctx, closed = sent.Begin(t)
				}
				db, err := open(d, ctx, dsn)
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				db.SetMaxOpenConns(1)
				out[i] = session(t, d, ctx, db)
				log[i] = fakedb.At(dsn).Take()
				if i == 1 {
					s = closed()
				} else {
					closed()
				}
			}
			for i := 1; i < 3; i++ {
				if !reflect.DeepEqual(out[0], out[i]) || !reflect.DeepEqual(log[0], log[i]) {
					t.Errorf("plain gives\n%q and tells\n%q; side %d gives\n%q and tells\n%q", out[0], log[0], i, out[i], log[i])
				}
			}
			expect(t, s)
		})
	}
}

// expect checks the statements of a session that are recorded.
func expect(t *testing.T, s daemon.Segment) {
	t.Helper()
	var got []string
	for _, sub := range s.Below() {
		if sub.SQL.Query != "CONNECT" && sub.SQL.Query != "PING" {
			got = append(got, sub.SQL.Query)
		}
		if sub.Name != "shop@db.example" || sub.Fault != strings.Contains(sub.SQL.Query, "FAIL") || strings.Contains(fmt.Sprint(sub), "secret") {
			t.Errorf("subsegment %+v", sub)
		}
	}
	if !reflect.DeepEqual(got, recorded) {
		t.Errorf("got  %q\nwant %q", got, recorded)
	}
}

// What cannot be opened fails as before: an error, a panic with it, or from
// ConnectContext alone an error with the database.
func TestErrors(t *testing.T) {
	for _, names := range [][2]string{{"nosuch", ""}, {fakedb.Known, "bad"}, {fakedb.Driver, "bad"}} {
		var got [2][]string
		for i, d := range dialects {
			for _, open := range []func(string, string) (*sqlx.DB, error){d.open, d.connect, func(driver, dsn string) (*sqlx.DB, error) {
				return d.connectContext(context.Background(), driver, dsn)
			}, must(d.mustOpen), must(d.mustConnect)} {
				db, err := open(names[0], names[1])
				got[i] = append(got[i], fmt.Sprint(db != nil, err))
			}
		}
		if !reflect.DeepEqual(got[0], got[1]) {
			t.Errorf("%q: plain %q, traced %q", names, got[0], got[1])
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for i, d := range dialects {
		db, err := d.connectContext(ended, fakedb.Known, dsnPrefix+"ended")
		if db == nil || !errors.Is(err, context.Canceled) {
			t.Errorf("side %d: %v, %v", i, db, err)
		}
	}
}

// must turns the panic of a function that cannot fail into its error.
func must(open func(driver, dsn string) *sqlx.DB) func(string, string) (*sqlx.DB, error) {
	return func(driver, dsn string) (db *sqlx.DB, err error) {
		defer func() {
			if p := recover(); p != nil {
				err = p.(error)
			}
		}()
		return open(driver, dsn), nil
	}
}

// A transaction outlives the request that began it.
func TestTransactionOutlives(t *testing.T) {
	for i, d := range dialects {
		dsn := fmt.Sprint(dsnPrefix, "tx", i)
		db, err := d.open(fakedb.Known, dsn)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		tx, err := d.begin(ctx, db)
		if err != nil {
			t.Fatal(err)
		}
		must := d.mustBegin(ctx, db)
		cancel()
		if err := errors.Join(tx.Commit(), must.Commit(), db.Close()); err != nil {
			t.Errorf("side %d: %v", i, err)
		}
	}
}
