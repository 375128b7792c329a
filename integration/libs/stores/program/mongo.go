package main

import (
	"context"
	"fmt"
	"os"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func openMongo() (sell, error) {
	opts := options.Client().ApplyURI(os.Getenv("MONGO"))
	client, err := mongo.Connect(opts)
	if err != nil {
		return nil, err
	}
	sales := client.Database(os.Getenv("NAME")).Collection("sales")
	return func(ctx context.Context, item string) (string, error) {
		for range 3 {
			if _, err := sales.InsertOne(ctx, bson.M{"item": item}); err != nil {
				return "", err
			}
		}
		cursor, err := sales.Find(ctx, bson.M{"item": item}, options.Find().SetBatchSize(2))
		if err != nil {
			return "", err
		}
		var all []bson.M
		if err := cursor.All(ctx, &all); err != nil {
			return "", err
		}
		_, failed := sales.Aggregate(ctx, bson.A{bson.M{"$nonsense": 1}})
		return fmt.Sprint(len(all), failed != nil), nil
	}, nil
}
