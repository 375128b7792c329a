package plain

import (
	"context"
	"time"

	redigo "github.com/gomodule/redigo/redis"
	"github.com/redis/go-redis/v9"
)

//idiom:library github.com/redis/go-redis/v9
//idiom:traces a command, pipeline or transaction that is given a context with a segment -> subsegment named after the server's host, or `redis` for rings and failover clients, with the command's name
//idiom:untraced the arguments of commands; connecting; subscriptions; sentinel clients; pre-releases of v9

//idiom:library github.com/gomodule/redigo
//idiom:traces `Do` on a connection, `DoContext`, `DoWithTimeout` and `Do` of a script -> subsegment `redis`, with the command's name
//idiom:untraced `Send`, `Flush` and `Receive`, which leave open which reply is whose; subscriptions, waiting for a connection of the pool

// RedisClient finds redis.NewClient (go-redis v9). Every command, pipeline and
// transaction of the client that is given a context with a segment becomes one
// subsegment named after the server's host, with the command's name and without
// its arguments. A missing key is no fault. Connecting is part of the command that
// does so; subscriptions are not recorded. A hook that the program adds stays, and
// runs inside. The pre-releases of v9 have other hooks and are left alone.
//
//idiom:kind redis
//idiom:guard unhooked-redis
func RedisClient(o *redis.Options) *redis.Client {
	return redis.NewClient(o)
}

// RedisCluster finds redis.NewClusterClient (go-redis v9) and promises what
// RedisClient does. The subsegments are named after the first of the cluster's
// addresses; a command that is redirected or tried again is one.
//
//idiom:kind redis
//idiom:guard unhooked-redis
func RedisCluster(o *redis.ClusterOptions) *redis.ClusterClient {
	return redis.NewClusterClient(o)
}

// RedisRing finds redis.NewRing (go-redis v9) and promises what RedisClient does.
// The subsegments are named "redis": which server a key belongs to is not told.
//
//idiom:kind redis
//idiom:guard unhooked-redis
func RedisRing(o *redis.RingOptions) *redis.Ring {
	return redis.NewRing(o)
}

// RedisFailover finds redis.NewFailoverClient (go-redis v9) and promises what
// RedisClient does. The subsegments are named "redis": the server changes.
//
//idiom:kind redis
//idiom:guard unhooked-redis
func RedisFailover(o *redis.FailoverOptions) *redis.Client {
	return redis.NewFailoverClient(o)
}

// RedisFailoverCluster finds redis.NewFailoverClusterClient (go-redis v9) and
// promises what RedisFailover does.
//
//idiom:kind redis
//idiom:guard unhooked-redis
func RedisFailoverCluster(o *redis.FailoverOptions) *redis.ClusterClient {
	return redis.NewFailoverClusterClient(o)
}

// RedisUniversal finds redis.NewUniversalClient (go-redis v9) and promises what
// the constructor does that its options choose.
//
//idiom:kind redis
//idiom:guard unhooked-redis
func RedisUniversal(o *redis.UniversalOptions) redis.UniversalClient {
	return redis.NewUniversalClient(o)
}

// RedigoDo finds Do on a connection (gomodule/redigo). It becomes one subsegment
// named "redis", with the command's name and without its arguments. The command
// does not end with the context. What Send, Flush and Receive do is not recorded.
//
//idiom:kind redis
//idiom:guard uncaptured
func RedigoDo(ctx context.Context, c redigo.Conn, command string, args ...any) (any, error) {
	return c.Do(command, args...)
}

// RedigoContext finds redis.DoContext (gomodule/redigo) and promises what RedigoDo does;
// the command ends with its own context, whose segment it is recorded in.
//
//idiom:kind redis
//idiom:guard uncaptured
func RedigoContext(with context.Context, c redigo.Conn, command string, args ...any) (any, error) {
	return redigo.DoContext(c, with, command, args...)
}

// RedigoTimeout finds redis.DoWithTimeout (gomodule/redigo) and promises what RedigoDo
// does.
//
//idiom:kind redis
//idiom:guard uncaptured
func RedigoTimeout(ctx context.Context, c redigo.Conn, timeout time.Duration, command string, args ...any) (any, error) {
	return redigo.DoWithTimeout(c, timeout, command, args...)
}

// RedigoScript finds Do of a script (gomodule/redigo). It is one subsegment named
// "redis", with the command evalsha, also where the script must be sent after all.
//
//idiom:kind redis
//idiom:guard uncaptured
func RedigoScript(ctx context.Context, s *redigo.Script, c redigo.Conn, keysAndArgs ...any) (any, error) {
	return s.Do(c, keysAndArgs...)
}
