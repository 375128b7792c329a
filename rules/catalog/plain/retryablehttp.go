package plain

//idiom:library github.com/hashicorp/go-retryablehttp
//idiom:traces an attempt of a request that is given a context -> subsegment named after its host
//idiom:untraced retryablehttp.Get and its kind, whose client is the package's own

import (
	"context"
	"net/http"
	"net/url"

	"github.com/hashicorp/go-retryablehttp"
)

// RetryableClient finds retryablehttp.NewClient. Every attempt of a request that is
// given a context with a segment becomes a subsegment named after its host and
// sends the trace's header.
//
//idiom:kind outbound-http
//idiom:guard untraced-library opaque-transport
func RetryableClient() *retryablehttp.Client {
	return retryablehttp.NewClient()
}

// RetryableRequest finds retryablehttp.NewRequest. The request, and the waiting
// between its attempts, end with the context.
//
//idiom:kind outbound-http
func RetryableRequest(ctx context.Context, method, url string, body any) (*retryablehttp.Request, error) {
	return retryablehttp.NewRequest(method, url, body)
}

// RetryableGet finds Get of a client of retryablehttp and promises what
// RetryableRequest does.
//
//idiom:kind outbound-http
func RetryableGet(ctx context.Context, c *retryablehttp.Client, url string) (*http.Response, error) {
	return c.Get(url)
}

// RetryableHead finds Head of a client of retryablehttp and promises what
// RetryableRequest does.
//
//idiom:kind outbound-http
func RetryableHead(ctx context.Context, c *retryablehttp.Client, url string) (*http.Response, error) {
	return c.Head(url)
}

// RetryablePost finds Post of a client of retryablehttp and promises what
// RetryableRequest does.
//
//idiom:kind outbound-http
func RetryablePost(ctx context.Context, c *retryablehttp.Client, url, contentType string, body any) (*http.Response, error) {
	return c.Post(url, contentType, body)
}

// RetryablePostForm finds PostForm of a client of retryablehttp and promises what
// RetryableRequest does.
//
//idiom:kind outbound-http
func RetryablePostForm(ctx context.Context, c *retryablehttp.Client, url string, data url.Values) (*http.Response, error) {
	return c.PostForm(url, data)
}
