package main

import (
	"context"
	"fmt"
	"os"

	"github.com/gomodule/redigo/redis"
	goredis "github.com/redis/go-redis/v9"
)

type counter struct{ rdb goredis.Cmdable }

func openRedis() (sell, error) {
	options, err := goredis.ParseURL(os.Getenv("REDIS"))
	if err != nil {
		return nil, err
	}
	c := &counter{rdb: goredis.NewClient(options)}
	return c.sell, nil
}

func (c *counter) sell(ctx context.Context, item string) (string, error) {
	n, err := c.rdb.Incr(ctx, item).Result()
	if err != nil {
		return "", err
	}
	missing := c.rdb.Get(ctx, "nothing").Err() == goredis.Nil
	_, err = c.rdb.TxPipelined(ctx, func(p goredis.Pipeliner) error {
		p.SAdd(ctx, "items", item)
		p.SCard(ctx, "items")
		return nil
	})
	return fmt.Sprint(n, missing, c.rdb.LPush(ctx, item, 1).Err()), err
}

var pool = &redis.Pool{MaxIdle: 2, Dial: func() (redis.Conn, error) { return redis.DialURL(os.Getenv("REDIS")) }}

func openRedigo() (sell, error) { return sellByPool, nil }

func sellByPool(_ context.Context, item string) (string, error) {
	conn := pool.Get()
	defer conn.Close()
	return redis.String(store(conn, item+":last"))
}

// store takes no context.
func store(conn redis.Conn, key string) (interface{}, error) {
	if _, err := conn.Do("SET", key, "sold"); err != nil {
		return nil, err
	}
	return conn.Do("GET", key)
}
