// Package redis runs the idioms of Redis clients, against miniredis.
package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	redigo "github.com/gomodule/redigo/redis"
	"github.com/redis/go-redis/v9"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

func TestMain(m *testing.M) { sent.Main(m) }

// recorded lists the subsegments below a segment.
func recorded(s daemon.Segment) []string {
	var out []string
	for _, sub := range s.Below() {
		line := fmt.Sprint(sub.Name, " ", sub.Namespace, " ", sub.Annotations["redis_command"])
		if sub.Fault {
			line += " fault"
		}
		out = append(out, line)
	}
	return out
}

// same runs a use of either dialect, compares what both give, also without a
// segment, and returns what is recorded.
func same(t *testing.T, plain, traced func(context.Context) string) []string {
	t.Helper()
	want := plain(context.Background())
	if got := traced(context.Background()); got != want {
		t.Errorf("without a segment:\ngot  %s\nwant %s", got, want)
	}
	ctx, closed := sent.Begin(t)
	if got := traced(ctx); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	return recorded(closed())
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("recorded\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// use runs commands on a new server that a client is made for.
func use(t *testing.T, open func(addr string) redis.UniversalClient) func(context.Context) string {
	return func(ctx context.Context) string {
		c := open(miniredis.RunT(t).Addr())
		defer c.Close()
		var out []string
		note := func(v ...any) { out = append(out, fmt.Sprint(v...)) }
		note(c.Set(ctx, "secret", "value", 0))
		note(c.Get(ctx, "secret"))
		note(c.Get(ctx, "missing").Err())
		note(c.Incr(ctx, "secret").Err())
		_, err := c.Pipelined(ctx, func(p redis.Pipeliner) error { p.Incr(ctx, "n"); p.Get(ctx, "missing"); return nil })
		note(err)
		_, err = c.TxPipelined(ctx, func(p redis.Pipeliner) error { p.Incr(ctx, "n"); return nil })
		note(err)
		_, err = c.Pipelined(ctx, func(p redis.Pipeliner) error { p.Get(ctx, "missing"); p.Incr(ctx, "secret"); return nil })
		note(err)
		note(c.Watch(ctx, func(tx *redis.Tx) error { return tx.Get(ctx, "n").Err() }, "n"))
		ended, cancel := context.WithCancel(ctx)
		cancel()
		note(errors.Is(c.Get(ended, "n").Err(), context.Canceled))
		return strings.Join(out, "\n")
	}
}

func commands(name string) []string {
	var out []string
	for _, c := range []string{"set", "get", "get", "incr fault", "pipeline", "multi", "pipeline fault", "watch", "get", "unwatch", "get fault"} {
		out = append(out, name+" remote "+c)
	}
	return out
}

func TestClient(t *testing.T) {
	open := func(f func(*redis.Options) *redis.Client) func(string) redis.UniversalClient {
		return func(addr string) redis.UniversalClient { return f(&redis.Options{Addr: addr}) }
	}
	expect(t, same(t, use(t, open(plain.RedisClient)), use(t, open(traced.RedisClient))), commands("127.0.0.1")...)
}

func TestUniversal(t *testing.T) {
	open := func(f func(*redis.UniversalOptions) redis.UniversalClient) func(string) redis.UniversalClient {
		return func(addr string) redis.UniversalClient {
			return f(&redis.UniversalOptions{Addrs: []string{strings.Replace(addr, "127.0.0.1", "localhost", 1)}})
		}
	}
	expect(t, same(t, use(t, open(plain.RedisUniversal)), use(t, open(traced.RedisUniversal))), commands("localhost")...)
}

// A ring whose nodes are traced, too, records a command once.
func TestRing(t *testing.T) {
	open := func(f func(*redis.RingOptions) *redis.Ring) func(string) redis.UniversalClient {
		return func(addr string) redis.UniversalClient {
			return f(&redis.RingOptions{Addrs: map[string]string{"a": addr}, NewClient: traced.RedisClient})
		}
	}
	want := commands("redis")
	copy(want[7:10], commands("127.0.0.1")[7:10]) // Watch is its node's alone
	expect(t, same(t, use(t, open(plain.RedisRing)), use(t, open(traced.RedisRing))), want...)
}

// cluster has commands of a cluster with one node run, whose client is traced too.
func TestCluster(t *testing.T) {
	open := func(f func(*redis.ClusterOptions) *redis.ClusterClient) func(context.Context) string {
		return func(ctx context.Context) string {
			server := miniredis.RunT(t)
			c := f(&redis.ClusterOptions{Addrs: []string{server.Addr()}, NewClient: traced.RedisClient})
			defer c.Close()
			_, err := c.Pipelined(ctx, func(p redis.Pipeliner) error { p.Incr(ctx, "n"); return nil })
			return fmt.Sprint(c.Set(ctx, "k", "v", 0), c.Get(ctx, "k"), c.Get(ctx, "missing").Err(), err)
		}
	}
	expect(t, same(t, open(plain.RedisCluster), open(traced.RedisCluster)),
		"127.0.0.1 remote pipeline", "127.0.0.1 remote set", "127.0.0.1 remote get", "127.0.0.1 remote get")
}

// Sentinels that are not there: what is compared is the failure.
func TestFailover(t *testing.T) {
	options := func() *redis.FailoverOptions {
		return &redis.FailoverOptions{MasterName: "m", SentinelAddrs: []string{"127.0.0.1:1"}, MaxRetries: -1}
	}
	failed := func(c redis.UniversalClient, ctx context.Context) string {
		defer c.Close()
		return fmt.Sprint(c.Get(ctx, "k").Err() != nil)
	}
	expect(t, same(t, func(ctx context.Context) string { return failed(plain.RedisFailover(options()), ctx) },
		func(ctx context.Context) string { return failed(traced.RedisFailover(options()), ctx) }), "redis remote get fault")
	expect(t, same(t, func(ctx context.Context) string { return failed(plain.RedisFailoverCluster(options()), ctx) },
		func(ctx context.Context) string { return failed(traced.RedisFailoverCluster(options()), ctx) }), "redis remote get fault")
}

// A second hook of ours on one client, as two packages may give it, records
// nothing more; one of another vendor's runs inside.
func TestHooks(t *testing.T) {
	server := miniredis.RunT(t)
	c := traced.RedisClient(&redis.Options{Addr: server.Addr()})
	defer c.Close()
	seen := &inner{}
	c.AddHook(seen)
	ctx, closed := sent.Begin(t)
	c.Ping(ctx)
	expect(t, recorded(closed()), "127.0.0.1 remote ping")
	if seen.segment == nil || seen.segment.Name != "127.0.0.1" {
		t.Error("the program's hook does not run inside the subsegment")
	}
}

type inner struct{ segment *xray.Segment }

func (h *inner) DialHook(next redis.DialHook) redis.DialHook { return next }
func (h *inner) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		h.segment = xray.GetSegment(ctx)
		return next(ctx, cmd)
	}
}
func (h *inner) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// A command that ends after its request goes out alone.
func TestLate(t *testing.T) {
	server := miniredis.RunT(t)
	c := traced.RedisClient(&redis.Options{Addr: server.Addr()})
	defer c.Close()
	ctx, seg := xray.BeginSegment(context.Background(), "test")
	seg.Close(nil)
	if err := c.Ping(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	all := sent.Of(t, seg.TraceID, 2)
	if all[1].Type != "subsegment" || all[1].Parent != seg.ID {
		t.Errorf("%+v", all[1])
	}
}

func TestUnsampled(t *testing.T) {
	server := miniredis.RunT(t)
	c := traced.RedisClient(&redis.Options{Addr: server.Addr()})
	defer c.Close()
	ctx, seg := xray.BeginSegment(context.Background(), "test")
	seg.Sampled, seg.Dummy = false, true
	if err := c.Set(ctx, "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	seg.Close(nil)
	sent.Of(t, seg.TraceID, 0)
	t.Setenv("AWS_XRAY_SDK_DISABLED", "TRUE")
	if v := c.Get(ctx, "k").Val(); v != "v" {
		t.Error(v)
	}
}

func TestRedigo(t *testing.T) {
	type do = func(ctx context.Context, c redigo.Conn, command string, args ...any) (any, error)
	run := func(do do) func(context.Context) string {
		return func(ctx context.Context) string {
			c, err := redigo.Dial("tcp", miniredis.RunT(t).Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			var out []string
			note := func(v any, err error) { out = append(out, fmt.Sprint(v, err)) }
			note(do(ctx, c, "SET", "k", "v"))
			note(redigo.String(do(ctx, c, "GET", "k")))
			note(redigo.String(do(ctx, c, "GET", "missing")))
			note(do(ctx, c, "NONSENSE"))
			c.Send("MULTI")
			c.Send("INCR", "n")
			note(do(ctx, c, "EXEC"))
			c.Send("PING")
			note(do(ctx, c, ""))
			ended, cancel := context.WithCancel(ctx)
			cancel()
			note(do(ended, c, "PING")) // not cancelled: it was not before
			return strings.Join(out, "\n")
		}
	}
	expect(t, same(t, run(plain.RedigoDo), run(traced.RedigoDo)), "redis remote set", "redis remote get", "redis remote get",
		"redis remote nonsense fault", "redis remote exec", "redis remote pipeline", "redis remote ping")
}

// The other ways to send a command: a script, which is sent whole the first time, a
// context, a time-out.
func TestRedigoForms(t *testing.T) {
	type dialect struct {
		script  func(ctx context.Context, s *redigo.Script, c redigo.Conn, keysAndArgs ...any) (any, error)
		context func(with context.Context, c redigo.Conn, command string, args ...any) (any, error)
		timeout func(ctx context.Context, c redigo.Conn, timeout time.Duration, command string, args ...any) (any, error)
	}
	run := func(d dialect) func(context.Context) string {
		return func(ctx context.Context) string {
			c, err := redigo.Dial("tcp", miniredis.RunT(t).Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			var out []string
			note := func(v any, err error) { out = append(out, fmt.Sprint(v, err)) }
			script := redigo.NewScript(1, "return redis.call('INCRBY', KEYS[1], ARGV[1])")
			note(d.script(ctx, script, c, "k", 2))
			note(d.script(ctx, script, c, "k", 3))
			note(d.context(ctx, c, "GET", "k"))
			note(d.timeout(ctx, c, time.Minute, "GET", "k"))
			note(d.timeout(ctx, c, time.Minute, "NONSENSE"))
			ended, cancel := context.WithCancel(ctx)
			cancel()
			note(d.context(ended, c, "PING"))
			return strings.Join(out, "\n")
		}
	}
	expect(t, same(t, run(dialect{plain.RedigoScript, plain.RedigoContext, plain.RedigoTimeout}), run(dialect{traced.RedigoScript, traced.RedigoContext, traced.RedigoTimeout})),
		"redis remote evalsha", "redis remote evalsha", "redis remote get", "redis remote get", "redis remote nonsense fault", "redis remote ping fault")
}
