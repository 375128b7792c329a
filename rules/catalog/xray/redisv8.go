package xray

import (
	"context"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/go-redis/redis/v8"
)

func RedisClientV8(o *redis.Options) *redis.Client {
	return xrayRedisV8Client(redis.NewClient(o))
}

func RedisClusterV8(o *redis.ClusterOptions) *redis.ClusterClient {
	return xrayRedisV8Cluster(redis.NewClusterClient(o))
}

func RedisRingV8(o *redis.RingOptions) *redis.Ring {
	return xrayRedisV8Ring(redis.NewRing(o))
}

func RedisFailoverV8(o *redis.FailoverOptions) *redis.Client {
	return xrayRedisV8Client(redis.NewFailoverClient(o))
}

func RedisFailoverClusterV8(o *redis.FailoverOptions) *redis.ClusterClient {
	return xrayRedisV8Cluster(redis.NewFailoverClusterClient(o))
}

func RedisUniversalV8(o *redis.UniversalOptions) redis.UniversalClient {
	return xrayRedisV8Universal(redis.NewUniversalClient(o))
}

// xrayRedisV8Client has the commands of a new client traced, for version 8 of go-redis.
func xrayRedisV8Client(c *redis.Client) *redis.Client {
	c.AddHook(&xrayRedisV8Hook{xrayRedisName(c.Options().Addr)})
	return c
}

// xrayRedisV8Cluster has the commands of a new cluster's client traced, for version 8 of go-redis.
func xrayRedisV8Cluster(c *redis.ClusterClient) *redis.ClusterClient {
	c.AddHook(&xrayRedisV8Hook{xrayRedisName(c.Options().Addrs...)})
	return c
}

// xrayRedisV8Ring has the commands of a new ring traced, for version 8 of go-redis.
func xrayRedisV8Ring(c *redis.Ring) *redis.Ring {
	c.AddHook(&xrayRedisV8Hook{xrayRedisName()})
	return c
}

// xrayRedisV8Universal has the commands of a new client of any sort traced, for version 8 of go-redis.
func xrayRedisV8Universal(c redis.UniversalClient) redis.UniversalClient {
	switch c := c.(type) {
	case *redis.Client:
		return xrayRedisV8Client(c)
	case *redis.ClusterClient:
		return xrayRedisV8Cluster(c)
	}
	c.AddHook(&xrayRedisV8Hook{xrayRedisName()})
	return c
}

// xrayRedisV8Hook records each command, pipeline and transaction of an open
// segment as a subsegment, without its arguments. A hook keeps it in the context
// under itself: all hooks of a client are given the last one's context.
type xrayRedisV8Hook struct{ name string }

func (h *xrayRedisV8Hook) BeforeProcess(ctx context.Context, cmd redis.Cmder) (context.Context, error) {
	return h.begin(ctx, cmd.Name()), nil
}

func (h *xrayRedisV8Hook) AfterProcess(ctx context.Context, cmd redis.Cmder) error {
	h.end(ctx, cmd)
	return nil
}

func (h *xrayRedisV8Hook) BeforeProcessPipeline(ctx context.Context, cmds []redis.Cmder) (context.Context, error) {
	name := "pipeline"
	if len(cmds) > 0 && cmds[0].Name() == "multi" {
		name = "multi"
	}
	return h.begin(ctx, name), nil
}

func (h *xrayRedisV8Hook) AfterProcessPipeline(ctx context.Context, cmds []redis.Cmder) error {
	h.end(ctx, cmds...)
	return nil
}

func (h *xrayRedisV8Hook) begin(ctx context.Context, command string) context.Context {
	below, seg := xrayRedisBegin(ctx, h.name, command)
	if below == nil {
		return nil
	}
	return context.WithValue(below, h, seg)
}

func (h *xrayRedisV8Hook) end(ctx context.Context, cmds ...redis.Cmder) {
	if ctx == nil {
		return
	}
	seg, _ := ctx.Value(h).(*xray.Segment)
	var failed error
	for i := 0; i < len(cmds) && failed == nil; i++ {
		if err := cmds[i].Err(); err != redis.Nil {
			failed = err
		}
	}
	xrayEnd(seg, failed)
}
