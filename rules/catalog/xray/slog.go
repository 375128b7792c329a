package xray

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

func SlogNew(h slog.Handler) *slog.Logger {
	return slog.New(xrayLog(h))
}

func SlogInfo(ctx context.Context, msg string, args ...any) {
	slog.InfoContext(ctx, msg, args...)
}

func SlogLoggerInfo(ctx context.Context, l *slog.Logger, msg string, args ...any) {
	l.InfoContext(ctx, msg, args...)
}

// xrayLog has a handler's records say which trace they belong to, unless they do
// already. The handler that slog begins with stays as it is: slog.SetDefault asks
// for it by its type.
func xrayLog(h slog.Handler) slog.Handler {
	if t := fmt.Sprintf("%T", h); t == "*slog.defaultHandler" || strings.HasSuffix(t, ".xrayLogHandler") {
		return h
	}
	return xrayLogHandler{h}
}

// xrayLogHandler adds trace_id to the records of contexts with a segment.
type xrayLogHandler struct{ slog.Handler }

func (h xrayLogHandler) Handle(ctx context.Context, r slog.Record) error {
	if id := xrayTraceID(ctx); id != "" {
		r = r.Clone()
		r.AddAttrs(slog.String("trace_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

func (h xrayLogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return xrayLogHandler{h.Handler.WithAttrs(attrs)}
}

func (h xrayLogHandler) WithGroup(name string) slog.Handler {
	return xrayLogHandler{h.Handler.WithGroup(name)}
}
