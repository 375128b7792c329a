// Command echo serves orders with echo, whose own Start and Shutdown run the server.
package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"example.com/inbound/store"
)

func main() {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Use(middleware.RecoverWithConfig(middleware.RecoverConfig{DisablePrintStack: true}))
	e.GET("/orders/:id", order)
	e.POST("/form", func(c echo.Context) error { return c.String(http.StatusCreated, c.FormValue("name")) })
	e.GET("/error", func(echo.Context) error { return errors.New("x") })
	e.GET("/teapot", func(echo.Context) error { return echo.NewHTTPError(http.StatusTeapot) })
	e.GET("/panic", func(echo.Context) error { panic("x") })
	e.GET("/stream", func(c echo.Context) error {
		for range 3 {
			c.Response().Write([]byte("part\n"))
			c.Response().Flush()
		}
		return nil
	})
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		if err := e.Start(os.Args[1]); !errors.Is(err, http.ErrServerClosed) {
			panic(err)
		}
	}()
	<-ctx.Done()
	if err := e.Shutdown(context.Background()); err != nil {
		panic(err)
	}
}

func order(c echo.Context) error {
	text, err := store.Load(os.Args[2], "/"+c.Param("id"))
	if err != nil {
		return echo.NewHTTPError(http.StatusBadGateway, "no answer")
	}
	return c.String(http.StatusOK, text)
}
