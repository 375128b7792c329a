package xray

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/event"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

func MongoConnectV1(ctx context.Context, opts ...*options.ClientOptions) (*mongo.Client, error) {
	return mongo.Connect(ctx, xrayMongoOptions(opts...))
}

func MongoNewClientV1(opts ...*options.ClientOptions) (*mongo.Client, error) {
	return mongo.NewClient(xrayMongoOptions(opts...))
}

// xrayMongoOptions merges a client's options and has its commands traced, for
// version 1 of the driver.
func xrayMongoOptions(opts ...*options.ClientOptions) *options.ClientOptions {
	merged := options.MergeClientOptions(opts...)
	commands := &xrayCommands{host: xrayMongoHost(merged.Hosts)}
	next := merged.Monitor
	if next == nil {
		next = &event.CommandMonitor{}
	}
	return merged.SetMonitor(&event.CommandMonitor{
		Started: func(ctx context.Context, e *event.CommandStartedEvent) {
			collection, ok := e.Command.Lookup(e.CommandName).StringValueOK()
			if !ok {
				collection, _ = e.Command.Lookup("collection").StringValueOK()
			}
			commands.begin(ctx, xrayCommandID{e.RequestID, e.ConnectionID}, e.DatabaseName, e.CommandName, collection)
			if next.Started != nil {
				next.Started(ctx, e)
			}
		},
		Succeeded: func(ctx context.Context, e *event.CommandSucceededEvent) {
			commands.end(xrayCommandID{e.RequestID, e.ConnectionID}, nil)
			if next.Succeeded != nil {
				next.Succeeded(ctx, e)
			}
		},
		Failed: func(ctx context.Context, e *event.CommandFailedEvent) {
			commands.end(xrayCommandID{e.RequestID, e.ConnectionID}, errors.New(e.Failure))
			if next.Failed != nil {
				next.Failed(ctx, e)
			}
		},
	})
}
