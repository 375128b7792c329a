// Package decoder receives what X-Ray SDKs send by UDP and decodes it with the
// OpenTelemetry collector's receiver, an implementation that shares no code with the SDK.
package decoder

import (
	"context"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/awsxrayreceiver"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/seed-4257438c/xray-instrument/integration/internal/proc"
)

const (
	arrivalLimit = 15 * time.Second
	pollEvery    = 20 * time.Millisecond
	quietTime    = 300 * time.Millisecond
)

// Decoder listens on a UDP port of loopback.
type Decoder struct {
	addr     string
	sink     *consumertest.TracesSink
	warnings *observer.ObservedLogs
}

// Start starts a decoder, which ends with the test.
func Start(t testing.TB) *Decoder {
	t.Helper()
	core, warnings := observer.New(zapcore.WarnLevel)
	d := &Decoder{addr: proc.FreeAddr(t), sink: new(consumertest.TracesSink), warnings: warnings}

	factory := awsxrayreceiver.NewFactory()
	config := factory.CreateDefaultConfig()
	err := confmap.NewFromStringMap(map[string]any{
		"endpoint":  d.addr,
		"transport": "udp",
		// Besides, it forwards calls to AWS. Nothing here makes one, and it would find nobody.
		"proxy_server": map[string]any{
			"endpoint": "127.0.0.1:0", "region": "us-east-1", "local_mode": true, "aws_endpoint": "http://127.0.0.1:1",
		},
	}).Unmarshal(config)
	if err != nil {
		t.Fatal(err)
	}
	settings := receivertest.NewNopSettings(factory.Type())
	settings.Logger = zap.New(core)
	receiver, err := factory.CreateTraces(context.Background(), settings, config, d.sink)
	if err != nil {
		t.Fatal(err)
	}
	if err := receiver.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := receiver.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return d
}

// Addr returns the address to send to, for AWS_XRAY_DAEMON_ADDRESS.
func (d *Decoder) Addr() string { return d.addr }

// Warnings returns what the receiver had to say about documents that it could not decode.
func (d *Decoder) Warnings() []string {
	var warnings []string
	for _, entry := range d.warnings.All() {
		warnings = append(warnings, entry.Message+" "+entryError(entry))
	}
	return warnings
}

func entryError(entry observer.LoggedEntry) string {
	if err, ok := entry.ContextMap()["error"].(string); ok {
		return err
	}
	return ""
}

// Spans returns the spans that have arrived so far.
func (d *Decoder) Spans() []Span {
	var spans []Span
	for _, traces := range d.sink.AllTraces() {
		spans = append(spans, flatten(traces)...)
	}
	return spans
}

// Await waits until the spans that have arrived are enough, and a little longer for
// any that should not be there. It returns what there is when the wait takes too long.
func (d *Decoder) Await(enough func([]Span) bool) []Span {
	for deadline := time.Now().Add(arrivalLimit); time.Now().Before(deadline); {
		if enough(d.Spans()) {
			break
		}
		time.Sleep(pollEvery)
	}
	return d.settle()
}

// settle returns the spans once none has arrived for a while.
func (d *Decoder) settle() []Span {
	count, since := -1, time.Now()
	for deadline := since.Add(arrivalLimit); time.Now().Before(deadline); {
		if now := d.sink.SpanCount(); now != count {
			count, since = now, time.Now()
		}
		if time.Since(since) >= quietTime {
			break
		}
		time.Sleep(pollEvery)
	}
	return d.Spans()
}
