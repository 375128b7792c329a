package daemon

import (
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// AWS is an endpoint that speaks as much of DynamoDB, S3 and EC2's metadata as tests ask for.
type AWS struct {
	*httptest.Server
	mu      sync.Mutex
	objects map[string][]byte
	seen    []Call
}

// Call is a request to the endpoint.
type Call struct {
	Name  string // DynamoDB's target, or method and path
	Body  string
	Trace string
}

// NewAWS starts an endpoint for the length of a test.
func NewAWS(t testing.TB) *AWS {
	a := &AWS{objects: map[string][]byte{}}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

// Put makes an object without a request.
func (a *AWS) Put(path, body string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.objects[path] = []byte(body)
}

// Take returns what was asked since it was called last.
func (a *AWS) Take() []Call {
	a.mu.Lock()
	defer a.mu.Unlock()
	seen := a.seen
	a.seen = nil
	return seen
}

func (a *AWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	name := r.Header.Get("X-Amz-Target")
	if name == "" {
		name = r.Method + " " + r.URL.Path
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen = append(a.seen, Call{name, string(body), r.Header.Get("X-Amzn-Trace-Id")})
	w.Header().Set("X-Amzn-Requestid", fmt.Sprint(len(a.seen)))
	if _, op, ok := strings.Cut(name, "DynamoDB_20120810."); ok {
		dynamoDB(w, op, string(body))
		return
	}
	a.s3(w, r, body)
}

func dynamoDB(w http.ResponseWriter, op, body string) {
	status, answer := http.StatusOK, ""
	switch {
	case strings.Contains(body, `"missing"`):
		status, answer = http.StatusBadRequest, `{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no such table"}`
	case op == "GetItem":
		answer = `{"Item":{"id":{"S":"7"}}}`
	case op == "Query" && !strings.Contains(body, "ExclusiveStartKey"):
		answer = `{"Count":1,"Items":[{"id":{"S":"1"}}],"LastEvaluatedKey":{"id":{"S":"1"}}}`
	case op == "Query":
		answer = `{"Count":1,"Items":[{"id":{"S":"2"}}]}`
	default:
		status = http.StatusBadRequest
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amz-Crc32", fmt.Sprint(crc32.ChecksumIEEE([]byte(answer))))
	w.WriteHeader(status)
	io.WriteString(w, answer)
}

func (a *AWS) s3(w http.ResponseWriter, r *http.Request, body []byte) {
	object, ok := a.objects[r.URL.Path]
	switch {
	case r.URL.Path == "/latest/api/token":
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "60")
		io.WriteString(w, "token")
	case r.Method == "PUT":
		a.objects[r.URL.Path] = body
		w.Header().Set("ETag", `"tag"`)
	case r.Method == "GET" && ok:
		w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", len(object)-1, len(object)))
		w.WriteHeader(http.StatusPartialContent)
		w.Write(object)
	default:
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `<Error><Code>NoSuchKey</Code><Message>none</Message></Error>`)
	}
}
