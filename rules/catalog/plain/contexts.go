package plain

import (
	"context"
	"net/http"

	"github.com/IBM/sarama"
	shopify "github.com/Shopify/sarama"
	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	fiberv3 "github.com/gofiber/fiber/v3"
	"github.com/labstack/echo/v4"
	echov5 "github.com/labstack/echo/v5"
	"github.com/valyala/fasthttp"
	"google.golang.org/grpc"
)

// RequestContext is the context of a request to net/http and to all routers that
// give their handlers an http.Request.
//
//idiom:context
func RequestContext(r *http.Request) context.Context { return r.Context() }

// GinContext is the context of gin's request. A gin.Context can be given where a
// context.Context is wanted, but the segment is not found in it, nor does it end
// with the request.
//
//idiom:context pooled blind
func GinContext(c *gin.Context) context.Context { return c.Request.Context() }

// EchoContext is the context of echo's request, version 4.
//
//idiom:context pooled
func EchoContext(c echo.Context) context.Context { return c.Request().Context() }

// EchoContext5 is the context of echo's request, version 5.
//
//idiom:context pooled
func EchoContext5(c *echov5.Context) context.Context { return c.Request().Context() }

// FiberContext is the context that fiber keeps for the program, version 2.
//
//idiom:context pooled
func FiberContext(c *fiber.Ctx) context.Context { return c.UserContext() }

// FiberContext3 is the context that fiber keeps for the program, version 3.
//
//idiom:context pooled
func FiberContext3(c fiberv3.Ctx) context.Context { return c.Context() }

// FastHTTPContext is fasthttp's request itself. It ends when the server is told
// to shut down, while requests are still served; so calls get it without that.
//
//idiom:context pooled
func FastHTTPContext(ctx *fasthttp.RequestCtx) context.Context { return ctx }

// StreamContext is the context of a gRPC call that is served as a stream, also
// through the interfaces that are generated for it.
//
//idiom:context
func StreamContext(s grpc.ServerStream) context.Context { return s.Context() }

// SaramaContext is the context of a consumer's session, of IBM's module. It is no
// request's: each message is an item of background work.
//
//idiom:context work
func SaramaContext(s sarama.ConsumerGroupSession) context.Context { return s.Context() }

// ShopifyContext is the context of a consumer's session, of Shopify's module.
//
//idiom:context work
func ShopifyContext(s shopify.ConsumerGroupSession) context.Context { return s.Context() }
