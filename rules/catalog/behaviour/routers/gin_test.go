package routers

import (
	"errors"
	"io"
	"log"
	"net/http"
	"testing"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/gin-gonic/gin"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

var quiet = log.New(io.Discard, "", 0)

// ginDialect is one dialect's ways to make an engine.
type ginDialect struct {
	new, byDefault func(service string, opts ...gin.OptionFunc) *gin.Engine
}

var ginDialects = []ginDialect{{plain.GinNew, plain.GinDefault}, {traced.GinNew, traced.GinDefault}}

// ginRoutes gives an engine routes of every sort.
func ginRoutes(r *gin.Engine) *gin.Engine {
	r.HandleMethodNotAllowed = true
	r.GET("/orders/:id", func(c *gin.Context) { c.String(http.StatusOK, c.Param("id")+c.FullPath()) })
	r.POST("/form", func(c *gin.Context) { c.String(http.StatusCreated, c.PostForm("a")) })
	r.GET("/error", func(c *gin.Context) {
		_ = c.AbortWithError(http.StatusBadGateway, errors.New("x"))
	})
	r.GET("/silent", func(c *gin.Context) {})
	r.GET("/panic", func(c *gin.Context) { panic("x") })
	r.GET("/abort", func(c *gin.Context) { panic(http.ErrAbortHandler) })
	r.GET("/late", func(c *gin.Context) {
		c.String(http.StatusOK, "begun")
		c.Writer.Flush()
		panic(http.ErrAbortHandler)
	})
	r.GET("/stream", func(c *gin.Context) {
		n := 0
		c.Stream(func(w io.Writer) bool {
			_, _ = io.WriteString(w, "part")
			n++
			return n < 3
		})
	})
	r.GET("/again", func(c *gin.Context) {
		c.Request.URL.Path = "/orders/7"
		r.HandleContext(c)
	})
	guarded := r.Group("/guarded", func(c *gin.Context) { c.AbortWithStatus(http.StatusUnauthorized) })
	guarded.GET("/x", func(c *gin.Context) { c.String(http.StatusOK, "not reached") })
	r.NoRoute(func(c *gin.Context) { c.String(http.StatusNotFound, "none") })
	return r
}

func TestGin(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	gin.DefaultWriter, gin.DefaultErrorWriter = io.Discard, io.Discard
	common := []request{
		{method: "GET", path: "/orders/7?q=1", status: 200, route: "/orders/:id"},
		{method: "POST", path: "/form", body: "a=b", status: 201, route: "/form"},
		{method: "GET", path: "/error", status: 502, fault: true, route: "/error"},
		{method: "GET", path: "/silent", status: 200, route: "/silent"},
		{method: "GET", path: "/stream", status: 200, route: "/stream"},
		{method: "GET", path: "/again", status: 200, route: "/orders/:id"},
		{method: "GET", path: "/guarded/x", status: 401, route: "/guarded/x"},
		{method: "GET", path: "/missing", status: 404},
		{method: "PUT", path: "/orders/7", status: 405},
	}
	t.Run("New", func(t *testing.T) {
		p, x := serve(t, ginRoutes(ginDialects[0].new(service))), serve(t, ginRoutes(ginDialects[1].new(service)))
		compare(t, p, x, append(common,
			request{method: "GET", path: "/panic", fault: true, route: "/panic"},
			request{method: "GET", path: "/abort", fault: true, route: "/abort"},
			request{method: "GET", path: "/late", status: 200, fault: true, route: "/late"},
		))
	})
	t.Run("Default", func(t *testing.T) {
		p, x := serve(t, ginRoutes(ginDialects[0].byDefault(service))), serve(t, ginRoutes(ginDialects[1].byDefault(service)))
		compare(t, p, x, append(common, request{method: "GET", path: "/panic", status: 500, fault: true, route: "/panic"}))
	})
	t.Run("RunListener", func(t *testing.T) {
		l, url := listener(t)
		go func() { _ = ginRoutes(ginDialects[1].new(service)).RunListener(l) }()
		compare(t, serve(t, ginRoutes(ginDialects[0].new(service))), url, common)
	})
}

// A server around an engine gives a request its segment; the engine adds its route.
func TestGinInside(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/orders/", ginRoutes(traced.GinNew(service)))
	srv := traced.ServerHandler(service, mux)
	l, url := listener(t)
	go func() { _ = srv.Serve(l) }()
	defer srv.Close()
	trace := xray.NewTraceID()
	r := request{method: "GET", path: "/orders/7", status: 200, route: "/orders/:id"}
	ask(t, url, r, "Root="+trace+";Parent="+parent+";Sampled=1")
	check(t, r, sent.Of(t, trace, 1)[0])
}
