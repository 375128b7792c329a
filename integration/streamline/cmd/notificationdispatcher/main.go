// Command notificationdispatcher tells customers how their orders are doing.
package main

import (
	"log"
	"net/http"
	"time"

	"example.com/streamline/internal/dispatch"
	"example.com/streamline/internal/httpjson"
	"example.com/streamline/internal/settings"
)

func main() {
	endpoint := settings.Or("AWS_ENDPOINT_URL", "")
	queue, err := dispatch.NewQueue(endpoint, settings.Or("MAIL_QUEUE", "streamline-mail"))
	if err != nil {
		log.Fatal(err)
	}
	archive, err := dispatch.NewArchive(endpoint, settings.Or("MAIL_BUCKET", "streamline-mail"))
	if err != nil {
		log.Fatal(err)
	}

	mux := http.NewServeMux()
	mux.HandleFunc("POST /notifications", dispatch.New(queue, archive).Notify)
	mux.HandleFunc("GET /healthz", httpjson.Healthy)
	handler := httpjson.Logged(mux)

	server := http.Server{
		Addr:         settings.Or("LISTEN_ADDR", ":8084"),
		ReadTimeout:  10 * time.Second,
		WriteTimeout: 10 * time.Second,
	}
	server.Handler = handler
	log.Printf("writing mail on %s", server.Addr)
	log.Fatal(server.ListenAndServe())
}
