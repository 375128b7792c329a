package plain

import (
	"context"
	"log/slog"
)

//idiom:library log/slog
//idiom:traces a line written with a context -> attribute trace_id, where a segment is open
//idiom:untraced lines without a context in reach; handlers that no slog.New is given

// SlogNew finds slog.New. The lines of the logger that are written with a context
// with a segment get the attribute trace_id, in the logger's open group if it has
// one.
//
//idiom:kind log
//idiom:guard plain-log-handler
func SlogNew(h slog.Handler) *slog.Logger {
	return slog.New(h)
}

// SlogInfo finds slog.Info and its kind. The handler is given the context.
//
//idiom:kind log
//idiom:also Debug Warn Error
func SlogInfo(ctx context.Context, msg string, args ...any) {
	slog.Info(msg, args...)
}

// SlogLoggerInfo finds Info and its kind of a logger. The handler is given the
// context.
//
//idiom:kind log
//idiom:also Debug Warn Error
func SlogLoggerInfo(ctx context.Context, l *slog.Logger, msg string, args ...any) {
	l.Info(msg, args...)
}
