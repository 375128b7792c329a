package plain

//idiom:library github.com/gojek/heimdall/v7
//idiom:traces an attempt of a request by Do -> subsegment named after its host
//idiom:untraced Get, Post and their kind, which take no context; hystrix clients, but for the http.Client that the program gives them

import "github.com/gojek/heimdall/v7/httpclient"

// HeimdallClient finds httpclient.NewClient (heimdall v7). Every attempt of a request
// that is given a context with a segment, by Do, becomes a subsegment named after its
// host and sends the trace's header. Get, Post and their kind take no context: their
// requests belong to no trace.
//
//idiom:kind outbound-http
//idiom:guard untraced-library
func HeimdallClient(opts ...httpclient.Option) *httpclient.Client {
	return httpclient.NewClient(opts...)
}
