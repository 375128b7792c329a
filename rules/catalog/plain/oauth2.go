package plain

//idiom:library golang.org/x/oauth2
//idiom:traces a request of a client that fetches its tokens -> subsegment named after its host
//idiom:untraced the requests for tokens, which are given the context that the client was made with

import (
	"context"
	"net/http"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// OAuth2Client finds oauth2.NewClient. Every request of the client that is given a
// context with a segment becomes a subsegment named after its host and sends the
// trace's header; the fetching of tokens is part of it.
//
//idiom:kind outbound-http
//idiom:guard opaque-transport
func OAuth2Client(with context.Context, src oauth2.TokenSource) *http.Client {
	return oauth2.NewClient(with, src)
}

// OAuth2Config finds Client of an oauth2.Config and promises what OAuth2Client does.
//
//idiom:kind outbound-http
//idiom:guard opaque-transport
func OAuth2Config(with context.Context, c *oauth2.Config, t *oauth2.Token) *http.Client {
	return c.Client(with, t)
}

// OAuth2Credentials finds Client of a clientcredentials.Config and promises what
// OAuth2Client does.
//
//idiom:kind outbound-http
//idiom:guard opaque-transport
func OAuth2Credentials(with context.Context, c *clientcredentials.Config) *http.Client {
	return c.Client(with)
}
