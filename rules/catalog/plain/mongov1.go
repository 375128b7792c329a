package plain

import (
	"context"

	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

//idiom:library go.mongodb.org/mongo-driver
//idiom:traces a command that is given a context with a segment, of a client from `mongo.Connect` or `mongo.NewClient` -> subsegment `database@host`, with the command's name and collection
//idiom:untraced the contents of commands and replies; errors of single writes, which a server reports in a reply that succeeds; connecting and what the driver does by itself

// MongoConnectV1 finds mongo.Connect (MongoDB driver v1) and promises what
// MongoConnect does.
//
//idiom:kind mongo
//idiom:guard unmonitored-mongo
func MongoConnectV1(ctx context.Context, opts ...*options.ClientOptions) (*mongo.Client, error) {
	return mongo.Connect(ctx, opts...)
}

// MongoNewClientV1 finds mongo.NewClient (MongoDB driver v1) and promises what
// MongoConnect does.
//
//idiom:kind mongo
//idiom:guard unmonitored-mongo
func MongoNewClientV1(opts ...*options.ClientOptions) (*mongo.Client, error) {
	return mongo.NewClient(opts...)
}
