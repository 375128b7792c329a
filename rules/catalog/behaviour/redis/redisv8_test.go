package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/go-redis/redis/v8"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

// useV8 runs commands on a new server that a client is made for.
func useV8(t *testing.T, open func(addr string) redis.UniversalClient) func(context.Context) string {
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

func TestClientV8(t *testing.T) {
	open := func(f func(*redis.Options) *redis.Client) func(string) redis.UniversalClient {
		return func(addr string) redis.UniversalClient { return f(&redis.Options{Addr: addr}) }
	}
	expect(t, same(t, useV8(t, open(plain.RedisClientV8)), useV8(t, open(traced.RedisClientV8))), commands("127.0.0.1")...)
}

func TestUniversalV8(t *testing.T) {
	open := func(f func(*redis.UniversalOptions) redis.UniversalClient) func(string) redis.UniversalClient {
		return func(addr string) redis.UniversalClient {
			return f(&redis.UniversalOptions{Addrs: []string{strings.Replace(addr, "127.0.0.1", "localhost", 1)}})
		}
	}
	expect(t, same(t, useV8(t, open(plain.RedisUniversalV8)), useV8(t, open(traced.RedisUniversalV8))), commands("localhost")...)
}

// A ring whose nodes are traced, too, records a command once.
func TestRingV8(t *testing.T) {
	open := func(f func(*redis.RingOptions) *redis.Ring) func(string) redis.UniversalClient {
		return func(addr string) redis.UniversalClient {
			return f(&redis.RingOptions{Addrs: map[string]string{"a": addr}, NewClient: func(_ string, o *redis.Options) *redis.Client { return traced.RedisClientV8(o) }})
		}
	}
	want := commands("redis")
	copy(want[7:10], commands("127.0.0.1")[7:10]) // Watch is its node's alone
	want[5] = "redis remote pipeline"
	expect(t, same(t, useV8(t, open(plain.RedisRingV8)), useV8(t, open(traced.RedisRingV8))), want...)
}

// cluster has commands of a cluster with one node run, whose client is traced too.
func TestClusterV8(t *testing.T) {
	open := func(f func(*redis.ClusterOptions) *redis.ClusterClient) func(context.Context) string {
		return func(ctx context.Context) string {
			server := miniredis.RunT(t)
			c := f(&redis.ClusterOptions{Addrs: []string{server.Addr()}, NewClient: traced.RedisClientV8})
			defer c.Close()
			_, err := c.Pipelined(ctx, func(p redis.Pipeliner) error { p.Incr(ctx, "n"); return nil })
			return fmt.Sprint(c.Set(ctx, "k", "v", 0), c.Get(ctx, "k"), c.Get(ctx, "missing").Err(), err)
		}
	}
	expect(t, same(t, open(plain.RedisClusterV8), open(traced.RedisClusterV8)),
		"127.0.0.1 remote pipeline", "127.0.0.1 remote set", "127.0.0.1 remote get", "127.0.0.1 remote get")
}

// Sentinels that are not there: what is compared is the failure.
func TestFailoverV8(t *testing.T) {
	options := func() *redis.FailoverOptions {
		return &redis.FailoverOptions{MasterName: "m", SentinelAddrs: []string{"127.0.0.1:1"}, MaxRetries: -1}
	}
	failed := func(c redis.UniversalClient, ctx context.Context) string {
		defer c.Close()
		return fmt.Sprint(c.Get(ctx, "k").Err() != nil)
	}
	expect(t, same(t, func(ctx context.Context) string { return failed(plain.RedisFailoverV8(options()), ctx) },
		func(ctx context.Context) string { return failed(traced.RedisFailoverV8(options()), ctx) }), "redis remote get fault")
	expect(t, same(t, func(ctx context.Context) string { return failed(plain.RedisFailoverClusterV8(options()), ctx) },
		func(ctx context.Context) string { return failed(traced.RedisFailoverClusterV8(options()), ctx) }), "redis remote get fault")
}

// Of two hooks of ours on one client, as two packages may give it, one records;
// one of another vendor's runs inside.
func TestHooksV8(t *testing.T) {
	server := miniredis.RunT(t)
	c := traced.RedisClientV8(&redis.Options{Addr: server.Addr()})
	defer c.Close()
	c.AddHook(innerV8{c})
	ctx, closed := sent.Begin(t)
	if err := c.Get(ctx, "missing").Err(); err != redis.Nil {
		t.Error(err)
	}
	expect(t, recorded(closed()), "127.0.0.1 remote get")
}

// innerV8 runs a command of its client within another one.
type innerV8 struct{ c *redis.Client }

func (h innerV8) BeforeProcess(ctx context.Context, cmd redis.Cmder) (context.Context, error) {
	if cmd.Name() == "ping" {
		return ctx, nil
	}
	return ctx, h.c.Ping(ctx).Err()
}
func (h innerV8) AfterProcess(context.Context, redis.Cmder) error { return nil }
func (h innerV8) BeforeProcessPipeline(ctx context.Context, _ []redis.Cmder) (context.Context, error) {
	return ctx, nil
}
func (h innerV8) AfterProcessPipeline(context.Context, []redis.Cmder) error { return nil }
