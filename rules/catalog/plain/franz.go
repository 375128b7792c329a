package plain

import "github.com/twmb/franz-go/pkg/kgo"

//idiom:library github.com/twmb/franz-go
//idiom:traces a record that is produced with a context with a segment, until the broker has it -> subsegment `kafka:TOPIC`; the trace header goes out with the record
//idiom:traces a record that is polled, where something that is done with it is traced -> segment of its own, in the trace of the one who sent it ([background work](background.md#messages))
//idiom:untraced transactions, fetches and requests that are sent by hand; the contents of records

// FranzClient finds kgo.NewClient (twmb/franz-go). Every record that the client
// produces with a context with a segment becomes a subsegment named kafka:TOPIC, from
// Produce until its promise, and carries the trace's header meanwhile. A record that
// has the header keeps it. Hooks that the program gives stay. The header counts
// towards the size that a record may have.
//
//idiom:kind messaging
//idiom:guard unannounced
func FranzClient(opts ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(opts...)
}
