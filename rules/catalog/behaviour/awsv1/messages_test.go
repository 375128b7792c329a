package awsv1

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/credentials"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/eventbridge"
	"github.com/aws/aws-sdk-go/service/sns"
	"github.com/aws/aws-sdk-go/service/sqs"
)

// What is sent by SQS, SNS or EventBridge goes with the header of the call in its
// request, and is as the program has made it.
func TestMessages(t *testing.T) {
	sealed(t)
	var header, body string
	answers := func(w http.ResponseWriter, r *http.Request) {
		read, _ := io.ReadAll(r.Body)
		header, body = r.Header.Get("X-Amzn-Trace-Id"), string(read)
		switch target := r.Header.Get("X-Amz-Target"); {
		case strings.HasSuffix(target, ".SendMessage"):
			sum := md5.Sum([]byte("tea"))
			_, _ = io.WriteString(w, `{"MessageId":"1","MD5OfMessageBody":"`+hex.EncodeToString(sum[:])+`"}`)
		case strings.HasSuffix(target, ".PutEvents"):
			_, _ = io.WriteString(w, `{"FailedEntryCount":0,"Entries":[]}`)
		default:
			_, _ = io.WriteString(w, "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>")
		}
	}
	endpoint := httptest.NewServer(http.HandlerFunc(answers))
	defer endpoint.Close()
	config := aws.NewConfig().WithRegion("eu-west-1").WithEndpoint(endpoint.URL).WithMaxRetries(0).WithCredentials(credentials.NewStaticCredentials("id", "secret", ""))
	for name, send := range map[string]func(context.Context, *session.Session) error{
		"sqs": func(ctx context.Context, s *session.Session) error {
			_, err := sqs.New(s).SendMessageWithContext(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(endpoint.URL + "/1/orders"), MessageBody: aws.String("tea")})
			return err
		},
		"sns": func(ctx context.Context, s *session.Session) error {
			_, err := sns.New(s).PublishWithContext(ctx, &sns.PublishInput{TopicArn: aws.String("arn:aws:sns:eu-west-1:123456789012:orders"), Message: aws.String("tea")})
			return err
		},
		"events": func(ctx context.Context, s *session.Session) error {
			_, err := eventbridge.New(s).PutEventsWithContext(ctx, &eventbridge.PutEventsInput{Entries: []*eventbridge.PutEventsRequestEntry{{Detail: aws.String("{}"), TraceHeader: aws.String("own")}}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			var bodies [2]string
			for i, d := range dialects {
				s, err := d.session(config)
				if err != nil {
					t.Fatal(err)
				}
				ctx, closed := begin(t)
				err = send(ctx, s)
				segment, want := closed(), ""
				if err != nil {
					t.Fatal(err)
				}
				if i == 1 {
					want = "Root=" + segment.Trace + ";Parent=" + segment.Subsegments[0].ID + ";Sampled=1"
				}
				if header != want {
					t.Errorf("side %d sends the header %q, want %q", i, header, want)
				}
				bodies[i] = body
			}
			if bodies[0] != bodies[1] {
				t.Errorf("plain sends %s, traced %s", bodies[0], bodies[1])
			}
		})
	}
}
