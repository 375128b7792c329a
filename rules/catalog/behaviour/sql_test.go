package behaviour

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/fakedb"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

// statements is one dialect's ways to use a database.
type statements struct {
	open   func(driverName, dsn string) (*sql.DB, error)
	openDB func(c driver.Connector) *sql.DB

	query    func(ctx context.Context, db *sql.DB, query string, args ...any) (*sql.Rows, error)
	queryRow func(ctx context.Context, db *sql.DB, query string, args ...any) *sql.Row
	exec     func(ctx context.Context, db *sql.DB, query string, args ...any) (sql.Result, error)
	prepare  func(ctx context.Context, db *sql.DB, query string) (*sql.Stmt, error)
	ping     func(ctx context.Context, db *sql.DB) error
	begin    func(ctx context.Context, db *sql.DB) (*sql.Tx, error)

	txQuery    func(ctx context.Context, tx *sql.Tx, query string, args ...any) (*sql.Rows, error)
	txQueryRow func(ctx context.Context, tx *sql.Tx, query string, args ...any) *sql.Row
	txExec     func(ctx context.Context, tx *sql.Tx, query string, args ...any) (sql.Result, error)
	txPrepare  func(ctx context.Context, tx *sql.Tx, query string) (*sql.Stmt, error)
	txStmt     func(ctx context.Context, tx *sql.Tx, stmt *sql.Stmt) *sql.Stmt

	stmtQuery    func(ctx context.Context, stmt *sql.Stmt, args ...any) (*sql.Rows, error)
	stmtQueryRow func(ctx context.Context, stmt *sql.Stmt, args ...any) *sql.Row
	stmtExec     func(ctx context.Context, stmt *sql.Stmt, args ...any) (sql.Result, error)
}

var (
	plainSQL = statements{plain.SQLOpen, plain.SQLOpenDB,
		plain.DBQuery, plain.DBQueryRow, plain.DBExec, plain.DBPrepare, plain.DBPing, plain.DBBegin,
		plain.TxQuery, plain.TxQueryRow, plain.TxExec, plain.TxPrepare, plain.TxStmt,
		plain.StmtQuery, plain.StmtQueryRow, plain.StmtExec}
	tracedSQL = statements{traced.SQLOpen, traced.SQLOpenDB,
		traced.DBQuery, traced.DBQueryRow, traced.DBExec, traced.DBPrepare, traced.DBPing, traced.DBBegin,
		traced.TxQuery, traced.TxQueryRow, traced.TxExec, traced.TxPrepare, traced.TxStmt,
		traced.StmtQuery, traced.StmtQueryRow, traced.StmtExec}
)

const dsnPrefix = "fake://teller:secret@db.example:5432/"

// session uses a database in every way and returns what came of it.
func session(d statements, ctx context.Context, db *sql.DB) []string {
	var out []string
	note := func(what string, result any, err error) { out = append(out, fmt.Sprint(what, " ", result, " ", err)) }
	rows := func(what string, rows *sql.Rows, err error) {
		var all []string
		for err == nil && rows.Next() {
			var query string
			var n int
			if err = rows.Scan(&query, &n); err == nil {
				all = append(all, fmt.Sprint(query, n))
			}
		}
		if rows != nil {
			rows.Close()
		}
		note(what, all, err)
	}
	row := func(what string, row *sql.Row) {
		var query string
		var n int
		err := row.Scan(&query, &n)
		note(what, fmt.Sprint(query, n), err)
	}
	result := func(what string, r sql.Result, err error) {
		n := int64(-1)
		if err == nil {
			n, err = r.RowsAffected()
		}
		note(what, n, err)
	}

	note("ping", nil, d.ping(ctx, db))
	r, err := d.query(ctx, db, "SELECT a", 1, "x")
	rows("query", r, err)
	r, err = d.query(ctx, db, "SELECT FAIL")
	rows("query", r, err)
	row("row", d.queryRow(ctx, db, "SELECT b", 1))
	row("row", d.queryRow(ctx, db, "SELECT FAIL 2"))
	res, err := d.exec(ctx, db, "INSERT a", 1, 2, 3)
	result("exec", res, err)
	res, err = d.exec(ctx, db, "INSERT FAIL")
	result("exec", res, err)

	stmt, err := d.prepare(ctx, db, "SELECT c")
	note("prepare", stmt != nil, err)
	failed, err := d.prepare(ctx, db, "SELECT FAIL 3")
	note("prepare", failed != nil, err)
	defer stmt.Close()
	r, err = d.stmtQuery(ctx, stmt, 1)
	rows("prepared query", r, err)
	row("prepared row", d.stmtQueryRow(ctx, stmt, 1, 2))
	res, err = d.stmtExec(ctx, stmt, 1, 2)
	result("prepared exec", res, err)

	tx, err := d.begin(ctx, db)
	note("begin", tx != nil, err)
	r, err = d.txQuery(ctx, tx, "SELECT d", 1)
	rows("tx query", r, err)
	row("tx row", d.txQueryRow(ctx, tx, "SELECT e"))
	res, err = d.txExec(ctx, tx, "UPDATE a", 1)
	result("tx exec", res, err)
	s, err := d.txPrepare(ctx, tx, "SELECT f")
	note("tx prepare", s != nil, err)
	res, err = d.stmtExec(ctx, s, 1, 2, 3)
	result("tx prepared exec", res, err)
	res, err = d.stmtExec(ctx, d.txStmt(ctx, tx, stmt), 4)
	result("tx stmt exec", res, err)
	note("commit", nil, tx.Commit())

	tx, err = d.begin(ctx, db)
	note("begin", tx != nil, err)
	res, err = d.txExec(ctx, tx, "UPDATE b")
	result("tx exec", res, err)
	note("rollback", nil, tx.Rollback())
	return out
}

// recorded is what a session leaves in a trace: what is given a statement. The
// SDK records neither the preparation nor the ends of transactions.
var recorded = []string{"CONNECT", "PING", "SELECT a", "SELECT FAIL", "SELECT b", "SELECT FAIL 2", "INSERT a", "INSERT FAIL",
	"SELECT c", "SELECT c", "SELECT c",
	"SELECT d", "SELECT e", "UPDATE a", "SELECT f", "SELECT c",
	"UPDATE b"}

func TestSQLIdioms(t *testing.T) {
	ctx, closed := segment(t)
	defer logged.take() // the SDK's errors about missing segments
	var out, log [3][]string
	for i, d := range []statements{plainSQL, tracedSQL, tracedSQL} {
		dsn := fmt.Sprint(dsnPrefix, i)
		db, err := d.open(fakedb.Known, dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		db.SetMaxOpenConns(1)
		with := ctx
		if i == 2 {
			with = context.Background()
		}
		out[i], log[i] = session(d, with, db), fakedb.At(dsn).Take()
	}
	for i, name := range []string{"", "traced", "traced, but without a segment,"} {
		if !reflect.DeepEqual(out[0], out[i]) {
			t.Errorf("plain gives\n%q\n%s\n%q", out[0], name, out[i])
		}
		if !reflect.DeepEqual(log[0], log[i]) {
			t.Errorf("plain tells the database\n%q\n%s\n%q", log[0], name, log[i])
		}
	}
	s := closed()
	var got []string
	for _, sub := range s.Below() {
		got = append(got, sub.SQL.Query)
		if sub.Name != "shop@db.example" || sub.Namespace != "remote" || sub.Parent != s.ID || sub.SQL.URL != "fake://teller@db.example:5432/1" {
			t.Errorf("subsegment %+v", sub)
		}
		if fails := strings.Contains(sub.SQL.Query, "FAIL"); sub.Fault != fails {
			t.Errorf("%s: fault %t", sub.SQL.Query, sub.Fault)
		}
	}
	if !reflect.DeepEqual(got, recorded) {
		t.Errorf("got  %q\nwant %q\n%s", got, recorded, daemon.Format([]daemon.Segment{s}))
	}
}

// In a test, a connector and a driver that the SDK does not know may be stubs that
// expect no questions: they are opened as they are, and work the same.
func TestSQLStubs(t *testing.T) {
	for name, open := range map[string]func(d statements, dsn string) (*sql.DB, error){
		"SQLOpen":   func(d statements, dsn string) (*sql.DB, error) { return d.open(fakedb.Driver, dsn) },
		"SQLOpenDB": func(d statements, dsn string) (*sql.DB, error) { return d.openDB(fakedb.Connector{DSN: dsn}), nil },
	} {
		ctx, closed := segment(t)
		var out, log [2][]string
		for i, d := range []statements{plainSQL, tracedSQL} {
			dsn := fmt.Sprint(dsnPrefix, name, i)
			db, err := open(d, dsn)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			out[i], log[i] = session(d, ctx, db), fakedb.At(dsn).Take()
			if fakedb.At(dsn).Asked() {
				t.Errorf("%s, side %d: the database is asked for its name", name, i)
			}
		}
		if !reflect.DeepEqual(out[0], out[1]) || !reflect.DeepEqual(log[0], log[1]) {
			t.Errorf("%s: plain gives %q, tells %q, traced gives %q, tells %q", name, out[0], log[0], out[1], log[1])
		}
		if s := closed(); len(s.Subsegments) != 0 {
			t.Errorf("%s: got %s", name, daemon.Format([]daemon.Segment{s}))
		}
	}
}

// In a program, connectors and drivers of any name are traced.
func TestSQLOutsideOfTests(t *testing.T) {
	cmd := exec.Command("go", "run", "../internal/sqlprogram")
	cmd.Env = append(os.Environ(), "AWS_XRAY_DAEMON_ADDRESS="+receiver.Addr())
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var traces []string
	for _, word := range strings.Fields(string(out)) { // among the SDK's own log
		if strings.HasPrefix(word, "1-") {
			traces = append(traces, word)
		}
	}
	if len(traces) != 2 {
		t.Fatalf("the program prints %q", out)
	}
	for i, name := range []string{"shop@db.example", "shop"} { // a connector does not tell its host
		s := receiver.Trace(t, traces[i], 1)[0]
		if len(s.Subsegments) != 2 || s.Subsegments[0].SQL.Query != "CONNECT" || s.Subsegments[1].SQL.Query != "INSERT a" || s.Subsegments[1].Name != name {
			t.Errorf("got %s", daemon.Format([]daemon.Segment{s}))
		}
	}
}

func TestSQLDisabled(t *testing.T) {
	t.Setenv("AWS_XRAY_SDK_DISABLED", "TRUE")
	db, err := traced.SQLOpen(fakedb.Known, dsnPrefix+"disabled")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := traced.DBPing(context.Background(), db); err != nil || fakedb.At(dsnPrefix+"disabled").Asked() {
		t.Errorf("ping: %v, asked: %t", err, fakedb.At(dsnPrefix+"disabled").Asked())
	}
}

func TestSQLOpenErrors(t *testing.T) {
	for _, names := range [][2]string{{"nosuch", ""}, {fakedb.Known, "bad"}, {fakedb.Driver, "bad"}} {
		_, want := plain.SQLOpen(names[0], names[1])
		_, got := traced.SQLOpen(names[0], names[1])
		if want == nil || got == nil || got.Error() != want.Error() {
			t.Errorf("plain %v, traced %v", want, got)
		}
	}
}

// A statement ends with the request; a transaction does not: it is neither rolled
// back when the client goes, nor refused when it has gone.
func TestSQLCancellation(t *testing.T) {
	dsn := dsnPrefix + "cancel"
	for i, d := range []statements{plainSQL, tracedSQL} {
		db, err := d.open(fakedb.Known, dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		root, closed := segment(t)
		ctx, cancel := context.WithCancel(root)
		tx, err := d.begin(ctx, db)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.txExec(ctx, tx, "INSERT order"); err != nil {
			t.Error(err)
		}
		cancel()
		if _, err := d.exec(ctx, db, "INSERT a"); i == 1 && !errors.Is(err, context.Canceled) || i == 0 && err != nil {
			t.Errorf("side %d: %v", i, err)
		}
		if err := tx.Commit(); err != nil {
			t.Errorf("side %d: commit: %v", i, err)
		}
		late, err := d.begin(ctx, db)
		if err != nil {
			t.Fatalf("side %d: begin: %v", i, err)
		}
		if err := late.Commit(); err != nil {
			t.Errorf("side %d: commit: %v", i, err)
		}
		if log := fakedb.At(dsn).Take(); count(log, "commit") != 2 || count(log, "rollback") != 0 {
			t.Errorf("side %d: %q", i, log)
		}
		closed()
	}
}

func TestSQLWaitingStatement(t *testing.T) {
	db, err := traced.SQLOpen(fakedb.Known, dsnPrefix+"wait")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	fakedb.At(dsnPrefix + "wait").Take()
	root, closed := segment(t)
	ctx, cancel := context.WithCancel(root)
	defer cancel()
	go func() {
		eventually(func() bool { return len(fakedb.At(dsnPrefix+"wait").Told()) > 0 })
		cancel()
	}()
	if _, err := traced.DBExec(ctx, db, "WAIT"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if s := closed(); !s.Below()[len(s.Below())-1].Fault {
		t.Errorf("got %s", daemon.Format([]daemon.Segment{s}))
	}
}

func count(log []string, line string) int {
	n := 0
	for _, l := range log {
		if l == line {
			n++
		}
	}
	return n
}
