// Command fiber serves orders with fiber, whose own Listen starts the server.
package main

import (
	"bufio"
	"errors"
	"log"
	"net/http"
	"os"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"

	"example.com/inbound/store"
)

func main() {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Use(recover.New())
	app.Get("/orders/:id", order)
	app.Post("/form", func(c *fiber.Ctx) error { return c.Status(http.StatusCreated).SendString(c.FormValue("name")) })
	app.Get("/error", func(*fiber.Ctx) error { return errors.New("x") })
	app.Get("/teapot", func(*fiber.Ctx) error { return fiber.NewError(http.StatusTeapot) })
	app.Get("/panic", func(*fiber.Ctx) error { panic("x") })
	app.Get("/stream", func(c *fiber.Ctx) error {
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
			for range 3 {
				w.WriteString("part\n")
				w.Flush()
			}
		})
		return nil
	})
	log.Fatal(app.Listen(os.Args[1]))
}

func order(c *fiber.Ctx) error {
	text, err := store.Load(os.Args[2], "/"+c.Params("id"))
	if err != nil {
		return fiber.NewError(http.StatusBadGateway, "no answer")
	}
	return c.SendString(text)
}
