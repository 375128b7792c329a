package xray

import (
	"context"

	"github.com/rs/zerolog"
)

func ZerologMsg(ctx context.Context, e *zerolog.Event, msg string) {
	e.Func(xrayEvent(ctx)).Msg(msg)
}

func ZerologMsgf(ctx context.Context, e *zerolog.Event, format string, args ...any) {
	e.Func(xrayEvent(ctx)).Msgf(format, args...)
}

func ZerologSend(ctx context.Context, e *zerolog.Event) {
	e.Func(xrayEvent(ctx)).Send()
}

// xrayEvent returns what has a line say which trace it belongs to.
func xrayEvent(ctx context.Context) func(*zerolog.Event) {
	return func(e *zerolog.Event) {
		if id := xrayTraceID(ctx); id != "" {
			e.Str("trace_id", id)
		}
	}
}
