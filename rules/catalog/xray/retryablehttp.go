package xray

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/hashicorp/go-retryablehttp"
)

func RetryableClient() *retryablehttp.Client {
	return xrayRetryable(retryablehttp.NewClient())
}

func RetryableRequest(ctx context.Context, method, url string, body any) (*retryablehttp.Request, error) {
	return retryablehttp.NewRequestWithContext(ctx, method, url, body)
}

func RetryableGet(ctx context.Context, c *retryablehttp.Client, url string) (*http.Response, error) {
	return xrayRetry(ctx, c, http.MethodGet, url, "", nil)
}

func RetryableHead(ctx context.Context, c *retryablehttp.Client, url string) (*http.Response, error) {
	return xrayRetry(ctx, c, http.MethodHead, url, "", nil)
}

func RetryablePost(ctx context.Context, c *retryablehttp.Client, url, contentType string, body any) (*http.Response, error) {
	return xrayRetry(ctx, c, http.MethodPost, url, contentType, body)
}

func RetryablePostForm(ctx context.Context, c *retryablehttp.Client, url string, data url.Values) (*http.Response, error) {
	return xrayRetryForm(ctx, c, url, data)
}

// xrayRetryable has the requests of a client traced, each attempt by itself.
func xrayRetryable(c *retryablehttp.Client) *retryablehttp.Client {
	if c.HTTPClient != nil {
		c.HTTPClient.Transport = xrayTransport{c.HTTPClient.Transport}
	}
	return c
}

// xrayRetry is c's method of that name, with a context.
func xrayRetry(ctx context.Context, c *retryablehttp.Client, method, url, contentType string, body any) (*http.Response, error) {
	r, err := retryablehttp.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", contentType)
	}
	return c.Do(r)
}

// xrayRetryForm is c.PostForm with a context.
func xrayRetryForm(ctx context.Context, c *retryablehttp.Client, url string, data url.Values) (*http.Response, error) {
	return xrayRetry(ctx, c, http.MethodPost, url, "application/x-www-form-urlencoded", strings.NewReader(data.Encode()))
}
