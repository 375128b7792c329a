module example.com/app

go 1.25.0

require (
	github.com/go-chi/chi/v5 v5.2.1
	github.com/gorilla/mux v1.8.1
	github.com/julienschmidt/httprouter v1.3.0
)
