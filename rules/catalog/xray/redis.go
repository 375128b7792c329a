package xray

import (
	"context"
	"net"
	"strings"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
	redigo "github.com/gomodule/redigo/redis"
	"github.com/redis/go-redis/v9"
)

func RedisClient(o *redis.Options) *redis.Client {
	return xrayRedis(redis.NewClient(o))
}

func RedisCluster(o *redis.ClusterOptions) *redis.ClusterClient {
	return xrayRedisCluster(redis.NewClusterClient(o))
}

func RedisRing(o *redis.RingOptions) *redis.Ring {
	return xrayRedisRing(redis.NewRing(o))
}

func RedisFailover(o *redis.FailoverOptions) *redis.Client {
	return xrayRedis(redis.NewFailoverClient(o))
}

func RedisFailoverCluster(o *redis.FailoverOptions) *redis.ClusterClient {
	return xrayRedisCluster(redis.NewFailoverClusterClient(o))
}

func RedisUniversal(o *redis.UniversalOptions) redis.UniversalClient {
	return xrayRedisUniversal(redis.NewUniversalClient(o))
}

func RedigoDo(ctx context.Context, c redigo.Conn, command string, args ...any) (any, error) {
	return xrayRedigo(ctx, c, command, args...)
}

func RedigoContext(with context.Context, c redigo.Conn, command string, args ...any) (any, error) {
	return xrayRedigoContext(c, with, command, args...)
}

func RedigoTimeout(ctx context.Context, c redigo.Conn, timeout time.Duration, command string, args ...any) (any, error) {
	return xrayRedigoTimeout(ctx, c, timeout, command, args...)
}

func RedigoScript(ctx context.Context, s *redigo.Script, c redigo.Conn, keysAndArgs ...any) (any, error) {
	return xrayRedigoScript(ctx, s, c, keysAndArgs...)
}

// xrayRedis has the commands of a new client traced.
func xrayRedis(c *redis.Client) *redis.Client {
	c.AddHook(xrayRedisHook{xrayRedisName(c.Options().Addr)})
	return c
}

// xrayRedisCluster has the commands of a new cluster's client traced.
func xrayRedisCluster(c *redis.ClusterClient) *redis.ClusterClient {
	c.AddHook(xrayRedisHook{xrayRedisName(c.Options().Addrs...)})
	return c
}

// xrayRedisRing has the commands of a new ring traced.
func xrayRedisRing(c *redis.Ring) *redis.Ring {
	c.AddHook(xrayRedisHook{xrayRedisName()})
	return c
}

// xrayRedisUniversal has the commands of a new client of any sort traced.
func xrayRedisUniversal(c redis.UniversalClient) redis.UniversalClient {
	switch c := c.(type) {
	case *redis.Client:
		return xrayRedis(c)
	case *redis.ClusterClient:
		return xrayRedisCluster(c)
	}
	c.AddHook(xrayRedisHook{xrayRedisName()})
	return c
}

// xrayRedisName returns the host of the first of a server's addresses, or "redis".
func xrayRedisName(addresses ...string) string {
	if len(addresses) == 0 {
		return "redis"
	}
	if host, _, err := net.SplitHostPort(addresses[0]); err == nil && host != "" {
		return host
	}
	return "redis"
}

// xrayRedisHook records each command, pipeline and transaction of an open segment
// as a subsegment, without its arguments.
type xrayRedisHook struct{ name string }

func (h xrayRedisHook) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h xrayRedisHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) (err error) {
		below, seg := xrayRedisBegin(ctx, h.name, cmd.Name())
		defer func() { xrayEnd(seg, xrayRedisErr(err)) }()
		return next(below, cmd)
	}
}

func (h xrayRedisHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) (err error) {
		name := "pipeline"
		if len(cmds) > 0 && cmds[0].Name() == "multi" {
			name = "multi"
		}
		below, seg := xrayRedisBegin(ctx, h.name, name)
		defer func() {
			failed := xrayRedisErr(err)
			for i := 0; i < len(cmds) && failed == nil; i++ {
				failed = xrayRedisErr(cmds[i].Err())
			}
			xrayEnd(seg, failed)
		}()
		return next(below, cmds)
	}
}

// xrayRedisErr returns an error unless it says that a key is missing.
func xrayRedisErr(err error) error {
	if err == redis.Nil {
		return nil
	}
	return err
}

// xrayRedisBegin begins the subsegment of a command. Commands that belong to one
// that is recorded already, of a cluster's node or of a new connection, have none.
func xrayRedisBegin(ctx context.Context, server, command string) (context.Context, *xray.Segment) {
	if ctx == nil {
		return ctx, nil
	}
	if outer := xray.GetSegment(ctx); outer != nil {
		outer.RLock()
		inside := outer.InProgress && outer.Namespace == "remote" && outer.Annotations["redis_command"] != nil
		outer.RUnlock()
		if inside {
			return ctx, nil
		}
	}
	below, seg := xrayStore(ctx, server)
	if seg != nil {
		_ = seg.AddAnnotation("redis_command", strings.ToLower(command))
	}
	return below, seg
}

// xrayRedigo is c.Do, recorded as a subsegment without its arguments.
func xrayRedigo(ctx context.Context, c redigo.Conn, command string, args ...interface{}) (reply interface{}, err error) {
	end := xrayRedigoBegin(ctx, command)
	defer func() { end(err) }()
	return c.Do(command, args...)
}

// xrayRedigoContext is redis.DoContext, recorded as a subsegment without its arguments.
func xrayRedigoContext(c redigo.Conn, ctx context.Context, command string, args ...interface{}) (reply interface{}, err error) {
	end := xrayRedigoBegin(ctx, command)
	defer func() { end(err) }()
	return redigo.DoContext(c, ctx, command, args...)
}

// xrayRedigoTimeout is redis.DoWithTimeout, recorded as a subsegment without its
// arguments.
func xrayRedigoTimeout(ctx context.Context, c redigo.Conn, timeout time.Duration, command string, args ...interface{}) (reply interface{}, err error) {
	end := xrayRedigoBegin(ctx, command)
	defer func() { end(err) }()
	return redigo.DoWithTimeout(c, timeout, command, args...)
}

// xrayRedigoScript is s.Do, recorded as a subsegment without its arguments.
func xrayRedigoScript(ctx context.Context, s *redigo.Script, c redigo.Conn, keysAndArgs ...interface{}) (reply interface{}, err error) {
	end := xrayRedigoBegin(ctx, "evalsha")
	defer func() { end(err) }()
	return s.Do(c, keysAndArgs...)
}

// xrayRedigoBegin begins the subsegment of a command and returns what ends it.
func xrayRedigoBegin(ctx context.Context, command string) (end func(error)) {
	if command == "" {
		command = "pipeline" // Do sends what is pending and reads the replies
	}
	_, seg := xrayRedisBegin(ctx, "redis", command)
	return func(err error) { xrayEnd(seg, err) }
}
