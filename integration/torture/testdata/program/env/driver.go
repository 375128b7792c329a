package env

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
)

func init() { sql.Register("postgres", fake{}) }

// fake is a database driver that prints each statement to the log of the unit that its data source names.
type fake struct{}

// Open is of driver.Driver.
func (fake) Open(dsn string) (driver.Conn, error) {
	return &conn{strings.TrimPrefix(dsn, "postgres://")}, nil
}

// Connector returns a connector to a unit's database.
func Connector(unit string) driver.Connector { return connector{unit} }

type connector struct{ unit string }

func (c connector) Connect(context.Context) (driver.Conn, error) { return &conn{c.unit}, nil }
func (c connector) Driver() driver.Driver                        { return fake{} }

type conn struct{ unit string }

func (c *conn) run(ctx context.Context, how, query string, args []driver.NamedValue) error {
	values := make([]any, len(args))
	for i, a := range args {
		values[i] = a.Value
	}
	Print(c.unit, how, query, values, ctx.Err())
	if strings.Contains(query, "FAIL") {
		return errors.New("refused")
	}
	return ctx.Err()
}

func (c *conn) Close() error                              { return nil }
func (c *conn) Begin() (driver.Tx, error)                 { return tx{c}, nil }
func (c *conn) Ping(ctx context.Context) error            { return c.run(ctx, "ping", "", nil) }
func (c *conn) Prepare(query string) (driver.Stmt, error) { return stmt{c, query}, nil }
func (c *conn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	Print(c.unit, "begin", ctx.Err())
	return tx{c}, ctx.Err()
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return &rows{left: 2, args: len(args)}, c.run(ctx, "query", query, args)
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(len(args)), c.run(ctx, "exec", query, args)
}

type tx struct{ conn *conn }

func (t tx) Commit() error   { Print(t.conn.unit, "commit"); return nil }
func (t tx) Rollback() error { Print(t.conn.unit, "rollback"); return nil }

type stmt struct {
	conn  *conn
	query string
}

func (s stmt) Close() error                               { return nil }
func (s stmt) NumInput() int                              { return -1 }
func (s stmt) Exec([]driver.Value) (driver.Result, error) { return nil, errors.New("not used") }
func (s stmt) Query([]driver.Value) (driver.Rows, error)  { return nil, errors.New("not used") }
func (s stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.conn.ExecContext(ctx, "prepared "+s.query, args)
}

// QueryContext answers what the X-Ray SDK asks, which is the one who asks for the database's name, without a word in the log.
func (s stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if strings.Contains(s.query, "current_database()") {
		return identity{}, nil
	}
	return s.conn.QueryContext(ctx, "prepared "+s.query, args)
}

// rows are two rows of one number.
type rows struct{ left, args int }

func (r *rows) Columns() []string { return []string{"n"} }
func (r *rows) Close() error      { return nil }

func (r *rows) Next(dest []driver.Value) error {
	if r.left == 0 {
		return io.EOF
	}
	r.left--
	dest[0] = int64(10*r.args + r.left)
	return nil
}

// identity is the row that tells a database's version, user and name.
type identity struct{}

func (identity) Columns() []string { return []string{"version", "user", "database"} }
func (identity) Close() error      { return nil }
func (identity) Next(dest []driver.Value) error {
	dest[0], dest[1], dest[2] = "1.0", "user", "db"
	return nil
}
