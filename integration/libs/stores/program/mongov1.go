package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

func openMongoV1() (sell, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	client, err := mongo.Connect(ctx, options.Client().ApplyURI(os.Getenv("MONGO")), options.Client().SetAppName("kiosk"))
	if err != nil {
		return nil, err
	}
	sales := client.Database(os.Getenv("NAME")).Collection("old")
	return func(ctx context.Context, item string) (string, error) {
		_, err := sales.UpdateOne(ctx, bson.M{"item": item}, bson.M{"$inc": bson.M{"n": 1}}, options.Update().SetUpsert(true))
		if err != nil {
			return "", err
		}
		n, err := sales.CountDocuments(ctx, bson.M{})
		return fmt.Sprint(n), err
	}, nil
}
