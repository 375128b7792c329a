// Package messages sends and receives by both AWS SDKs, against an endpoint that keeps
// the header of a trace with a message as SQS does.
package messages

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	oldaws "github.com/aws/aws-sdk-go/aws"
	oldcredentials "github.com/aws/aws-sdk-go/aws/credentials"
	oldsqs "github.com/aws/aws-sdk-go/service/sqs"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

func TestMain(m *testing.M) { sent.Main(m) }

// queue is an endpoint with one message, and what it was asked last.
type queue struct {
	*httptest.Server
	mu     sync.Mutex
	body   string
	header string
	asked  map[string]any
}

func start(t *testing.T) *queue {
	q := &queue{}
	q.Server = httptest.NewServer(q)
	t.Cleanup(q.Close)
	return q
}

func (q *queue) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	q.asked = nil
	if strings.HasPrefix(string(body), "Action=Publish") { // of SNS
		q.body, q.header = string(body), r.Header.Get("X-Amzn-Trace-Id")
		_, _ = io.WriteString(w, "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>")
		return
	}
	if err := json.Unmarshal(body, &q.asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	sum := func() string { s := md5.Sum([]byte(q.body)); return hex.EncodeToString(s[:]) }
	switch _, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); op {
	case "SendMessage":
		q.body, q.header = q.asked["MessageBody"].(string), r.Header.Get("X-Amzn-Trace-Id")
		_ = json.NewEncoder(w).Encode(map[string]any{"MessageId": "1", "MD5OfMessageBody": sum()})
	case "ReceiveMessage":
		attributes := map[string]string{}
		for _, field := range []string{"AttributeNames", "MessageSystemAttributeNames"} {
			names, _ := q.asked[field].([]any)
			if slices.ContainsFunc(names, func(n any) bool { return n == "All" || n == "AWSTraceHeader" }) && q.header != "" {
				attributes["AWSTraceHeader"] = q.header
			}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"Messages": []any{map[string]any{"MessageId": "1", "Body": q.body, "MD5OfBody": sum(), "Attributes": attributes}}})
	default:
		_, _ = io.WriteString(w, `{"FailedEntryCount":0,"Entries":[]}`)
	}
}

type configure = func(context.Context, ...func(*config.LoadOptions) error) (aws.Config, error)

// client returns the configuration of one dialect for the endpoint.
func (q *queue) client(t *testing.T, load configure) aws.Config {
	t.Setenv("AWS_CONFIG_FILE", "/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/none")
	cfg, err := load(context.Background(), config.WithRegion("eu-west-1"), config.WithBaseEndpoint(q.URL), config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("id", "secret", "")))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// A message of a traced client comes with the header of the call that sent it, however
// its receiver asks for attributes; inputs stay as the program has made them.
func TestSQS(t *testing.T) {
	q := start(t)
	client, untraced := sqs.NewFromConfig(q.client(t, traced.AWSConfig)), sqs.NewFromConfig(q.client(t, plain.AWSConfig))
	ctx, closed := sent.Begin(t)
	if _, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(q.URL + "/1/orders"), MessageBody: aws.String("tea")}); err != nil {
		t.Fatal(err)
	}
	s := closed()
	want := "Root=" + s.Trace + ";Parent=" + s.Subsegments[0].ID + ";Sampled=1"
	if q.header != want || s.Subsegments[0].Annotations["queue_name"] != "orders" {
		t.Errorf("the message has the header %s, want %s", q.header, want)
	}
	shared := make([]types.MessageSystemAttributeName, 1, 4)
	shared[0] = "SentTimestamp"
	for _, in := range []*sqs.ReceiveMessageInput{
		{},
		{MessageSystemAttributeNames: shared},
		{MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"}},
		{MessageSystemAttributeNames: []types.MessageSystemAttributeName{"AWSTraceHeader"}},
		{AttributeNames: []types.QueueAttributeName{"SentTimestamp"}},
		{AttributeNames: []types.QueueAttributeName{"All"}},
	} {
		in.QueueUrl = aws.String(q.URL + "/1/orders")
		before := *in
		out, err := client.ReceiveMessage(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if got := out.Messages[0].Attributes["AWSTraceHeader"]; got != want {
			t.Errorf("%+v: the message comes with %q, want %q", in, got, want)
		}
		if !slices.Equal(in.MessageSystemAttributeNames, before.MessageSystemAttributeNames) || !slices.Equal(in.AttributeNames, before.AttributeNames) || shared[:2][1] != "" {
			t.Errorf("the input is %+v, was %+v", in, before)
		}
		if n := len(before.AttributeNames); n > 0 && q.asked["MessageSystemAttributeNames"] != nil || len(before.MessageSystemAttributeNames) > 0 && q.asked["AttributeNames"] != nil {
			t.Errorf("asked %v", q.asked)
		}
	}
	if out, err := untraced.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{QueueUrl: aws.String(q.URL)}); err != nil || len(out.Messages[0].Attributes) != 0 {
		t.Error(out, err)
	}
}

// A notification has no header of its own: that of the call goes with the request, and
// what is published stays as it is.
func TestSNS(t *testing.T) {
	q := start(t)
	in := &sns.PublishInput{TopicArn: aws.String("arn:aws:sns:eu-west-1:123456789012:orders"), Message: aws.String("tea")}
	if _, err := sns.NewFromConfig(q.client(t, plain.AWSConfig)).Publish(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	published := q.body
	client := sns.NewFromConfig(q.client(t, traced.AWSConfig))
	ctx, closed := sent.Begin(t)
	if _, err := client.Publish(ctx, in); err != nil {
		t.Fatal(err)
	}
	s := closed()
	if want := "Root=" + s.Trace + ";Parent=" + s.Subsegments[0].ID + ";Sampled=1"; q.header != want || s.Subsegments[0].Annotations["topic_name"] != "orders" {
		t.Errorf("the request has the header %s, want %s", q.header, want)
	}
	if q.body != published {
		t.Errorf("published %s, without instrumentation %s", q.body, published)
	}
	if _, err := client.Publish(context.Background(), in); err != nil || q.header != "" {
		t.Error(err, q.header)
	}
}

// What TestSQS receives, by the first SDK.
func TestOldSQS(t *testing.T) {
	q := start(t)
	s, err := traced.AWSSession(&oldaws.Config{Region: oldaws.String("eu-west-1"), Endpoint: oldaws.String(q.URL), Credentials: oldcredentials.NewStaticCredentials("id", "secret", "")})
	if err != nil {
		t.Fatal(err)
	}
	client := oldsqs.New(s)
	q.body = "tea"
	q.header = "Root=1-57ff426a-80c11c39b0c928905eb0828d;Parent=53995c3f42cd8ad8;Sampled=1"
	for _, in := range []*oldsqs.ReceiveMessageInput{
		{},
		{MessageSystemAttributeNames: oldaws.StringSlice([]string{"SentTimestamp"})},
		{AttributeNames: oldaws.StringSlice([]string{"SentTimestamp"})},
		{AttributeNames: oldaws.StringSlice([]string{"All"})},
	} {
		in.QueueUrl = oldaws.String(q.URL + "/1/orders")
		before := *in
		out, err := client.ReceiveMessage(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := oldaws.StringValue(out.Messages[0].Attributes["AWSTraceHeader"]); got != q.header {
			t.Errorf("%+v: the message comes with %q", in, got)
		}
		if len(in.MessageSystemAttributeNames) != len(before.MessageSystemAttributeNames) || len(in.AttributeNames) != len(before.AttributeNames) {
			t.Errorf("the input is %+v", in)
		}
	}
	if _, err := client.ReceiveMessage(&oldsqs.ReceiveMessageInput{}); err == nil || !strings.Contains(err.Error(), "QueueUrl") {
		t.Errorf("the error is %v", err)
	}
}

// Events of a traced client go with the header of the call; those that have one keep
// it.
func TestEventBridge(t *testing.T) {
	q := start(t)
	client := eventbridge.NewFromConfig(q.client(t, traced.AWSConfig))
	in := &eventbridge.PutEventsInput{Entries: []eventtypes.PutEventsRequestEntry{{Detail: aws.String("{}")}, {TraceHeader: aws.String("own")}}}
	headers := func() (list []any) {
		for _, e := range q.asked["Entries"].([]any) {
			list = append(list, e.(map[string]any)["TraceHeader"])
		}
		return list
	}
	ctx, closed := sent.Begin(t)
	if _, err := client.PutEvents(ctx, in); err != nil {
		t.Fatal(err)
	}
	got := headers()
	s := closed()
	if want := "Root=" + s.Trace + ";Parent=" + s.Subsegments[0].ID + ";Sampled=1"; !slices.Equal(got, []any{want, "own"}) {
		t.Errorf("the events have %v, want %s", got, want)
	}
	if in.Entries[0].TraceHeader != nil {
		t.Error("the program's entry was changed")
	}
	if _, err := client.PutEvents(context.Background(), in); err != nil || !slices.Equal(headers(), []any{nil, "own"}) {
		t.Error(err, headers())
	}
}
