package dispatch

import (
	"context"
	"log"
	"net/http"
	"strings"
	"text/template"

	"example.com/streamline/internal/api"
	"example.com/streamline/internal/httpjson"
)

var letter = template.Must(template.New("letter").Parse(
	`To: {{.Email}}
Subject: Your order {{.OrderID}} is on its way

{{.Carrier}} picks it up on {{.ShipBy}}. Follow it as {{.Tracking}}.
`))

// Dispatcher writes to customers.
type Dispatcher struct {
	queue   *Queue
	archive *Archive
}

// New returns a dispatcher on top of its collaborators.
func New(queue *Queue, archive *Archive) *Dispatcher {
	return &Dispatcher{queue: queue, archive: archive}
}

// Notify answers POST /notifications.
func (d *Dispatcher) Notify(w http.ResponseWriter, r *http.Request) {
	var notice api.Notice
	if !httpjson.Read(w, r, &notice) {
		return
	}
	id, err := d.dispatch(r.Context(), notice)
	if err != nil {
		log.Printf("notice of order %d: %v", notice.OrderID, err)
		httpjson.Fail(w, http.StatusBadGateway, "notification failed")
		return
	}
	httpjson.Write(w, http.StatusAccepted, api.NoticeResult{MessageID: id})
}

func (d *Dispatcher) dispatch(ctx context.Context, notice api.Notice) (string, error) {
	var text strings.Builder
	if err := letter.Execute(&text, notice); err != nil {
		return "", err
	}
	if err := d.archive.Keep(ctx, notice.OrderID, text.String()); err != nil {
		return "", err
	}
	return d.queue.Send(ctx, text.String())
}
