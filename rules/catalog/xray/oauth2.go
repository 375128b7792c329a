package xray

import (
	"context"
	"net/http"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

func OAuth2Client(with context.Context, src oauth2.TokenSource) *http.Client {
	return xrayTraced(oauth2.NewClient(with, src))
}

func OAuth2Config(with context.Context, c *oauth2.Config, t *oauth2.Token) *http.Client {
	return xrayTraced(c.Client(with, t))
}

func OAuth2Credentials(with context.Context, c *clientcredentials.Config) *http.Client {
	return xrayTraced(c.Client(with))
}

// xrayTraced returns a copy of a client whose requests are traced. The client
// itself may be one that others share.
func xrayTraced(c *http.Client) *http.Client {
	traced := *c
	traced.Transport = xrayTransport{c.Transport}
	return &traced
}
