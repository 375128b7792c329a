package behaviour

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-resty/resty/v2"
	"github.com/gojek/heimdall/v7/httpclient"
	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

// clientLibraries is one dialect's ways to use libraries around net/http's client.
type clientLibraries struct {
	resty       func() *resty.Client
	restyAddr   func(addr net.Addr) *resty.Client
	restyR      func(ctx context.Context, c *resty.Client) *resty.Request
	retryable   func() *retryablehttp.Client
	retryReq    func(ctx context.Context, method, url string, body any) (*retryablehttp.Request, error)
	retryGet    func(ctx context.Context, c *retryablehttp.Client, url string) (*http.Response, error)
	retryHead   func(ctx context.Context, c *retryablehttp.Client, url string) (*http.Response, error)
	retryPost   func(ctx context.Context, c *retryablehttp.Client, url, contentType string, body any) (*http.Response, error)
	retryForm   func(ctx context.Context, c *retryablehttp.Client, url string, data url.Values) (*http.Response, error)
	oauth       func(with context.Context, src oauth2.TokenSource) *http.Client
	oauthConfig func(with context.Context, c *oauth2.Config, t *oauth2.Token) *http.Client
	credentials func(with context.Context, c *clientcredentials.Config) *http.Client
	heimdall    func(opts ...httpclient.Option) *httpclient.Client
}

var plainClients = clientLibraries{
	plain.RestyNew, plain.RestyWithLocalAddr, plain.RestyRequest,
	plain.RetryableClient, plain.RetryableRequest, plain.RetryableGet, plain.RetryableHead, plain.RetryablePost, plain.RetryablePostForm,
	plain.OAuth2Client, plain.OAuth2Config, plain.OAuth2Credentials, plain.HeimdallClient,
}

var tracedClients = clientLibraries{
	traced.RestyNew, traced.RestyWithLocalAddr, traced.RestyRequest,
	traced.RetryableClient, traced.RetryableRequest, traced.RetryableGet, traced.RetryableHead, traced.RetryablePost, traced.RetryablePostForm,
	traced.OAuth2Client, traced.OAuth2Config, traced.OAuth2Credentials, traced.HeimdallClient,
}

// quickly makes a client of retryablehttp that waits for nothing.
func (d clientLibraries) quickly() *retryablehttp.Client {
	c := d.retryable()
	c.Logger, c.RetryWaitMin, c.RetryWaitMax, c.RetryMax = nil, time.Nanosecond, time.Nanosecond, 2
	return c
}

func (d clientLibraries) send(ctx context.Context, c *http.Client, url string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return nil, err
	}
	return c.Do(r)
}

// rest sends a request by resty and returns its response as net/http has it.
func rest(resp *resty.Response, err error) (*http.Response, error) {
	if err != nil {
		return nil, err
	}
	raw := *resp.RawResponse
	raw.Body = io.NopCloser(strings.NewReader(resp.String()))
	return &raw, nil
}

var clientCalls = []struct {
	name     string
	attempts int
	send     func(d clientLibraries, ctx context.Context, url string) (*http.Response, error)
}{
	{"resty", 1, func(d clientLibraries, ctx context.Context, url string) (*http.Response, error) {
		return rest(d.restyR(ctx, d.resty().SetBaseURL(url)).SetBody("body").Post("/a?q=1"))
	}},
	{"resty from an address, with settings after", 2, func(d clientLibraries, ctx context.Context, url string) (*http.Response, error) {
		c := d.restyAddr(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		c.SetRootCertificateFromString("none").SetProxy("http://" + strings.TrimPrefix(url, "http://")).RemoveProxy()
		if _, err := c.Transport(); err != nil {
			return nil, err
		}
		if _, err := rest(c.R().SetContext(ctx).Get(url + "/first")); err != nil {
			return nil, err
		}
		return rest(c.R().SetContext(ctx).Get(url + "/second"))
	}},
	{"resty with retries", 3, func(d clientLibraries, ctx context.Context, url string) (*http.Response, error) {
		c := d.resty().SetRetryCount(2).SetRetryWaitTime(time.Nanosecond).SetRetryMaxWaitTime(time.Nanosecond)
		c.AddRetryCondition(func(r *resty.Response, err error) bool { return r.StatusCode() == 503 })
		return rest(d.restyR(ctx, c).Get(url + "/busy"))
	}},
	{"retryablehttp", 1, func(d clientLibraries, ctx context.Context, url string) (*http.Response, error) {
		r, err := d.retryReq(ctx, "PUT", url+"/a", []byte("body"))
		if err != nil {
			return nil, err
		}
		return d.quickly().Do(r)
	}},
	{"retryablehttp Get, with retries", 3, func(d clientLibraries, ctx context.Context, url string) (*http.Response, error) {
		return d.retryGet(ctx, d.quickly(), url+"/busy")
	}},
	{"retryablehttp Head", 1, func(d clientLibraries, ctx context.Context, url string) (*http.Response, error) {
		return d.retryHead(ctx, d.quickly(), url)
	}},
	{"retryablehttp Post", 1, func(d clientLibraries, ctx context.Context, url string) (*http.Response, error) {
		return d.retryPost(ctx, d.quickly(), url, "text/plain", strings.NewReader("body"))
	}},
	{"retryablehttp PostForm", 1, func(d clientLibraries, ctx context.Context, u string) (*http.Response, error) {
		return d.retryForm(ctx, d.quickly(), u, url.Values{"a": {"b c"}})
	}},
	{"retryablehttp StandardClient", 1, func(d clientLibraries, ctx context.Context, url string) (*http.Response, error) {
		return d.send(ctx, d.quickly().StandardClient(), url)
	}},
	{"retryablehttp with a bad address", 0, func(d clientLibraries, ctx context.Context, url string) (*http.Response, error) {
		return d.retryGet(ctx, d.quickly(), "http://%zz")
	}},
	{"oauth2", 1, func(d clientLibraries, ctx context.Context, url string) (*http.Response, error) {
		return d.send(ctx, d.oauth(context.Background(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "t"})), url+"/a")
	}},
	{"oauth2 without a source", 1, func(d clientLibraries, ctx context.Context, url string) (*http.Response, error) {
		return d.send(ctx, d.oauth(context.Background(), nil), url+"/a")
	}},
	{"oauth2 configuration", 1, func(d clientLibraries, ctx context.Context, url string) (*http.Response, error) {
		return d.send(ctx, d.oauthConfig(context.Background(), &oauth2.Config{}, &oauth2.Token{AccessToken: "t"}), url+"/a")
	}},
	{"oauth2 credentials", 1, func(d clientLibraries, ctx context.Context, url string) (*http.Response, error) {
		return d.send(ctx, d.credentials(context.Background(), &clientcredentials.Config{TokenURL: url + "/token"}), url+"/a")
	}},
	{"heimdall", 1, func(d clientLibraries, ctx context.Context, url string) (*http.Response, error) {
		r, err := http.NewRequestWithContext(ctx, "POST", url+"/a", strings.NewReader("body"))
		if err != nil {
			return nil, err
		}
		return d.heimdall(httpclient.WithHTTPTimeout(time.Minute)).Do(r)
	}},
	{"heimdall with retries", 3, func(d clientLibraries, ctx context.Context, url string) (*http.Response, error) {
		r, err := http.NewRequestWithContext(ctx, "GET", url+"/busy", nil)
		if err != nil {
			return nil, err
		}
		return d.heimdall(httpclient.WithRetryCount(2)).Do(r)
	}},
}

// Libraries around net/http's client send and give the same on both sides; traced,
// every attempt is a subsegment whose header goes out.
func TestClientLibraries(t *testing.T) {
	srv := newEcho(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/busy":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/token":
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"access_token":"t","token_type":"bearer"}`)
		default:
			io.WriteString(w, "answer to "+r.URL.Path)
		}
	})
	for _, test := range clientCalls {
		t.Run(test.name, func(t *testing.T) {
			want := answerOf(test.send(plainClients, context.Background(), srv.URL))
			asked := srv.take()

			ctx, closed := segment(t)
			if got := answerOf(test.send(tracedClients, ctx, srv.URL)); !reflect.DeepEqual(got, want) {
				t.Errorf("traced %+v, plain %+v", got, want)
			}
			headers := untracedRequests(t, srv.take(), asked)
			calls := closed().Subsegments
			if len(calls) != test.attempts {
				t.Errorf("%d attempts are recorded, want %d", len(calls), test.attempts)
			}
			for _, sub := range calls {
				if sub.Name != srv.host() || sub.Namespace != "remote" || sub.HTTP.Response.Status == 0 || strings.Contains(sub.HTTP.Request.URL, "?") || len(sub.Subsegments) > 0 {
					t.Errorf("subsegment %+v", sub)
				}
				if !strings.Contains(headers, sub.ID) {
					t.Errorf("the trace header of %s is not sent", sub.ID)
				}
			}

			if got := answerOf(test.send(tracedClients, context.Background(), srv.URL)); !reflect.DeepEqual(got, want) {
				t.Errorf("without a segment %+v, plain %+v", got, want)
			}
			if headers := untracedRequests(t, srv.take(), asked); headers != "" {
				t.Errorf("without a segment %s is sent", headers)
			}
		})
	}
}

// untracedRequests takes the trace headers off requests, compares these with those
// of the plain side and returns the headers.
func untracedRequests(t *testing.T, got, want []received) string {
	t.Helper()
	var headers []string
	for _, r := range got {
		headers = append(headers, r.Header.Get(traceHeader))
		r.Header.Del(traceHeader)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("traced sends %+v\nplain %+v", got, want)
	}
	return strings.Trim(strings.Join(headers, " "), " ")
}
