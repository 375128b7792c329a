// Package aws runs a program that keeps what it is given in S3 and DynamoDB, plain and
// instrumented, on an independent server of S3 and the stand-in for DynamoDB, and compares
// the two.
package aws

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-4257438c/xray-instrument/integration/internal/awsstub"
	"github.com/seed-4257438c/xray-instrument/integration/internal/decoder"
	"github.com/seed-4257438c/xray-instrument/integration/internal/proc"
	"github.com/seed-4257438c/xray-instrument/integration/internal/tool"
)

const source = "program"

// recorded are the calls that each path's request leaves in its trace, in order: the
// service, the operation, the annotation of the resource, a fault marked.
var recorded = []struct {
	path  string
	calls []string
}{
	{"/s3", []string{"S3 CreateBucket bucket_name:traced", "S3 PutObject bucket_name:traced", "S3 GetObject bucket_name:traced", "S3 GetObject bucket_name:traced fault"}},
	{"/upload", []string{"S3 CreateMultipartUpload bucket_name:traced", "S3 UploadPart bucket_name:traced", "S3 UploadPart bucket_name:traced", "S3 CompleteMultipartUpload bucket_name:traced"}},
	{"/dynamodb", []string{"DynamoDB CreateTable table_name:traced", "DynamoDB PutItem table_name:traced", "DynamoDB GetItem table_name:traced"}},
}

func TestAWS(t *testing.T) {
	command := tool.Build(t)
	instrumented := tool.Instrument(t, command, source)
	plainProgram, tracedProgram, servers := tool.Programs(t, source, "."), tool.Programs(t, instrumented, "."), tool.Programs(t, "servers", ".")

	s3, dynamo, traces := proc.FreeAddr(t), awsstub.Start(t), decoder.Start(t)
	objects := proc.Start(t, proc.Command{Path: filepath.Join(servers, "servers"), Dir: t.TempDir(), Env: []string{"S3=" + s3, "HOME=" + t.TempDir()}})
	objects.AwaitTCP(t, s3)
	start := func(bin, name string) string {
		addr := proc.FreeAddr(t)
		env := append([]string{"LISTEN_ADDR=" + addr, "HOME=" + t.TempDir(), "AWS_XRAY_DAEMON_ADDRESS=" + traces.Addr(), "NAME=" + name, "S3=http://" + s3}, dynamo.Env()...)
		p := proc.Start(t, proc.Command{Path: filepath.Join(bin, "shelf"), Dir: t.TempDir(), Env: append(env, "DYNAMODB="+dynamo.URL())})
		p.AwaitTCP(t, addr)
		return "http://" + addr
	}
	plain, traced := start(plainProgram, "plain"), start(tracedProgram, "traced")
	for i, test := range recorded {
		t.Run(test.path, func(t *testing.T) {
			id := fmt.Sprintf("%08x%024x", time.Now().Unix(), i+1)
			want, got := tool.Get(t, plain+test.path, id), tool.Get(t, traced+test.path, id)
			if got != want || !strings.HasSuffix(got, " <nil>\n") {
				t.Errorf("the answer is %q, without instrumentation %q", got, want)
			}
			for _, s := range calls(t, traces, id, test.calls) {
				header := "Root=1-" + id[:8] + "-" + id[8:] + ";Parent=" + s.ID + ";Sampled=1"
				if strings.HasPrefix(test.calls[0], "S3") {
					objects.Await(t, func() bool { return strings.Contains(objects.Stdout(), header) })
				} else if !slices.ContainsFunc(dynamo.Calls(), func(c awsstub.Call) bool { return c.Trace == header && c.Operation == s.Operation }) {
					t.Errorf("no %s with %s", s.Operation, header)
				}
			}
		})
	}
	for _, warning := range traces.Warnings() {
		t.Errorf("the decoder: %s", warning)
	}
}

// calls looks at the trace of a request, one segment with the calls in order, and returns
// the calls.
func calls(t *testing.T, traces *decoder.Decoder, id string, want []string) []decoder.Span {
	t.Helper()
	spans := traces.Await(func(spans []decoder.Span) bool {
		return slices.ContainsFunc(spans, func(s decoder.Span) bool { return s.Trace == id && s.Server && !s.InProgress })
	})
	slices.SortStableFunc(spans, func(a, b decoder.Span) int { return a.Start.Compare(b.Start) })
	var out []decoder.Span
	var got []string
	for _, s := range spans {
		if s.Trace != id || s.Server {
			continue
		}
		out = append(out, s)
		line := s.Name + " " + s.Operation
		for _, key := range []string{"bucket_name", "table_name"} {
			if _, rest, ok := strings.Cut(s.Attributes, key+":"); ok {
				line += " " + key + ":" + rest[:strings.IndexAny(rest, " ]")]
			}
		}
		if s.Fault {
			line += " fault"
		}
		got = append(got, line)
		if s.InProgress {
			t.Errorf("%+v", s)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("recorded\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return out
}
