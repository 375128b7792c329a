package plain

import (
	"context"

	redigo "github.com/gomodule/redigo/redis"
	"github.com/redis/go-redis/v9"
)

//idiom:library github.com/redis/go-redis/v9
//idiom:traces a command, pipeline or transaction that is given a context with a segment -> subsegment named after the server's host, or `redis` for rings and failover clients, with the command's name
//idiom:untraced the arguments of commands; connecting; subscriptions; sentinel clients; pre-releases of v9

//idiom:library github.com/gomodule/redigo
//idiom:traces `Do` on a connection -> subsegment `redis`, with the command's name
//idiom:untraced `Send`, `Flush` and `Receive`, scripts, subscriptions, waiting for a connection of the pool

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
// does not end with the context. What Send, Flush and Receive do is not recorded,
// nor are scripts.
//
//idiom:kind redis
//idiom:guard uncaptured
func RedigoDo(ctx context.Context, c redigo.Conn, command string, args ...any) (any, error) {
	return c.Do(command, args...)
}
