package routers

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	fiberv3 "github.com/gofiber/fiber/v3"
	adaptorv3 "github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/labstack/echo/v4"
	"github.com/valyala/fasthttp"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

// says answers whether contexts carry a segment.
func says(contexts ...context.Context) string {
	var all []bool
	for _, ctx := range contexts {
		all = append(all, xray.GetSegment(ctx) != nil)
	}
	b, _ := json.Marshal(all) // booleans can be encoded
	return string(b)
}

// nested is a handler of net/http with all routers in it.
func nested() http.Handler {
	engine := traced.GinNew(service)
	engine.GET("/gin/:id", func(c *gin.Context) { c.String(200, says(c.Request.Context())) })
	e := traced.EchoNew(service)
	e.GET("/echo/:id", func(c echo.Context) error { return c.String(200, says(c.Request().Context())) })
	sub := traced.ChiMux()
	sub.Get("/{id}", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, says(r.Context())) })
	c := traced.ChiRouter()
	c.Mount("/sub", sub)
	m := traced.MuxRouter()
	m.PathPrefix("/gin/").Handler(engine)
	m.PathPrefix("/chi/").Handler(http.StripPrefix("/chi", c))
	all := http.NewServeMux()
	all.Handle("/echo/", e)
	all.Handle("/", m)
	return all
}

// Whatever is mounted in what, a request has one segment, with the pattern of the
// innermost route; so it has at each of two servers that share a handler.
func TestNested(t *testing.T) {
	h := nested()
	for _, url := range []string{started(t, h), started(t, h)} {
		for path, route := range map[string]string{"/gin/7": "/gin/:id", "/echo/7": "/echo/:id", "/chi/sub/7": "/sub/{id}"} {
			trace := xray.NewTraceID()
			if got := ask(t, url, request{method: "GET", path: path}, "Root="+trace+";Parent="+parent+";Sampled=1"); !strings.Contains(got, "[true]") {
				t.Errorf("%s answers %s", path, got)
			}
			check(t, request{method: "GET", path: path, status: 200, route: route}, sent.Of(t, trace, 1)[0])
		}
	}
}

// A Unix socket is served as a port is.
func TestUnixSocket(t *testing.T) {
	name := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", name)
	if err != nil {
		t.Skip(err)
	}
	srv := traced.ServerHandler(service, nested())
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { srv.Close() })
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", name)
	}}}
	trace := xray.NewTraceID()
	req, err := http.NewRequest("GET", "http://app/gin/7", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Amzn-Trace-Id", "Root="+trace+";Parent="+parent+";Sampled=1")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if s := sent.Of(t, trace, 1)[0]; s.Parent != parent || s.Annotations["route"] != "/gin/:id" {
		t.Errorf("got %+v", s)
	}
}

// fast serves a handler of fasthttp until the test ends.
func fast(t *testing.T, h fasthttp.RequestHandler) string {
	t.Helper()
	l, url := listener(t)
	srv := traced.FastServer(service, h)
	go func() { _ = srv.Serve(l) }()
	return url
}

// An app behind a server of fasthttp has that server's segment, in the context that its
// handlers pass on too, and annotates it.
func TestFiberServed(t *testing.T) {
	app := traced.FiberNew(service)
	app.Get("/orders/:id", func(c *fiber.Ctx) error { return c.SendString(says(c.Context(), c.UserContext())) })
	app.Use("/old", adaptor.HTTPHandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, says(r.Context(), r.Context())) }))
	app3 := traced.FiberNew3(service)
	app3.Get("/orders/:id", func(c fiberv3.Ctx) error { return c.SendString(says(c.RequestCtx(), c.Context())) })
	for _, served := range []struct{ url, path, route string }{
		{fast(t, app.Handler()), "/orders/7", "/orders/:id"}, {fast(t, app.Handler()), "/old", "/old"}, {fast(t, app3.Handler()), "/orders/7", "/orders/:id"},
	} {
		trace := xray.NewTraceID()
		if got := ask(t, served.url, request{method: "GET", path: served.path}, "Root="+trace+";Parent="+parent+";Sampled=1"); !strings.Contains(got, "[true,true]") {
			t.Errorf("answers %s", got)
		}
		check(t, request{method: "GET", path: served.path, status: 200, route: served.route}, sent.Of(t, trace, 1)[0])
	}
}

// An app that net/http serves through an adaptor gives requests their segments itself.
func TestFiberAdapted(t *testing.T) {
	app, app3 := traced.FiberNew(service), traced.FiberNew3(service)
	app.Get("/orders/:id", func(c *fiber.Ctx) error { return c.SendString(says(c.UserContext())) })
	app3.Get("/orders/:id", func(c fiberv3.Ctx) error { return c.SendString(says(c.Context())) })
	for _, h := range []http.Handler{adaptor.FiberApp(app), adaptorv3.FiberApp(app3)} {
		trace := xray.NewTraceID()
		if got := ask(t, serve(t, h), request{method: "GET", path: "/orders/7"}, "Root="+trace+";Parent="+parent+";Sampled=1"); !strings.Contains(got, "[true]") {
			t.Errorf("answers %s", got)
		}
		if s := sent.Of(t, trace, 1)[0]; s.Annotations["route"] != "/orders/:id" {
			t.Errorf("got %+v", s)
		}
	}
}

// calls makes a subsegment, as what a handler calls does.
func calls(ctx context.Context) string {
	_, seg := xray.BeginSubsegment(ctx, "call")
	seg.Close(nil)
	return says(ctx)
}

// Inside AWS Lambda, behind its Web Adapter, a request gets no segment of its own: what
// it calls is recorded below the function's.
func TestWebAdapter(t *testing.T) {
	t.Setenv("LAMBDA_TASK_ROOT", "/var/task")
	plainly := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, calls(r.Context())) })
	engine := traced.GinNew(service)
	engine.GET("/", func(c *gin.Context) { c.String(200, calls(c.Request.Context())) })
	e := traced.EchoNew(service)
	e.GET("/", func(c echo.Context) error { return c.String(200, calls(c.Request().Context())) })
	app, app3 := traced.FiberNew(service), traced.FiberNew3(service)
	app.Get("/", func(c *fiber.Ctx) error { return c.SendString(calls(c.UserContext())) })
	app3.Get("/", func(c fiberv3.Ctx) error { return c.SendString(calls(c.Context())) })
	for name, url := range map[string]string{
		"net/http": started(t, plainly), "gin": serve(t, engine), "gin, served": started(t, engine), "echo": serve(t, e),
		"fiber": serve(t, adaptor.FiberApp(app)), "fiber 3": serve(t, adaptorv3.FiberApp(app3)), "fiber, served": fast(t, app.Handler()),
		"fasthttp": fast(t, func(ctx *fasthttp.RequestCtx) { ctx.SetBodyString(calls(ctx)) }),
	} {
		trace := xray.NewTraceID()
		if got := ask(t, url, request{method: "GET", path: "/"}, "Root="+trace+";Parent="+parent+";Sampled=1"); !strings.Contains(got, "[false]") {
			t.Errorf("%s answers %s", name, got)
		}
		if s := sent.Of(t, trace, 1)[0]; s.Name != "call" || s.Type != "subsegment" || s.Parent != parent {
			t.Errorf("%s: got %+v", name, s)
		}
	}
}
