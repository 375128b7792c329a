package behaviour

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

// awsV2 is one dialect's ways to use the AWS SDK v2.
type awsV2 struct {
	config  func(ctx context.Context, opts ...func(*config.LoadOptions) error) (aws.Config, error)
	options func(o s3.Options, opts ...func(*s3.Options)) *s3.Client
	call    func(ctx context.Context, c *dynamodb.Client, in *dynamodb.GetItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
}

var (
	plainAWS  = awsV2{plain.AWSConfig, plain.AWSOptions, plain.AWSCall}
	tracedAWS = awsV2{traced.AWSConfig, traced.AWSOptions, traced.AWSCall}
)

// keys are credentials that no host provides.
func keys(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"}, nil
}

// sealed keeps the host's own AWS settings out of a test.
func sealed(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	t.Setenv("AWS_CONFIG_FILE", none)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", none)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

func item(table string) *dynamodb.GetItemInput {
	return &dynamodb.GetItemInput{TableName: aws.String(table), Key: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "7"}}}
}

func TestAWSConfigAndCall(t *testing.T) {
	sealed(t)
	defer logged.take()
	endpoint := daemon.NewAWS(t)
	ctx, closed := segment(t)
	var out, errs [3]string
	var asked [3][]daemon.Call
	for i, d := range []awsV2{plainAWS, tracedAWS, tracedAWS} {
		with := ctx
		if i == 2 {
			with = context.Background()
		}
		own := 0
		cfg, err := d.config(with,
			config.WithRegion("eu-west-1"), config.WithBaseEndpoint(endpoint.URL), config.WithCredentialsProvider(aws.CredentialsProviderFunc(keys)),
			func(*config.LoadOptions) error { own++; return nil })
		if err != nil {
			t.Fatal(err)
		}
		if own == 0 || cfg.Region != "eu-west-1" {
			t.Errorf("side %d: options are missing", i)
		}
		client := dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) { o.RetryMaxAttempts = 1 })
		got, err := d.call(with, client, item("orders"))
		if err != nil {
			t.Fatal(err)
		}
		out[i] = fmt.Sprint(got.Item["id"].(*types.AttributeValueMemberS).Value)
		_, err = d.call(with, client, item("missing"))
		errs[i] = fmt.Sprint(err)
		asked[i] = endpoint.Take()
	}
	if out[0] != out[1] || out[0] != out[2] || errs[0] != errs[1] || errs[0] != errs[2] || !strings.Contains(errs[0], "no such table") {
		t.Errorf("got %q, errors %q", out, errs)
	}
	s := closed()
	if len(s.Below()) != 2 {
		t.Fatalf("got %s", daemon.Format([]daemon.Segment{s}))
	}
	for i, sub := range s.Subsegments {
		if sub.Name != "DynamoDB" || sub.Namespace != "aws" || sub.AWS["operation"] != "GetItem" || sub.AWS["region"] != "eu-west-1" || sub.HTTP.Response.Status != []int{200, 400}[i] || sub.Fault != (i == 1) || sub.Annotations["table_name"] != []string{"orders", "missing"}[i] {
			t.Errorf("subsegment %+v", sub)
		}
		if got, want := asked[1][i].Trace, "Root="+s.Trace+";Parent="+sub.ID+";Sampled=1"; got != want {
			t.Errorf("the service gets %s, want %s", got, want)
		}
		asked[1][i].Trace = ""
	}
	for i := range asked {
		if asked[2][i%2].Trace = ""; !reflect.DeepEqual(asked[0], asked[i]) {
			t.Errorf("plain asks %+v, traced %+v", asked[0], asked[i])
		}
	}
}

// The options of a configuration that fails, fail as before.
func TestAWSConfigError(t *testing.T) {
	sealed(t)
	t.Setenv("AWS_PROFILE", "nosuch")
	_, want := plain.AWSConfig(context.Background())
	_, got := traced.AWSConfig(context.Background())
	if want == nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("plain %v, traced %v", want, got)
	}
}

func TestAWSOptions(t *testing.T) {
	sealed(t)
	endpoint := daemon.NewAWS(t)
	var out [2][]string
	for i, d := range []awsV2{plainAWS, tracedAWS} {
		ctx, closed := segment(t)
		o := s3.Options{Region: "eu-west-1", Credentials: aws.CredentialsProviderFunc(keys), UsePathStyle: true}
		client := d.options(o, func(o *s3.Options) { o.BaseEndpoint = aws.String(endpoint.URL) })
		if len(o.APIOptions) != 0 {
			t.Errorf("side %d: the options are changed", i)
		}
		_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("b"), Key: aws.String("k"), Body: strings.NewReader("body")})
		if err != nil {
			t.Fatal(err)
		}
		got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(got.Body)
		got.Body.Close()
		_, missing := client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("none")})
		out[i] = []string{string(body), fmt.Sprint(err), fmt.Sprint(strings.Contains(fmt.Sprint(missing), "NoSuchKey"))}
		s := closed()
		var calls []string
		for _, sub := range s.Below() {
			calls = append(calls, fmt.Sprint(sub.Name, " ", sub.AWS["operation"], " ", sub.HTTP.Response.Status, " ", sub.Annotations["bucket_name"]))
		}
		want := []string{"S3 PutObject 200 b", "S3 GetObject 206 b", "S3 GetObject 404 b"}
		if i == 0 {
			want = nil
		}
		if !reflect.DeepEqual(calls, want) {
			t.Errorf("side %d: got %q, want %q", i, calls, want)
		}
	}
	if !reflect.DeepEqual(out[0], out[1]) || out[0][0] == "" {
		t.Errorf("plain %q, traced %q", out[0], out[1])
	}
}
