package plain

import "github.com/go-redis/redis/v8"

//idiom:library github.com/go-redis/redis/v8
//idiom:traces a command, pipeline or transaction that is given a context with a segment -> subsegment named after the server's host, or `redis` for rings and failover clients, with the command's name
//idiom:untraced the arguments of commands; connecting; subscriptions; sentinel clients; v7 and older versions

// RedisClientV8 finds redis.NewClient (go-redis v8) and promises what RedisClient
// does. Version 7 and older ones give hooks no context of the call, and are left
// alone.
//
//idiom:kind redis
//idiom:guard unhooked-redis
func RedisClientV8(o *redis.Options) *redis.Client {
	return redis.NewClient(o)
}

// RedisClusterV8 finds redis.NewClusterClient (go-redis v8) and promises what
// RedisClientV8 does. The subsegments are named after the first of the cluster's
// addresses; a command that is redirected or tried again is one.
//
//idiom:kind redis
//idiom:guard unhooked-redis
func RedisClusterV8(o *redis.ClusterOptions) *redis.ClusterClient {
	return redis.NewClusterClient(o)
}

// RedisRingV8 finds redis.NewRing (go-redis v8) and promises what RedisClient does.
// The subsegments are named "redis": which server a key belongs to is not told.
//
//idiom:kind redis
//idiom:guard unhooked-redis
func RedisRingV8(o *redis.RingOptions) *redis.Ring {
	return redis.NewRing(o)
}

// RedisFailoverV8 finds redis.NewFailoverClient (go-redis v8) and promises what
// RedisClientV8 does. The subsegments are named "redis": the server changes.
//
//idiom:kind redis
//idiom:guard unhooked-redis
func RedisFailoverV8(o *redis.FailoverOptions) *redis.Client {
	return redis.NewFailoverClient(o)
}

// RedisFailoverClusterV8 finds redis.NewFailoverClusterClient (go-redis v8) and
// promises what RedisFailover does.
//
//idiom:kind redis
//idiom:guard unhooked-redis
func RedisFailoverClusterV8(o *redis.FailoverOptions) *redis.ClusterClient {
	return redis.NewFailoverClusterClient(o)
}

// RedisUniversalV8 finds redis.NewUniversalClient (go-redis v8) and promises what
// the constructor does that its options choose.
//
//idiom:kind redis
//idiom:guard unhooked-redis
func RedisUniversalV8(o *redis.UniversalOptions) redis.UniversalClient {
	return redis.NewUniversalClient(o)
}
