// Command api is an AWS Lambda function behind API Gateway.
package main

import (
	"fmt"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
)

func routes(url string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, url+"/"+r.PathValue("id"), nil)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		fmt.Fprintln(w, r.PathValue("id"), resp.Status)
	})
	return mux
}

// api hands requests to the routes.
type api struct{ routes *httpadapter.HandlerAdapter }

func (a api) handle(req events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	return a.routes.Proxy(req)
}

func main() {
	a := api{httpadapter.New(routes(os.Args[1]))}
	lambda.Start(a.handle)
}
