package decoder

import (
	"fmt"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Span is one segment or subsegment.
type Span struct {
	Trace  string // 32 hexadecimal digits
	ID     string
	Parent string // empty for the first segment of a trace
	Name   string
	// Server tells a segment that serves a request, Client a subsegment that leaves the process.
	Server, Client bool
	InProgress     bool
	Start, End     time.Time

	Method, URL string // of an HTTP request, sent or served
	Status      int64  // of the response
	Statement   string // of SQL
	Service     string // of AWS
	Operation   string // of AWS

	Fault      bool
	Attributes string // all that is told of it
	Route      string // the annotation route

	Annotations map[string]any // by key; every number is a float64
	Exception   string         // the message of the first one
}

// flatten returns the spans of one document.
func flatten(traces ptrace.Traces) []Span {
	var spans []Span
	for _, resource := range traces.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				spans = append(spans, convert(span))
			}
		}
	}
	return spans
}

func convert(span ptrace.Span) Span {
	attrs := span.Attributes()
	return Span{
		Trace:      span.TraceID().String(),
		ID:         span.SpanID().String(),
		Parent:     span.ParentSpanID().String(),
		Name:       span.Name(),
		Server:     span.Kind() == ptrace.SpanKindServer,
		Client:     span.Kind() == ptrace.SpanKindClient,
		InProgress: text(attrs, "aws.xray.inprogress") == "true",
		Start:      span.StartTimestamp().AsTime(),
		End:        span.EndTimestamp().AsTime(),
		Method:     text(attrs, "http.method"),
		URL:        text(attrs, "http.url"),
		Status:     number(attrs, "http.status_code"),
		Statement:  text(attrs, "db.statement"),
		Service:    text(attrs, "aws.service"),
		Operation:  text(attrs, "aws.operation"),
		Fault:      span.Status().Code() == ptrace.StatusCodeError,
		Attributes: fmt.Sprint(attrs.AsRaw()),
		Route:      text(attrs, "route"),

		Annotations: annotations(attrs),
		Exception:   exception(span),
	}
}

func exception(span ptrace.Span) string {
	for _, event := range span.Events().All() {
		return text(event.Attributes(), "exception.message")
	}
	return ""
}

// annotations returns the annotations among the attributes: the receiver lists their
// keys.
func annotations(attrs pcommon.Map) map[string]any {
	keys, ok := attrs.Get("aws.xray.annotations")
	if !ok {
		return nil
	}
	out := map[string]any{}
	for _, key := range keys.Slice().All() {
		if v, ok := attrs.Get(key.Str()); ok {
			out[key.Str()] = v.AsRaw()
		}
	}
	return out
}

func text(attrs pcommon.Map, key string) string {
	if v, ok := attrs.Get(key); ok {
		return v.AsString()
	}
	return ""
}

func number(attrs pcommon.Map, key string) int64 {
	if v, ok := attrs.Get(key); ok {
		return v.Int()
	}
	return 0
}
