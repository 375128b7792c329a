// Command worker is an AWS Lambda function that handles the messages of a queue.
package main

import (
	"errors"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

// worker asks another service about each message.
type worker struct{ url string }

type answer struct {
	Handled int
	Last    string
}

func (w *worker) handle(e events.SQSEvent) (answer, error) {
	a := answer{}
	for _, m := range e.Records {
		status, err := w.ask(m.Body)
		if err != nil {
			return a, err
		}
		a.Handled, a.Last = a.Handled+1, status
	}
	if a.Handled == 0 {
		return a, errors.New("nothing to do")
	}
	return a, nil
}

func (w *worker) ask(body string) (string, error) {
	resp, err := http.Get(w.url + "/" + body)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	return resp.Status, nil
}

func main() {
	w := &worker{os.Args[1]}
	lambda.Start(w.handle)
}
