package xray

import (
	"github.com/gin-gonic/gin"
)

func GinNew(service string, opts ...gin.OptionFunc) *gin.Engine {
	return xrayGin(service, gin.New(opts...))
}

func GinDefault(service string, opts ...gin.OptionFunc) *gin.Engine {
	return xrayGin(service, gin.Default(opts...))
}

// xrayGin puts xrayGinHandler in front of the middleware of a new engine.
func xrayGin(service string, e *gin.Engine) *gin.Engine {
	e.Handlers = append(gin.HandlersChain{xrayGinHandler(service)}, e.Handlers...)
	e.Use() // what answers where there is no route takes up the handlers
	return e
}

// xrayGinHandler gives each request that has none a segment of the service.
func xrayGinHandler(service string) gin.HandlerFunc {
	return func(c *gin.Context) {
		r, done := c.Request, false
		if xrayBegins(r.Context()) {
			seg, inner := xrayBegin(service, r)
			c.Request = inner
			defer func() {
				status := c.Writer.Status()
				if !done && !c.Writer.Written() {
					status = 0
				}
				xrayServed(seg, status, done)
				*r = *inner.WithContext(r.Context()) // the server removes the files of a form that was parsed
			}()
		} else {
			xrayAdopt(r)
		}
		if routed, ok := interface{}(c).(interface{ FullPath() string }); ok { // since gin 1.5
			xrayRoute(c.Request.Context(), routed.FullPath())
		}
		c.Next()
		done = true
	}
}
