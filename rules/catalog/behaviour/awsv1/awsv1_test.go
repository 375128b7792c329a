package awsv1

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/credentials"
	"github.com/aws/aws-sdk-go/aws/ec2metadata"
	"github.com/aws/aws-sdk-go/aws/request"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/dynamodb"
	"github.com/aws/aws-sdk-go/service/s3"
	"github.com/aws/aws-sdk-go/service/s3/s3manager"
	"github.com/aws/aws-xray-sdk-go/strategy/ctxmissing"
	"github.com/aws/aws-xray-sdk-go/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/xray"
	"github.com/aws/aws-xray-sdk-go/xraylog"
	"github.com/guregu/dynamo"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

var receiver *daemon.Daemon

func TestMain(m *testing.M) {
	xray.SetLogger(xraylog.NullLogger)
	var err error
	if receiver, err = daemon.Listen(); err != nil {
		panic(err)
	}
	err = xray.Configure(xray.Config{DaemonAddr: receiver.Addr(), SamplingStrategy: everything{}, ContextMissingStrategy: ctxmissing.NewDefaultIgnoreErrorStrategy()})
	if err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// everything samples every request.
type everything struct{}

func (everything) ShouldTrace(*sampling.Request) *sampling.Decision {
	return &sampling.Decision{Sample: true}
}

// dialect is one dialect's ways to use the AWS SDK v1.
type dialect struct {
	session  func(cfgs ...*aws.Config) (*session.Session, error)
	options  func(o session.Options) (*session.Session, error)
	fresh    func(cfgs ...*aws.Config) *session.Session
	call     func(ctx context.Context, c *dynamodb.DynamoDB, in *dynamodb.GetItemInput) (*dynamodb.GetItemOutput, error)
	pages    func(ctx context.Context, c *dynamodb.DynamoDB, in *dynamodb.QueryInput, fn func(*dynamodb.QueryOutput, bool) bool) error
	send     func(ctx context.Context, r *request.Request) error
	upload   func(ctx context.Context, u *s3manager.Uploader, in *s3manager.UploadInput, opts ...func(*s3manager.Uploader)) (*s3manager.UploadOutput, error)
	run      func(ctx context.Context, p *dynamo.Put) error
	into     func(ctx context.Context, q *dynamo.Query, out any) error
	download func(ctx context.Context, d *s3manager.Downloader, w io.WriterAt, in *s3.GetObjectInput, opts ...func(*s3manager.Downloader)) (int64, error)
}

var dialects = [2]dialect{
	{plain.AWSSession, plain.AWSSessionOptions, plain.AWSSessionNew, plain.AWSCallV1, plain.AWSPagesV1, plain.AWSSendV1, plain.S3UploadV1, plain.DynamoRun, plain.DynamoInto, plain.S3DownloadV1},
	{traced.AWSSession, traced.AWSSessionOptions, traced.AWSSessionNew, traced.AWSCallV1, traced.AWSPagesV1, traced.AWSSendV1, traced.S3UploadV1, traced.DynamoRun, traced.DynamoInto, traced.S3DownloadV1},
}

// sealed keeps the host's own AWS settings out of a test.
func sealed(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	t.Setenv("AWS_CONFIG_FILE", none)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", none)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

func settings(endpoint *daemon.AWS) *aws.Config {
	return aws.NewConfig().WithRegion("eu-west-1").WithEndpoint(endpoint.URL).WithMaxRetries(0).WithS3ForcePathStyle(true).
		WithCredentials(credentials.NewStaticCredentials("id", "secret", ""))
}

// begin opens a segment; closed returns what was sent of it.
func begin(t *testing.T) (ctx context.Context, closed func() daemon.Segment) {
	ctx, seg := xray.BeginSegment(context.Background(), "test")
	return ctx, func() daemon.Segment {
		seg.Lock()
		seg.ContextDone, seg.Emitted = true, true // exactly one packet
		seg.Unlock()
		seg.Close(nil)
		return receiver.Exactly(t, seg.TraceID, 1, func() string {
			_, seg := xray.BeginSegment(context.Background(), "mark")
			seg.Close(nil)
			return seg.TraceID
		})[0]
	}
}

// operations lists the calls of a segment.
func operations(s daemon.Segment) []string {
	var out []string
	for _, sub := range s.Subsegments {
		if sub.Namespace == "aws" {
			out = append(out, fmt.Sprint(sub.Name, " ", sub.AWS["operation"], " ", sub.HTTP.Response.Status))
		}
	}
	return out
}

// check compares what both sides give and send, and what is recorded.
func check(t *testing.T, want []string, do func(d dialect, ctx context.Context, endpoint *daemon.AWS) string) {
	t.Helper()
	sealed(t)
	endpoint := daemon.NewAWS(t)
	var out [2]string
	var asked [2][]daemon.Call
	for i, d := range dialects {
		ctx, closed := begin(t)
		out[i] = do(d, ctx, endpoint)
		s := closed()
		got := operations(s)
		if i == 0 && len(s.Subsegments) != 0 || i == 1 && !reflect.DeepEqual(got, want) {
			t.Errorf("side %d records %q, want %q", i, got, want)
		}
		asked[i] = endpoint.Take()
		for k := range asked[i] {
			if had := asked[i][k].Trace != ""; had != (i == 1) {
				t.Errorf("side %d sends header %q", i, asked[i][k].Trace)
			}
			asked[i][k].Trace = ""
		}
	}
	if out[0] != out[1] {
		t.Errorf("plain gives %q, traced %q", out[0], out[1])
	}
	if !reflect.DeepEqual(asked[0], asked[1]) {
		t.Errorf("plain asks %+v, traced %+v", asked[0], asked[1])
	}
}

func item(table string) *dynamodb.GetItemInput {
	return &dynamodb.GetItemInput{TableName: aws.String(table), Key: map[string]*dynamodb.AttributeValue{"id": {S: aws.String("7")}}}
}

func TestSessions(t *testing.T) {
	for name, open := range map[string]func(d dialect, c *aws.Config) *session.Session{
		"AWSSession": func(d dialect, c *aws.Config) *session.Session { return session.Must(d.session(c)) },
		"AWSSessionOptions": func(d dialect, c *aws.Config) *session.Session {
			return session.Must(d.options(session.Options{Config: *c}))
		},
		"AWSSessionNew": func(d dialect, c *aws.Config) *session.Session { return d.fresh(c) },
	} {
		t.Run(name, func(t *testing.T) {
			check(t, []string{"dynamodb GetItem 200", "dynamodb GetItem 400"}, func(d dialect, ctx context.Context, endpoint *daemon.AWS) string {
				c := dynamodb.New(open(d, settings(endpoint)))
				got, err := d.call(ctx, c, item("orders"))
				_, failed := d.call(ctx, c, item("missing"))
				return fmt.Sprint(got, err, failed)
			})
		})
	}
}

func TestSessionErrors(t *testing.T) {
	sealed(t)
	t.Setenv("AWS_STS_REGIONAL_ENDPOINTS", "nonsense")
	for i, d := range dialects {
		if s, err := d.session(); s != nil || err == nil {
			t.Errorf("side %d: %v, %v", i, s, err)
		}
		if s, err := d.options(session.Options{}); s != nil || err == nil {
			t.Errorf("side %d: %v, %v", i, s, err)
		}
	}
}

func TestPages(t *testing.T) {
	check(t, []string{"dynamodb Query 200", "dynamodb Query 200"}, func(d dialect, ctx context.Context, endpoint *daemon.AWS) string {
		c := dynamodb.New(session.Must(d.session(settings(endpoint))))
		var ids []string
		err := d.pages(ctx, c, &dynamodb.QueryInput{TableName: aws.String("orders")}, func(out *dynamodb.QueryOutput, last bool) bool {
			ids = append(ids, fmt.Sprint(*out.Items[0]["id"].S, last))
			return true
		})
		return fmt.Sprint(ids, err)
	})
}

// The client of EC2's metadata clears the handler that begins the SDK's subsegments.
// The call for a token is below the one that needs it.
func TestMetadata(t *testing.T) {
	check(t, []string{"ec2metadata GetMetadata 206", "ec2metadata GetMetadata 404"}, func(d dialect, ctx context.Context, endpoint *daemon.AWS) string {
		t.Setenv("AWS_EC2_METADATA_DISABLED", "false")
		endpoint.Put("/latest/meta-data/iam/info", `{"Code": "Success", "InstanceProfileArn": "arn"}`)
		c := ec2metadata.New(session.Must(d.session(settings(endpoint))))
		info, err := c.IAMInfoWithContext(ctx)
		_, missing := c.GetMetadataWithContext(ctx, "none")
		return fmt.Sprint(info, err, missing != nil)
	})
}

func TestSend(t *testing.T) {
	check(t, []string{"dynamodb GetItem 200"}, func(d dialect, ctx context.Context, endpoint *daemon.AWS) string {
		c := dynamodb.New(session.Must(d.session(settings(endpoint))))
		r, out := c.GetItemRequest(item("orders"))
		err := d.send(ctx, r)
		return fmt.Sprint(out, err)
	})
}

// A request that the program has given a context of its own keeps it.
func TestSendWithItsOwnContext(t *testing.T) {
	check(t, nil, func(d dialect, ctx context.Context, endpoint *daemon.AWS) string {
		c := dynamodb.New(session.Must(d.session(settings(endpoint))))
		r, _ := c.GetItemRequest(item("orders"))
		own, cancel := context.WithCancel(context.Background())
		cancel()
		r.SetContext(own)
		err := d.send(ctx, r)
		if r.Context().Err() == nil {
			t.Error("the context is another one")
		}
		return fmt.Sprint(err)
	})
}

func TestTransfer(t *testing.T) {
	check(t, []string{"s3 PutObject 200", "s3 GetObject 206", "s3 GetObject 404"}, func(d dialect, ctx context.Context, endpoint *daemon.AWS) string {
		s := session.Must(d.session(settings(endpoint)))
		up, err := d.upload(ctx, s3manager.NewUploader(s), &s3manager.UploadInput{Bucket: aws.String("b"), Key: aws.String("k"), Body: strings.NewReader("body")})
		if err != nil {
			t.Fatal(err)
		}
		buf := &aws.WriteAtBuffer{}
		down := s3manager.NewDownloader(s)
		n, err := d.download(ctx, down, buf, &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
		_, missing := d.download(ctx, down, buf, &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("none")})
		return fmt.Sprint(strings.TrimPrefix(up.Location, endpoint.URL), n, err, string(buf.Bytes()), strings.Contains(fmt.Sprint(missing), "NoSuchKey"))
	})
}

func TestDynamo(t *testing.T) {
	check(t, []string{"dynamodb GetItem 200", "dynamodb PutItem 400"}, func(d dialect, ctx context.Context, endpoint *daemon.AWS) string {
		table := dynamo.New(session.Must(d.session(settings(endpoint)))).Table("orders")
		var row struct {
			ID string `dynamo:"id"`
		}
		err := d.into(ctx, table.Get("id", "7"), &row)
		failed := d.run(ctx, table.Put(map[string]string{"id": "missing"}))
		return fmt.Sprint(row, err, failed != nil)
	})
}

// Calls of work without a segment go through.
func TestWithoutSegment(t *testing.T) {
	sealed(t)
	endpoint := daemon.NewAWS(t)
	d := dialects[1]
	c := dynamodb.New(session.Must(d.session(settings(endpoint))))
	if got, err := d.call(context.Background(), c, item("orders")); err != nil || *got.Item["id"].S != "7" {
		t.Errorf("got %v, %v", got, err)
	}
	if got := endpoint.Take()[0].Trace; got != "" {
		t.Errorf("the service gets %s", got)
	}
}
