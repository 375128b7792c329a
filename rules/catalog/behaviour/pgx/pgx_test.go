// Package pgx runs the idioms of pgx, against a stand-in for PostgreSQL that speaks
// its protocol.
package pgx

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

func TestMain(m *testing.M) { sent.Main(m) }

// use is a way to use PostgreSQL, of one side: it opens it and returns what came of
// three statements.
type use func(t *testing.T, ctx context.Context, dsn string) []string

// asker is what connections and pools have in common.
type asker interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// ask sends a statement that has a row, one without, one that fails and a batch.
func ask(t *testing.T, ctx context.Context, db asker, err error) (out []string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"SELECT a", "SELECT NONE", "SELECT FAIL"} {
		var text string
		err := db.QueryRow(ctx, query).Scan(&text)
		out = append(out, fmt.Sprint(text, " ", err))
	}
	b := &pgx.Batch{}
	b.Queue("SELECT b")
	b.Queue("SELECT FAIL 2")
	return append(out, fmt.Sprint(db.SendBatch(ctx, b).Close()))
}

func connUse(open func(ctx context.Context, dsn string) (*pgx.Conn, error)) use {
	return func(t *testing.T, ctx context.Context, dsn string) []string {
		conn, err := open(ctx, dsn)
		if err == nil {
			defer conn.Close(context.Background())
		}
		return ask(t, ctx, conn, err)
	}
}

func poolUse(open func(ctx context.Context, dsn string) (*pgxpool.Pool, error)) use {
	return func(t *testing.T, ctx context.Context, dsn string) []string {
		pool, err := open(ctx, dsn)
		if err == nil {
			defer pool.Close()
		}
		return ask(t, ctx, pool, err)
	}
}

func configUse(open func(ctx context.Context, cfg *pgx.ConnConfig) (*pgx.Conn, error)) use {
	return connUse(func(ctx context.Context, dsn string) (*pgx.Conn, error) {
		cfg, err := pgx.ParseConfig(dsn)
		if err != nil {
			return nil, err
		}
		conn, err := open(ctx, cfg)
		if cfg.Tracer != nil {
			return nil, fmt.Errorf("the program's configuration has a tracer")
		}
		return conn, err
	})
}

func poolConfigUse(open func(ctx context.Context, cfg *pgxpool.Config) (*pgxpool.Pool, error)) use {
	return poolUse(func(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
		cfg, err := pgxpool.ParseConfig(dsn)
		if err != nil {
			return nil, err
		}
		own := false
		cfg.BeforeConnect = func(context.Context, *pgx.ConnConfig) error { own = true; return nil }
		pool, err := open(ctx, cfg)
		if err == nil {
			err = pool.Ping(context.Background())
		}
		if !own {
			return nil, fmt.Errorf("the program's BeforeConnect is not called: %v", err)
		}
		return pool, err
	})
}

func stdUse(i int) use {
	return func(t *testing.T, ctx context.Context, dsn string) (out []string) {
		cfg, err := pgx.ParseConfig(dsn)
		if err != nil {
			t.Fatal(err)
		}
		open := plain.PGXOpenDB
		if i == 1 {
			open = traced.PGXOpenDB
		}
		db := open(*cfg, stdlib.OptionAfterConnect(func(context.Context, *pgx.Conn) error { out = append(out, "connected"); return nil }))
		defer db.Close()
		for _, query := range []string{"SELECT a", "SELECT NONE", "SELECT FAIL"} {
			var text string
			err := db.QueryRowContext(ctx, query).Scan(&text)
			out = append(out, fmt.Sprint(text, " ", err))
		}
		conn, err := db.Conn(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.Raw(func(c any) error { out = append(out, fmt.Sprintf("%T", c)); return nil })
		return out
	}
}

var uses = map[string][2]use{
	"Connect":       {connUse(plain.PGXConnect), connUse(traced.PGXConnect)},
	"ConnectConfig": {configUse(plain.PGXConnectConfig), configUse(traced.PGXConnectConfig)},
	"New":           {poolUse(plain.PGXPool), poolUse(traced.PGXPool)},
	"NewWithConfig": {poolConfigUse(plain.PGXPoolConfig), poolConfigUse(traced.PGXPoolConfig)},
	"OpenDB":        {stdUse(0), stdUse(1)},
}

func TestIdioms(t *testing.T) {
	for name, sides := range uses {
		t.Run(name, func(t *testing.T) {
			server := listen(t)
			want := sides[0](t, context.Background(), server.dsn())
			told := server.take()
			if got := sides[1](t, context.Background(), server.dsn()); !reflect.DeepEqual(got, want) || !reflect.DeepEqual(server.take(), told) {
				t.Errorf("without a segment: got %q, want %q", got, want)
			}
			ctx, closed := sent.Begin(t)
			got := sides[1](t, ctx, server.dsn())
			if again := server.take(); !reflect.DeepEqual(got, want) || !reflect.DeepEqual(again, told) {
				t.Errorf("got %q and tells %q, want %q and %q", got, again, want, told)
			}
			batch := []string{"SELECT b;\nSELECT FAIL 2;\n fault"}
			if name == "OpenDB" {
				batch = nil
			}
			expect(t, closed(), server, append([]string{"SELECT a", "SELECT NONE", "SELECT FAIL fault"}, batch...))
		})
	}
}

// expect checks the subsegments of a segment: their statements, and that the password
// is in none.
func expect(t *testing.T, s daemon.Segment, server *server, want []string) {
	t.Helper()
	var got []string
	for _, sub := range s.Below() {
		line := sub.SQL.Query
		if sub.Fault {
			line += " fault"
		}
		got = append(got, line)
		if sub.Name != "shop@127.0.0.1" || sub.Namespace != "remote" || sub.SQL.URL != "postgres://"+server.addr+"/shop" || strings.Contains(fmt.Sprint(sub), "secret") {
			t.Errorf("subsegment %+v", sub)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("recorded %q, want %q", got, want)
	}
}

// spy is a tracer of the program's own.
type spy struct{ saw []string }

func (s *spy) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.saw = append(s.saw, "query "+data.SQL)
	return ctx
}

func (s *spy) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {
	s.saw = append(s.saw, "end")
}

// full is one that wants to know everything.
type full struct{ spy }

func (s *full) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	s.saw = append(s.saw, "batch")
	return ctx
}

func (s *full) TraceBatchQuery(_ context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	s.saw = append(s.saw, data.SQL)
}

func (s *full) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {
	s.saw = append(s.saw, "batch end")
}

func (s *full) TraceConnectStart(ctx context.Context, _ pgx.TraceConnectStartData) context.Context {
	s.saw = append(s.saw, "connect")
	return ctx
}

func (s *full) TraceConnectEnd(context.Context, pgx.TraceConnectEndData) {
	s.saw = append(s.saw, "connected")
}

func (s *full) TraceAcquireStart(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData) context.Context {
	s.saw = append(s.saw, "acquire")
	return ctx
}

func (s *full) TraceAcquireEnd(context.Context, *pgxpool.Pool, pgxpool.TraceAcquireEndData) {
	s.saw = append(s.saw, "acquired")
}

// A tracer that the program has sees the same as before, and everything is recorded
// besides.
func TestOwnTracer(t *testing.T) {
	server := listen(t)
	saw := map[string][]string{}
	for i, open := range []func(context.Context, *pgxpool.Config) (*pgxpool.Pool, error){plain.PGXPoolConfig, traced.PGXPoolConfig} {
		ctx, closed := sent.Begin(t)
		for name, own := range map[string]pgx.QueryTracer{"spy": &spy{}, "full": &full{}} {
			cfg, err := pgxpool.ParseConfig(server.dsn())
			if err != nil {
				t.Fatal(err)
			}
			cfg.ConnConfig.Tracer = own
			pool, err := open(ctx, cfg)
			ask(t, ctx, pool, err)
			if got := pool.Config().ConnConfig.Tracer; got != own {
				t.Errorf("the pool has tracer %T", got)
			}
			pool.Close()
			seen := []string{}
			switch own := own.(type) {
			case *spy:
				seen = own.saw
			case *full:
				seen = own.saw
			}
			if saw[name] != nil && !slices.Equal(seen, saw[name]) {
				t.Errorf("%s sees\n%q, want\n%q", name, seen, saw[name])
			} else if saw[name] == nil && len(seen) == 0 {
				t.Errorf("%s sees nothing", name)
			}
			saw[name] = seen
		}
		if n := len(closed().Subsegments); n != 8*i {
			t.Errorf("%d subsegments", n)
		}
	}
}

func TestErrors(t *testing.T) {
	var got [2][]string
	for i, open := range [2]func(context.Context, string) (*pgx.Conn, error){plain.PGXConnect, traced.PGXConnect} {
		conn, err := open(context.Background(), "postgres://%zz")
		got[i] = append(got[i], fmt.Sprint(conn == nil, err))
	}
	for i, open := range [2]func(context.Context, string) (*pgxpool.Pool, error){plain.PGXPool, traced.PGXPool} {
		pool, err := open(context.Background(), "postgres://h/d?pool_max_conns=x")
		got[i] = append(got[i], fmt.Sprint(pool == nil, err))
	}
	if !slices.Equal(got[0], got[1]) {
		t.Errorf("plain %q, traced %q", got[0], got[1])
	}
}
