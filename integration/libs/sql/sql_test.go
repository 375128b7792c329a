// Package sql runs a program that keeps books by lib/pq, pgx, sqlx and gorm in
// PostgreSQL, by go-sql-driver and gorm in MariaDB, and in SQLite, plain and
// instrumented, and compares the two.
package sql

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-4257438c/xray-instrument/integration/internal/decoder"
	"github.com/seed-4257438c/xray-instrument/integration/internal/mariadb"
	"github.com/seed-4257438c/xray-instrument/integration/internal/postgres"
	"github.com/seed-4257438c/xray-instrument/integration/internal/proc"
	"github.com/seed-4257438c/xray-instrument/integration/internal/tool"
)

const source = "program"

// password is that of PostgreSQL, which trusts its clients, whatever they say.
const password = "hush-hush-pg"

// statements are what each path's request leaves in its trace, in order, a fault marked.
// begin and commit are statements to pgx; pq's COPY is recorded at each row.
var statements = map[string][]string{
	"/pq":        {"DELETE FROM pq_books", copied, copied, copied, find("pq"), find("pq"), find("pq"), nowhere},
	"/pgx":       {"DELETE FROM pgx_books;\nSELECT count(*) FROM pgx_books;\n", `COPY "pgx_books" FROM STDIN`, find("pgx"), find("pgx"), find("pgx"), nowhere},
	"/pgxstd":    {"begin", "DELETE FROM pgxstd_books", insert("pgxstd"), insert("pgxstd"), "commit", find("pgxstd"), find("pgxstd"), find("pgxstd"), nowhere},
	"/sqlx":      {"DELETE FROM sqlx_books", insert("sqlx"), insert("sqlx"), findBook, findBook, findBook, "SELECT * FROM nowhere fault"},
	"/gorm":      {`DELETE FROM "gorm_books" WHERE 1 = 1`, `INSERT INTO "gorm_books" ("title","id") VALUES ($1,$2),($3,$4) RETURNING "id"`, gormFind, gormFind, gormFind, nowhere},
	"/mysql":     {"DELETE FROM mysql_books", "INSERT INTO mysql_books VALUES (?, ?)", "INSERT INTO mysql_books VALUES (?, ?)", mysqlFind, mysqlFind, mysqlFind, nowhere},
	"/gormmysql": {"DELETE FROM `gorm_books` WHERE 1 = 1", "INSERT INTO `gorm_books` (`title`,`id`) VALUES (?,?),(?,?) RETURNING `id`", gormMySQLFind, gormMySQLFind, gormMySQLFind, nowhere},
	"/sqlite":    {"DELETE FROM lite_books", "INSERT INTO lite_books VALUES (?, ?)", "INSERT INTO lite_books VALUES (?, ?)", sqliteFind, sqliteFind, sqliteFind, nowhere},
}

// names are those of the subsegments that the SDK does not name database@host: it finds no
// host in a data source that is no URL, and asks SQLite in vain.
var names = map[string]string{"/mysql": "traced", "/sqlite": "Unknown"}

const (
	copied        = `COPY "pq_books" ("id", "title") FROM STDIN`
	nowhere       = "DELETE FROM nowhere fault"
	findBook      = "SELECT id, title FROM sqlx_books WHERE id = $1"
	gormFind      = `SELECT * FROM "gorm_books" WHERE id = $1 ORDER BY "gorm_books"."id" LIMIT $2`
	gormMySQLFind = "SELECT * FROM `gorm_books` WHERE id = ? ORDER BY `gorm_books`.`id` LIMIT ?"
	mysqlFind     = "SELECT title FROM mysql_books WHERE id = ?"
	sqliteFind    = "SELECT title FROM lite_books WHERE id = ?"
)

func find(table string) string   { return "SELECT title FROM " + table + "_books WHERE id = $1" }
func insert(table string) string { return "INSERT INTO " + table + "_books VALUES ($1, $2)" }

func TestSQL(t *testing.T) {
	command := tool.Build(t)
	instrumented := tool.Instrument(t, command, source)
	plainProgram, tracedProgram := tool.Programs(t, source, "."), tool.Programs(t, instrumented, ".")

	pg, maria, traces := postgres.Start(t), mariadb.Start(t), decoder.Start(t)
	start := func(bin, name string) string {
		addr := proc.FreeAddr(t)
		p := proc.Start(t, proc.Command{
			Path: filepath.Join(bin, "shelf"),
			Dir:  t.TempDir(),
			Env: []string{"LISTEN_ADDR=" + addr, "HOME=" + t.TempDir(), "AWS_XRAY_DAEMON_ADDRESS=" + traces.Addr(),
				"POSTGRES=" + strings.Replace(pg.Create(t, name), "@", ":"+password+"@", 1),
				"MYSQL=" + maria.Create(t, name),
				"SQLITE=" + filepath.Join(t.TempDir(), name+".db")},
		})
		p.AwaitTCP(t, addr)
		return "http://" + addr
	}
	plain, traced := start(plainProgram, "plain"), start(tracedProgram, "traced")
	for i, path := range slices.Sorted(maps.Keys(statements)) {
		t.Run(path, func(t *testing.T) {
			id := fmt.Sprintf("%08x%024x", time.Now().Unix(), i+1)
			want, got := get(t, plain+path, id), get(t, traced+path, id)
			if got != want {
				t.Errorf("the answer is\n%s\nwithout instrumentation\n%s", got, want)
			}
			check(t, traces, id, path)
		})
	}
	for _, warning := range traces.Warnings() {
		t.Errorf("the decoder: %s", warning)
	}
}

// get asks for a path within a trace and returns the answer.
func get(t *testing.T, url, id string) string {
	t.Helper()
	body := tool.Get(t, url, id)
	if !strings.Contains(body, `2 "Dracula" <nil>`) {
		t.Errorf("%s: %s", url, body)
	}
	return body
}

// check looks at the trace of a request: one segment, the statements in order, with the
// database in their names and no password anywhere.
func check(t *testing.T, traces *decoder.Decoder, id, path string) {
	t.Helper()
	spans := traces.Await(func(spans []decoder.Span) bool {
		return slices.ContainsFunc(spans, func(s decoder.Span) bool { return s.Trace == id && s.Server && !s.InProgress })
	})
	var got []string
	slices.SortStableFunc(spans, func(a, b decoder.Span) int { return a.Start.Compare(b.Start) })
	for _, s := range spans {
		if s.Trace != id {
			continue
		}
		if strings.Contains(s.Attributes, password) || strings.Contains(s.Attributes, mariadb.Password) {
			t.Errorf("a password is in %s", s.Attributes)
		}
		if s.Server || s.Statement == "CONNECT" {
			continue
		}
		statement := s.Statement
		if s.Fault {
			statement += " fault"
		}
		got = append(got, statement)
		if want := cmp.Or(names[path], "traced@127.0.0.1"); s.Name != want {
			t.Errorf("%s is of %s", statement, s.Name)
		}
	}
	if !slices.Equal(got, statements[path]) {
		t.Errorf("recorded\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(statements[path], "\n"))
	}
}
