package main

import (
	"context"
	"fmt"
	"os"

	"github.com/go-redis/redis/v8"
)

func openRedisV8() (sell, error) {
	options, err := redis.ParseURL(os.Getenv("REDIS"))
	if err != nil {
		return nil, err
	}
	client := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: []string{options.Addr}, DB: options.DB})
	return func(ctx context.Context, item string) (string, error) {
		n, err := client.HIncrBy(context.Background(), "v8", item, 1).Result()
		return fmt.Sprint(n, client.Get(ctx, "nothing").Err()), err
	}, nil
}
