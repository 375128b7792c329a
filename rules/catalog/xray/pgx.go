package xray

import (
	"context"
	"database/sql"
	"net"
	"strconv"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

func PGXConnect(ctx context.Context, dsn string) (*pgx.Conn, error) {
	return xrayPGXConnect(ctx, dsn)
}

func PGXConnectConfig(ctx context.Context, cfg *pgx.ConnConfig) (*pgx.Conn, error) {
	return pgx.ConnectConfig(ctx, xrayPGXConfig(cfg))
}

func PGXPool(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	return xrayPGXPool(ctx, dsn)
}

func PGXPoolConfig(ctx context.Context, cfg *pgxpool.Config) (*pgxpool.Pool, error) {
	return pgxpool.NewWithConfig(ctx, xrayPGXPoolConfig(cfg))
}

func PGXOpenDB(cfg pgx.ConnConfig, opts ...stdlib.OptionOpenDB) *sql.DB {
	return stdlib.OpenDB(xrayPGXValue(cfg), opts...)
}

// xrayPGXConnect is pgx.Connect with every statement traced.
func xrayPGXConnect(ctx context.Context, dsn string) (*pgx.Conn, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	return pgx.ConnectConfig(ctx, xrayPGXConfig(cfg))
}

// xrayPGXPool is pgxpool.New with every statement traced.
func xrayPGXPool(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	return pgxpool.NewWithConfig(ctx, xrayPGXPoolConfig(cfg))
}

// xrayPGXConfig returns a configuration whose connection has its statements traced,
// beside what its own tracer does.
func xrayPGXConfig(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	if cfg == nil {
		return nil
	}
	if _, ok := cfg.Tracer.(*xrayPGX); ok {
		return cfg
	}
	c := *cfg
	address := net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port)))
	c.Tracer = &xrayPGX{
		name: c.Database + "@" + c.Host,
		user: c.User,
		url:  "postgres://" + address + "/" + c.Database,
		next: cfg.Tracer,
	}
	return &c
}

// xrayPGXValue is xrayPGXConfig for a configuration that is given by value.
func xrayPGXValue(cfg pgx.ConnConfig) pgx.ConnConfig { return *xrayPGXConfig(&cfg) }

// xrayPGXPoolConfig returns a pool's configuration whose connections have their
// statements traced. The pool itself keeps its tracer, which may trace how it lends
// connections.
func xrayPGXPoolConfig(cfg *pgxpool.Config) *pgxpool.Config {
	if cfg == nil {
		return nil
	}
	c := *cfg
	c.BeforeConnect = func(ctx context.Context, conn *pgx.ConnConfig) error {
		if cfg.BeforeConnect != nil {
			if err := cfg.BeforeConnect(ctx, conn); err != nil {
				return err
			}
		}
		conn.Tracer = xrayPGXConfig(conn).Tracer
		return nil
	}
	return &c
}

// xrayPGX records what a connection is told that is given a context with a segment,
// and hands everything to the tracer that the program has.
type xrayPGX struct {
	name, user, url string
	next            pgx.QueryTracer
}

// xrayPGXSegment is the key of a statement's subsegment.
type xrayPGXSegment struct{}

// begin begins the subsegment of a statement.
func (t *xrayPGX) begin(ctx context.Context, query string) context.Context {
	_, seg := xrayStore(ctx, t.name)
	if seg == nil {
		return ctx
	}
	seg.Lock()
	sql := seg.GetSQL()
	sql.DatabaseType, sql.User, sql.URL, sql.SanitizedQuery = "Postgres", t.user, t.url, query
	seg.Unlock()
	return context.WithValue(ctx, xrayPGXSegment{}, seg)
}

// end ends the subsegment that a context carries.
func (t *xrayPGX) end(ctx context.Context, err error) {
	seg, _ := ctx.Value(xrayPGXSegment{}).(*xray.Segment)
	xrayEnd(seg, err)
}

// TraceQueryStart is of pgx.QueryTracer.
func (t *xrayPGX) TraceQueryStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if t.next != nil {
		ctx = t.next.TraceQueryStart(ctx, conn, data)
	}
	return t.begin(ctx, data.SQL)
}

// TraceQueryEnd is of pgx.QueryTracer.
func (t *xrayPGX) TraceQueryEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryEndData) {
	t.end(ctx, data.Err)
	if t.next != nil {
		t.next.TraceQueryEnd(ctx, conn, data)
	}
}

// TraceBatchStart is of pgx.BatchTracer.
func (t *xrayPGX) TraceBatchStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	if next, ok := t.next.(pgx.BatchTracer); ok {
		ctx = next.TraceBatchStart(ctx, conn, data)
	}
	return t.begin(ctx, "")
}

// TraceBatchQuery is of pgx.BatchTracer. A segment has room for the first statements
// of a long batch.
func (t *xrayPGX) TraceBatchQuery(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchQueryData) {
	const room = 8 << 10
	if seg, ok := ctx.Value(xrayPGXSegment{}).(*xray.Segment); ok {
		seg.Lock()
		if sql := seg.GetSQL(); len(sql.SanitizedQuery)+len(data.SQL) < room {
			sql.SanitizedQuery += data.SQL + ";\n"
		}
		seg.Unlock()
	}
	if next, ok := t.next.(pgx.BatchTracer); ok {
		next.TraceBatchQuery(ctx, conn, data)
	}
}

// TraceBatchEnd is of pgx.BatchTracer.
func (t *xrayPGX) TraceBatchEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchEndData) {
	t.end(ctx, data.Err)
	if next, ok := t.next.(pgx.BatchTracer); ok {
		next.TraceBatchEnd(ctx, conn, data)
	}
}

// TraceCopyFromStart is of pgx.CopyFromTracer.
func (t *xrayPGX) TraceCopyFromStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceCopyFromStartData) context.Context {
	if next, ok := t.next.(pgx.CopyFromTracer); ok {
		ctx = next.TraceCopyFromStart(ctx, conn, data)
	}
	return t.begin(ctx, "COPY "+data.TableName.Sanitize()+" FROM STDIN")
}

// TraceCopyFromEnd is of pgx.CopyFromTracer.
func (t *xrayPGX) TraceCopyFromEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceCopyFromEndData) {
	t.end(ctx, data.Err)
	if next, ok := t.next.(pgx.CopyFromTracer); ok {
		next.TraceCopyFromEnd(ctx, conn, data)
	}
}

// TracePrepareStart is of pgx.PrepareTracer.
func (t *xrayPGX) TracePrepareStart(ctx context.Context, conn *pgx.Conn, data pgx.TracePrepareStartData) context.Context {
	if next, ok := t.next.(pgx.PrepareTracer); ok {
		ctx = next.TracePrepareStart(ctx, conn, data)
	}
	return ctx
}

// TracePrepareEnd is of pgx.PrepareTracer.
func (t *xrayPGX) TracePrepareEnd(ctx context.Context, conn *pgx.Conn, data pgx.TracePrepareEndData) {
	if next, ok := t.next.(pgx.PrepareTracer); ok {
		next.TracePrepareEnd(ctx, conn, data)
	}
}

// TraceConnectStart is of pgx.ConnectTracer.
func (t *xrayPGX) TraceConnectStart(ctx context.Context, data pgx.TraceConnectStartData) context.Context {
	if next, ok := t.next.(pgx.ConnectTracer); ok {
		ctx = next.TraceConnectStart(ctx, data)
	}
	return ctx
}

// TraceConnectEnd is of pgx.ConnectTracer.
func (t *xrayPGX) TraceConnectEnd(ctx context.Context, data pgx.TraceConnectEndData) {
	if next, ok := t.next.(pgx.ConnectTracer); ok {
		next.TraceConnectEnd(ctx, data)
	}
}
