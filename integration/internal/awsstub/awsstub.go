// Package awsstub stands in for the endpoints of AWS that a test's programs call. It speaks
// the protocols of DynamoDB (JSON 1.0), SQS (JSON 1.0) and S3 (REST) as far as those
// programs need it, insists on signed requests, and remembers every call.
package awsstub

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Region and the rest of Credentials are what the stub accepts; it does not check signatures.
const Region = "eu-central-1"

// Call is a request that the stub has answered.
type Call struct {
	Service   string // as in the request's signature: dynamodb, s3, sqs
	Operation string
	Detail    string // the body, without what differs from one stub to the next
	Trace     string // the X-Amzn-Trace-Id header
	Status    int
}

// Stub is a running stand-in.
type Stub struct {
	server *httptest.Server

	mu       sync.Mutex
	calls    []Call
	tables   map[string]*table
	objects  map[string][]byte
	messages int
	throttle throttle // of DynamoDB
}

// throttle refuses every so manieth call, and those that follow it at once: its retries.
type throttle struct{ every, calls, left int }

// attempts is how often the platform tries a call of DynamoDB.
const attempts = 2

// New starts a stand-in with nothing in it, which ends with Close.
func New() *Stub {
	s := &Stub{tables: map[string]*table{}, objects: map[string][]byte{}}
	s.server = httptest.NewServer(s)
	return s
}

// Close ends the stand-in.
func (s *Stub) Close() { s.server.Close() }

// Throttle has every so manieth call of DynamoDB refused as too many, with its retry; zero is none.
func (s *Stub) Throttle(every int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.throttle = throttle{every: every}
}

// refuses says whether a call is one too many.
func (t *throttle) refuses() bool {
	if t.every == 0 {
		return false
	}
	if t.left > 0 {
		t.left--
		return true
	}
	if t.calls++; t.calls%t.every != 0 {
		return false
	}
	t.left = attempts - 1
	return true
}

// Start starts a stand-in with nothing in it, which ends with the test.
func Start(t testing.TB) *Stub {
	s := New()
	t.Cleanup(s.server.Close)
	return s
}

// URL returns where the stand-in is.
func (s *Stub) URL() string { return s.server.URL }

// Env returns the environment that leads a program's AWS SDKs to the stub and nowhere else.
func (s *Stub) Env() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + s.server.URL,
		"AWS_REGION=" + Region,
		"AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=test",
		"AWS_EC2_METADATA_DISABLED=true",
	}
}

// Calls returns the calls so far, in the order of their answers.
func (s *Stub) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

// reply is an answer in the making.
type reply struct {
	operation string
	status    int
	header    map[string]string
	body      []byte
}

// credential finds the service in the scope of a signature: KEY/DATE/REGION/SERVICE/aws4_request.
var credential = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=[^/]+/\d{8}/` + Region + `/([a-z0-9]+)/aws4_request, SignedHeaders=\S+, Signature=[0-9a-f]{64}$`)

// ServeHTTP answers one call.
func (s *Stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	signed := credential.FindStringSubmatch(r.Header.Get("Authorization"))
	if signed == nil {
		http.Error(w, "the request is not signed", http.StatusForbidden)
		return
	}
	service := signed[1]

	s.mu.Lock()
	defer s.mu.Unlock()
	answer := s.answer(service, r, body)
	s.calls = append(s.calls, Call{
		Service:   service,
		Operation: answer.operation,
		Detail:    strings.ReplaceAll(detail(r, body), s.server.URL, "http://aws"),
		Trace:     r.Header.Get("X-Amzn-Trace-Id"),
		Status:    answer.status,
	})
	for name, value := range answer.header {
		w.Header().Set(name, value)
	}
	w.Header().Set("X-Amzn-Requestid", fmt.Sprintf("REQUEST%012d", len(s.calls)))
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body) // the client has gone
}

func (s *Stub) answer(service string, r *http.Request, body []byte) reply {
	if sum := r.Header.Get("X-Amz-Content-Sha256"); len(sum) == 2*sha256.Size && sum != hash(body) {
		return reply{status: http.StatusBadRequest, body: []byte("the body is not the one that was signed")}
	}
	if service == "dynamodb" && s.throttle.refuses() {
		return failure(operation(r, "DynamoDB_20120810."), dynamoErrors+"ProvisionedThroughputExceededException", "The level of configured provisioned throughput for the table was exceeded.")
	}
	switch service {
	case "dynamodb":
		return s.dynamoDB(r, body)
	case "sqs":
		return s.sqs(r, body)
	case "s3":
		return s.s3(r, body)
	}
	return reply{status: http.StatusNotImplemented, body: []byte("no stand-in for " + service)}
}

// detail tells a call from others of its kind. JSON gets its keys in order, since an
// SDK may send those of a map in any.
func detail(r *http.Request, body []byte) string {
	var v any
	if json.Unmarshal(body, &v) == nil {
		body, _ = json.Marshal(v) // what was decoded can be encoded
	}
	return r.URL.Path + "\n" + string(body)
}

// operation returns what a request of one of the JSON protocols asks for.
func operation(r *http.Request, prefix string) string {
	name, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), prefix)
	if !ok || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-amz-json-1.0" {
		return ""
	}
	return name
}

// success answers a request of one of the JSON protocols.
func success(operation string, v any) reply {
	return jsonReply(operation, http.StatusOK, v)
}

// failure answers with an error of the given type.
func failure(operation, kind, message string) reply {
	return jsonReply(operation, http.StatusBadRequest, map[string]string{"__type": kind, "message": message})
}

func jsonReply(operation string, status int, v any) reply {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // all values are the stub's own
	}
	return reply{operation: operation, status: status, body: body, header: map[string]string{
		"Content-Type": "application/x-amz-json-1.0",
		"X-Amz-Crc32":  strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10),
	}}
}

func hash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
