// Package gorm runs the idioms of gorm, against SQLite in memory and a database that
// keeps what it is told.
package gorm

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/glebarez/sqlite"
	"gorm.io/driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/fakedb"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

func TestMain(m *testing.M) { sent.Main(m) }

// Customer and Order are models; an order has a hook that asks for itself.
type Customer struct {
	ID     uint
	Name   string
	Orders []Order
}

type Order struct {
	ID         uint
	CustomerID uint
	Amount     int
}

func (o *Order) AfterCreate(tx *gorm.DB) error {
	var n int64
	return tx.Model(&Order{}).Where("amount = ?", o.Amount).Count(&n).Error
}

type dialect struct {
	open func(d gorm.Dialector, opts ...gorm.Option) (*gorm.DB, error)
	call func(ctx context.Context, db *gorm.DB, args ...any) *gorm.DB
}

var dialects = [2]dialect{{plain.GORMOpen, plain.GORMCall}, {traced.GORMOpen, traced.GORMCall}}

func quiet() *gorm.Config { return &gorm.Config{Logger: logger.Discard} }

// session uses a database in every way and returns what came of it.
func session(d dialect, ctx context.Context, db *gorm.DB) (out []string) {
	note := func(what string, result any, err error) { out = append(out, fmt.Sprint(what, " ", result, " ", err)) }
	db = d.call(ctx, db) // as a chain that is kept, with a context on the traced side
	fresh := func() *gorm.DB { return db.Session(&gorm.Session{}) }
	note("create", nil, fresh().Create(&Customer{Name: "a", Orders: []Order{{Amount: 1}, {Amount: 2}}}).Error)
	var c Customer
	note("first", c.Name, fresh().Preload("Orders").First(&c).Error)
	note("orders", len(c.Orders), nil)
	note("missing", nil, fresh().First(&Customer{}, 99).Error)
	note("update", nil, fresh().Model(&c).Update("name", "b").Error)
	note("raw", nil, fresh().Exec("UPDATE orders SET amount = ?", 3).Error)
	var name string
	note("row", name, fresh().Model(&c).Select("name").Row().Scan(&name))
	note("bad", nil, fresh().Exec("NO SQL").Error)
	dry := fresh().Session(&gorm.Session{DryRun: true}).First(&Customer{})
	note("dry", dry.Statement.SQL.String(), dry.Error)
	failed := fresh()
	_ = failed.AddError(errors.New("before"))
	note("failed", nil, failed.Find(&c).Error)
	note("tx", nil, fresh().Transaction(func(tx *gorm.DB) error { return tx.Delete(&Order{}, "amount = 3").Error }))
	return out
}

var recorded = []string{
	"INSERT INTO `customers`", "INSERT INTO `orders`", "SELECT count(*)", "SELECT count(*)",
	"SELECT * FROM `customers`", "SELECT * FROM `orders`", "SELECT * FROM `customers`",
	"UPDATE `customers`", "INSERT INTO `orders`", "SELECT count(*)", "SELECT count(*)", // with what belongs to it
	"UPDATE orders", "SELECT DISTINCT `name`", "NO SQL fault", "DELETE FROM `orders`",
}

func TestIdioms(t *testing.T) {
	for name, opts := range map[string][]gorm.Option{"plain": {quiet()}, "prepared": {&gorm.Config{Logger: logger.Discard, PrepareStmt: true}}, "no transactions": {&gorm.Config{Logger: logger.Discard, SkipDefaultTransaction: true}}} {
		t.Run(name, func(t *testing.T) {
			var out [3][]string
			for i, d := range [3]dialect{dialects[0], dialects[1], dialects[1]} {
				ctx, closed := context.Background(), func() daemon.Segment { return daemon.Segment{} }
				if i == 1 {
					ctx, closed = sent.Begin(t)
				}
				cfg := *opts[0].(*gorm.Config)
				db, err := d.open(sqlite.Open(":memory:"), &cfg)
				if err != nil {
					t.Fatal(err)
				}
				conn, err := db.DB()
				if err != nil {
					t.Fatal(err)
				}
				conn.SetMaxOpenConns(1)
				if err := db.AutoMigrate(&Customer{}, &Order{}); err != nil {
					t.Fatal(err)
				}
				out[i] = append(session(d, ctx, db), fmt.Sprintf("%T", conn.Driver()))
				if i == 1 {
					expect(t, closed())
				}
			}
			if !reflect.DeepEqual(out[0], out[1]) || !reflect.DeepEqual(out[0], out[2]) {
				t.Errorf("plain gives\n%q\ntraced\n%q\nwithout a segment\n%q", out[0], out[1], out[2])
			}
		})
	}
}

// expect checks the statements of a session that are recorded, by their beginnings.
func expect(t *testing.T, s daemon.Segment) {
	t.Helper()
	var got []string
	for _, sub := range s.Below() {
		line := sub.SQL.Query
		if sub.Fault {
			line += " fault"
		}
		got = append(got, line)
		if sub.Name != ":memory:" || sub.Namespace != "remote" || sub.Parent != s.ID {
			t.Errorf("subsegment %+v", sub)
		}
	}
	if !slices.EqualFunc(got, recorded, strings.HasPrefix) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(recorded, "\n"))
	}
}

// A database whose connection is traced is recorded once.
func TestTracedConnection(t *testing.T) {
	conn, err := traced.SQLOpen("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	db, err := traced.GORMOpen(&sqlite.Dialector{Conn: conn}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	ctx, closed := sent.Begin(t)
	if err := db.WithContext(ctx).Exec("SELECT 1").Error; err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, sub := range closed().Below() {
		if sub.SQL.Query == "SELECT 1" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("recorded %d times", n)
	}
}

func TestErrors(t *testing.T) {
	for i, d := range dialects {
		db, err := d.open(sqlite.Open("/nonexistent/folder/x.db"), quiet())
		if err == nil {
			t.Errorf("side %d: %v, %v", i, db, err)
		}
	}
}

// named is a dialect with the name and the data source of another one.
type named struct {
	mysql.Dialector
	name string
	DSN  string
}

func (d named) Name() string { return d.name }

// What is told of a data source is its user, host and database, never its password.
func TestSources(t *testing.T) {
	for _, tt := range []struct{ dialect, dsn, name, user string }{
		{"postgres", "postgres://teller:secret@db.example:5432/shop?sslmode=disable", "shop@db.example", "teller"},
		{"postgres", "host=db.example user=teller password=secret dbname=shop port=5432", "shop@db.example", "teller"},
		{"postgres", `password='a host=secret dbname=secret \' b' host = 'db.example' user=teller dbname=shop`, "shop@db.example", "teller"},
		{"postgres", "dbname=shop password=secret", "postgres", ""},
		{"mysql", "teller:se@cr(et/secret@tcp(db.example:3306)/shop?parseTime=true", "shop@db.example", "teller"},
		{"mysql", "teller:secret@/shop", "mysql", ""},
		{"mysql", "secret", "mysql", ""},
		{"sqlserver", "sqlserver://teller:secret@db.example:1433?database=shop", "shop@db.example", "teller"},
		{"sqlserver", "server=db.example;user id=teller;password=secret;database=shop", "sqlserver", ""},
		{"sqlite", "file:shop.db?_auth_pass=secret", "shop.db", ""},
		{"clickhouse", "clickhouse://teller:secret@db.example/shop", "shop@db.example", "teller"},
		{"postgres", "postgres://%zz secret", "postgres", ""},
	} {
		conn, err := sql.Open(fakedb.Driver, "fake://"+tt.dialect)
		if err != nil {
			t.Fatal(err)
		}
		db, err := traced.GORMOpen(named{*mysql.New(mysql.Config{Conn: conn, SkipInitializeWithVersion: true}).(*mysql.Dialector), tt.dialect, tt.dsn}, quiet())
		if err != nil {
			t.Fatal(err)
		}
		ctx, closed := sent.Begin(t)
		if err := db.WithContext(ctx).Exec("x").Error; err != nil {
			t.Fatal(err)
		}
		s := closed().Subsegments[0]
		if s.Name != tt.name || s.SQL.User != tt.user || strings.Contains(fmt.Sprint(s), "secret") {
			t.Errorf("%s %s: %+v", tt.dialect, tt.dsn, s)
		}
	}
}
