// Command fasthttp serves orders with fasthttp alone.
package main

import (
	"bufio"
	"log"
	"os"
	"strings"

	"github.com/valyala/fasthttp"

	"example.com/inbound/store"
)

func main() {
	log.Fatal(fasthttp.ListenAndServe(os.Args[1], handle))
}

func handle(ctx *fasthttp.RequestCtx) {
	switch path := string(ctx.Path()); {
	case strings.HasPrefix(path, "/orders/"):
		order(ctx, strings.TrimPrefix(path, "/orders"))
	case path == "/form":
		ctx.SetStatusCode(fasthttp.StatusCreated)
		ctx.Write(ctx.FormValue("name"))
	case path == "/error" || path == "/panic":
		ctx.Error("x", fasthttp.StatusInternalServerError)
	case path == "/teapot":
		ctx.SetStatusCode(fasthttp.StatusTeapot)
	case path == "/stream":
		ctx.SetBodyStreamWriter(func(w *bufio.Writer) {
			for range 3 {
				w.WriteString("part\n")
				w.Flush()
			}
		})
	default:
		ctx.NotFound()
	}
}

func order(ctx *fasthttp.RequestCtx, path string) {
	text, err := store.Load(os.Args[2], path)
	if err != nil {
		ctx.Error("no answer", fasthttp.StatusBadGateway)
		return
	}
	ctx.SetBodyString(text)
}
