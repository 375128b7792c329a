package behaviour

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-xray-sdk-go/v2/xray"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

// outbound is one dialect's ways to send a request.
type outbound struct {
	get            func(ctx context.Context, url string) (*http.Response, error)
	head           func(ctx context.Context, url string) (*http.Response, error)
	post           func(ctx context.Context, url, contentType string, body io.Reader) (*http.Response, error)
	postForm       func(ctx context.Context, url string, data url.Values) (*http.Response, error)
	clientGet      func(ctx context.Context, c *http.Client, url string) (*http.Response, error)
	clientHead     func(ctx context.Context, c *http.Client, url string) (*http.Response, error)
	clientPost     func(ctx context.Context, c *http.Client, url, contentType string, body io.Reader) (*http.Response, error)
	clientPostForm func(ctx context.Context, c *http.Client, url string, data url.Values) (*http.Response, error)
	clientDo       func(c *http.Client, r *http.Request) (*http.Response, error)
	newRequest     func(ctx context.Context, method, url string, body io.Reader) (*http.Request, error)
	literal        func() http.Client
	transport      func(t http.RoundTripper) http.Client
	made           func() *http.Client
	declared       func() http.Client
	given          func(c *http.Client) *http.Client
	over           func(t http.RoundTripper) http.RoundTripper
}

var (
	plainOutbound = outbound{plain.Get, plain.Head, plain.Post, plain.PostForm, plain.ClientGet, plain.ClientHead, plain.ClientPost, plain.ClientPostForm,
		plain.ClientDo, plain.NewRequest, plain.ClientLiteral, plain.ClientTransport, plain.ClientNew, plain.ClientVar, plain.ClientGiven, plain.TransportGiven}
	tracedOutbound = outbound{traced.Get, traced.Head, traced.Post, traced.PostForm, traced.ClientGet, traced.ClientHead, traced.ClientPost, traced.ClientPostForm,
		traced.ClientDo, traced.NewRequest, traced.ClientLiteral, traced.ClientTransport, traced.ClientNew, traced.ClientVar, traced.ClientGiven, traced.TransportGiven}
)

// calls are the ways to send a request, each of them through an idiom.
var calls = []struct {
	name string
	call func(d outbound, ctx context.Context, url string) (*http.Response, error)
}{
	{"Get", func(d outbound, ctx context.Context, url string) (*http.Response, error) { return d.get(ctx, url) }},
	{"Head", func(d outbound, ctx context.Context, url string) (*http.Response, error) { return d.head(ctx, url) }},
	{"Post", func(d outbound, ctx context.Context, url string) (*http.Response, error) {
		return d.post(ctx, url, "text/plain", strings.NewReader("body"))
	}},
	{"Post nothing", func(d outbound, ctx context.Context, url string) (*http.Response, error) {
		return d.post(ctx, url, "", nil)
	}},
	{"PostForm", func(d outbound, ctx context.Context, u string) (*http.Response, error) {
		return d.postForm(ctx, u, url.Values{"b": {"2 3"}, "a": {"1"}})
	}},
	{"ClientGet", func(d outbound, ctx context.Context, url string) (*http.Response, error) {
		return d.clientGet(ctx, &http.Client{}, url)
	}},
	{"ClientHead", func(d outbound, ctx context.Context, url string) (*http.Response, error) {
		return d.clientHead(ctx, &http.Client{}, url)
	}},
	{"ClientPost", func(d outbound, ctx context.Context, url string) (*http.Response, error) {
		return d.clientPost(ctx, &http.Client{}, url, "text/plain", io.LimitReader(strings.NewReader("chunked"), 7))
	}},
	{"ClientPostForm", func(d outbound, ctx context.Context, u string) (*http.Response, error) {
		return d.clientPostForm(ctx, &http.Client{}, u, nil)
	}},
	{"ClientDo", func(d outbound, ctx context.Context, url string) (*http.Response, error) {
		r, err := d.newRequest(ctx, "PATCH", url, strings.NewReader("patch"))
		if err != nil {
			return nil, err
		}
		return d.clientDo(http.DefaultClient, r)
	}},
	{"ClientLiteral", func(d outbound, ctx context.Context, url string) (*http.Response, error) {
		c := d.literal()
		return send(&c, d, ctx, url)
	}},
	{"ClientTransport", func(d outbound, ctx context.Context, url string) (*http.Response, error) {
		c := d.transport(http.DefaultTransport)
		return send(&c, d, ctx, url)
	}},
	{"ClientTransport nil", func(d outbound, ctx context.Context, url string) (*http.Response, error) {
		c := d.transport(nil)
		return send(&c, d, ctx, url)
	}},
	{"ClientNew", func(d outbound, ctx context.Context, url string) (*http.Response, error) {
		return send(d.made(), d, ctx, url)
	}},
	{"ClientVar", func(d outbound, ctx context.Context, url string) (*http.Response, error) {
		c := d.declared()
		return send(&c, d, ctx, url)
	}},
	{"ClientGiven", func(d outbound, ctx context.Context, url string) (*http.Response, error) {
		return send(d.given(http.DefaultClient), d, ctx, url)
	}},
	{"ClientGiven twice", func(d outbound, ctx context.Context, url string) (*http.Response, error) {
		return send(d.given(d.given(&http.Client{})), d, ctx, url)
	}},
	{"TransportGiven", func(d outbound, ctx context.Context, url string) (*http.Response, error) {
		return send(&http.Client{Transport: d.over(http.DefaultTransport)}, d, ctx, url)
	}},
	{"ClientDo with a traced client", func(d outbound, ctx context.Context, url string) (*http.Response, error) {
		c := d.literal()
		return d.clientGet(ctx, &c, url)
	}},
}

func send(c *http.Client, d outbound, ctx context.Context, url string) (*http.Response, error) {
	r, err := d.newRequest(ctx, "DELETE", url, nil)
	if err != nil {
		return nil, err
	}
	return c.Do(r)
}

// echo is a server that keeps what it was asked.
type echo struct {
	*httptest.Server
	mu   sync.Mutex
	seen []received
}

type received struct {
	Method, URI, Body string
	Header, Trailer   http.Header
}

// newEcho starts a server; h answers after the request was read.
func newEcho(t testing.TB, h http.HandlerFunc) *echo {
	e := &echo{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		e.seen = append(e.seen, received{r.Method, r.RequestURI, string(body), r.Header, r.Trailer})
		e.mu.Unlock()
		if h != nil {
			h(w, r)
		}
	}))
	t.Cleanup(e.Close)
	return e
}

// take returns what was received since it was called last.
func (e *echo) take() []received {
	e.mu.Lock()
	defer e.mu.Unlock()
	seen := e.seen
	e.seen = nil
	return seen
}

// host is the server's host and port: the name of subsegments.
func (e *echo) host() string { return e.Listener.Addr().String() }

// answerOf reads a response.
func answerOf(resp *http.Response, err error) answer {
	if err != nil {
		return answer{Err: err.Error()}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	a := answer{Status: resp.StatusCode, Header: resp.Header, Body: string(body)}
	if err != nil {
		a.Err = err.Error()
	}
	a.Header.Del("Date")
	return a
}

func TestOutboundIdioms(t *testing.T) {
	srv := newEcho(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Own", "kept")
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, "none of "+r.URL.Path)
	})
	for _, test := range calls {
		t.Run(test.name, func(t *testing.T) {
			u := srv.URL + "/items/7?secret=1"
			want := answerOf(test.call(plainOutbound, context.Background(), u))
			asked := srv.take()

			logged.take()
			if got := answerOf(test.call(tracedOutbound, context.Background(), u)); !reflect.DeepEqual(got, want) {
				t.Errorf("without a segment: plain %+v, traced %+v", want, got)
			}
			if got := srv.take(); !reflect.DeepEqual(got, asked) {
				t.Errorf("without a segment: plain sends %+v, traced %+v", asked, got)
			}
			if got := logged.take(); got != "" {
				t.Errorf("without a segment: logs %s", got)
			}

			ctx, closed := segment(t)
			if got := answerOf(test.call(tracedOutbound, ctx, u)); !reflect.DeepEqual(got, want) {
				t.Errorf("plain %+v, traced %+v", want, got)
			}
			s := closed()
			if len(s.Below()) != 1 {
				t.Fatalf("got %s", daemon.Format([]daemon.Segment{s}))
			}
			sub := s.Subsegments[0]
			if sub.Name != srv.host() || sub.Namespace != "remote" || sub.HTTP.Request.URL != srv.URL+"/items/7" || sub.HTTP.Response.Status != 404 || !sub.Error || sub.Fault {
				t.Errorf("subsegment %+v", sub)
			}
			got := srv.take()
			if h := got[0].Header.Get(traceHeader); h != "Root="+s.Trace+";Parent="+sub.ID+";Sampled=1" || sub.HTTP.Request.Method != got[0].Method {
				t.Errorf("the server gets %s %s", got[0].Method, h)
			}
			got[0].Header.Del(traceHeader)
			if !reflect.DeepEqual(got, asked) {
				t.Errorf("plain sends %+v, traced %+v", asked, got)
			}
			if got := logged.take(); got != "" {
				t.Errorf("logs %s", got)
			}
		})
	}
}

func TestOutboundErrors(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, test := range calls {
		for _, u := range []string{"", "://", "http://[::1", "http://a b/", "nothing", "ftp://x/", "http://", "http:///path", "http://127.0.0.1:1:2/", gone.URL} {
			want := answerOf(test.call(plainOutbound, context.Background(), u))
			if want.Err == "" {
				t.Fatalf("%s %q: no error", test.name, u)
			}
			ctx, closed := segment(t)
			for _, ctx := range []context.Context{context.Background(), ctx} {
				if got := answerOf(test.call(tracedOutbound, ctx, u)); got.Err != want.Err {
					t.Errorf("%s %q: plain %q, traced %q", test.name, u, want.Err, got.Err)
				}
			}
			for _, sub := range closed().Subsegments {
				if !sub.Fault || len(sub.Cause.Exceptions) != 1 {
					t.Errorf("%s %q: no fault", test.name, u)
				}
			}
		}
	}
}

// What another library is given stays what it is: nothing, and a client that is not
// changed.
func TestGiven(t *testing.T) {
	if c, rt := traced.ClientGiven(nil), traced.TransportGiven(nil); c != nil || rt != nil {
		t.Errorf("of nil: %v, %v", c, rt)
	}
	own := &http.Client{Timeout: 1, CheckRedirect: asked}
	if c := traced.ClientGiven(own); own.Transport != nil || c.Timeout != 1 || c.CheckRedirect == nil {
		t.Errorf("got %+v of %+v", c, own)
	}
}

func TestNewRequest(t *testing.T) {
	for _, test := range []struct{ method, url string }{{"", ""}, {"GET", "http://x/"}, {"GE T", "http://x/"}, {"GET", "://"}} {
		want, err1 := plain.NewRequest(context.Background(), test.method, test.url, nil)
		got, err2 := traced.NewRequest(context.Background(), test.method, test.url, nil)
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(err1, err2) {
			t.Errorf("%v: plain %v, %v, traced %v, %v", test, want, err1, got, err2)
		}
	}
	ctx, seg := xray.BeginSegment(context.Background(), "request")
	defer seg.Close(nil)
	if r, err := traced.NewRequest(ctx, "GET", "http://x/", nil); err != nil || r.Context() != ctx {
		t.Errorf("got %v, %v", r, err)
	}
}
