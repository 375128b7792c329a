package plain

import (
	"context"

	"github.com/rs/zerolog"
)

//idiom:library github.com/rs/zerolog
//idiom:traces a line written where a context is in reach -> field trace_id, where a segment is open
//idiom:untraced Print and Printf; hooks

// ZerologMsg finds the end of a line of zerolog. The line gets the field trace_id
// where a segment is open.
//
//idiom:kind log
func ZerologMsg(ctx context.Context, e *zerolog.Event, msg string) {
	e.Msg(msg)
}

// ZerologMsgf finds Msgf and promises what ZerologMsg does.
//
//idiom:kind log
func ZerologMsgf(ctx context.Context, e *zerolog.Event, format string, args ...any) {
	e.Msgf(format, args...)
}

// ZerologSend finds Send and promises what ZerologMsg does.
//
//idiom:kind log
func ZerologSend(ctx context.Context, e *zerolog.Event) {
	e.Send()
}
