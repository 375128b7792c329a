// Command gin serves orders with gin, whose own Run starts the server.
package main

import (
	"errors"
	"io"
	"log"
	"net/http"
	"os"

	"github.com/gin-gonic/gin"

	"example.com/inbound/store"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(gin.RecoveryWithWriter(io.Discard))
	r.HandleMethodNotAllowed = true
	r.GET("/orders/:id", order)
	r.POST("/form", func(c *gin.Context) { c.String(http.StatusCreated, c.PostForm("name")) })
	r.GET("/error", func(c *gin.Context) { _ = c.AbortWithError(http.StatusInternalServerError, errors.New("x")) })
	r.GET("/teapot", func(c *gin.Context) { c.AbortWithStatus(http.StatusTeapot) })
	r.GET("/panic", func(*gin.Context) { panic("x") })
	r.GET("/stream", func(c *gin.Context) {
		for range 3 {
			c.Writer.WriteString("part\n")
			c.Writer.Flush()
		}
	})
	log.Fatal(r.Run(os.Args[1]))
}

func order(c *gin.Context) {
	text, err := store.Load(os.Args[2], "/"+c.Param("id"))
	if err != nil {
		c.String(http.StatusBadGateway, "no answer")
		return
	}
	c.String(http.StatusOK, text)
}
