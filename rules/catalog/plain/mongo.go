package plain

import (
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

//idiom:library go.mongodb.org/mongo-driver/v2
//idiom:traces a command that is given a context with a segment, of a client from `mongo.Connect` -> subsegment `database@host`, with the command's name and collection
//idiom:untraced the contents of commands and replies; errors of single writes, which a server reports in a reply that succeeds; connecting and what the driver does by itself

// MongoConnect finds mongo.Connect (MongoDB driver v2). Every command of the client
// that is given a context with a segment becomes a subsegment named
// database@host, with the names of the command and its collection, and without
// its contents; the host is the first of those that the client is told, in
// alphabetical order. A cursor's later batches are commands of their own. The
// program's own command monitor stays and sees what it saw. The options are merged
// as the driver merges them, and stay as they are.
//
//idiom:kind mongo
//idiom:guard unmonitored-mongo
func MongoConnect(opts ...*options.ClientOptions) (*mongo.Client, error) {
	return mongo.Connect(opts...)
}
