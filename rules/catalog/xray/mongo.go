package xray

import (
	"context"
	"net"
	"sync"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func MongoConnect(opts ...*options.ClientOptions) (*mongo.Client, error) {
	return mongo.Connect(xrayMongo(opts...))
}

// xrayMongo merges a client's options and has its commands traced.
func xrayMongo(opts ...*options.ClientOptions) *options.ClientOptions {
	merged := options.MergeClientOptions(opts...)
	if merged == nil {
		return nil
	}
	traced := *merged
	commands := &xrayCommands{host: xrayMongoHost(merged.Hosts)}
	next := merged.Monitor
	if next == nil {
		next = &event.CommandMonitor{}
	}
	return traced.SetMonitor(&event.CommandMonitor{
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
			commands.end(xrayCommandID{e.RequestID, e.ConnectionID}, e.Failure)
			if next.Failed != nil {
				next.Failed(ctx, e)
			}
		},
	})
}

// xrayMongoHost returns the first host of those that a client is told, in
// alphabetical order, which does not change with the order of a DNS answer.
func xrayMongoHost(hosts []string) string {
	first := ""
	for _, h := range hosts {
		if name, _, err := net.SplitHostPort(h); err == nil {
			h = name
		}
		if first == "" || h < first {
			first = h
		}
	}
	return first
}

// xrayCommands are the subsegments of a client's running commands.
type xrayCommands struct {
	host    string
	running sync.Map // xrayCommandID to *xray.Segment
}

// xrayCommandID tells a client's running commands apart.
type xrayCommandID struct {
	request    int64
	connection string
}

func (c *xrayCommands) begin(ctx context.Context, id xrayCommandID, database, command, collection string) {
	name := database
	if c.host != "" {
		name += "@" + c.host
	}
	_, seg := xrayStore(ctx, name)
	if seg == nil {
		return
	}
	_ = seg.AddAnnotation("mongo_command", command)
	if collection != "" {
		_ = seg.AddAnnotation("mongo_collection", collection)
	}
	c.running.Store(id, seg)
}

func (c *xrayCommands) end(id xrayCommandID, err error) {
	if seg, ok := c.running.LoadAndDelete(id); ok {
		xrayEnd(seg.(*xray.Segment), err)
	}
}
