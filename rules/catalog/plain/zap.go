package plain

import (
	"context"

	"go.uber.org/zap"
)

//idiom:library go.uber.org/zap
//idiom:traces a line written where a context is in reach -> field trace_id, where a segment is open
//idiom:untraced Check and Log

// ZapInfo finds Info and its kind of a zap.Logger. The line gets the field trace_id
// where a segment is open.
//
//idiom:kind log
//idiom:also Debug Warn Error DPanic Panic Fatal
func ZapInfo(ctx context.Context, l *zap.Logger, msg string, fields ...zap.Field) {
	l.Info(msg, fields...)
}

// ZapSugarInfow finds Infow and its kind of a zap.SugaredLogger and promises what
// ZapInfo does.
//
//idiom:kind log
//idiom:also Debugw Warnw Errorw DPanicw Panicw Fatalw
func ZapSugarInfow(ctx context.Context, l *zap.SugaredLogger, msg string, pairs ...any) {
	l.Infow(msg, pairs...)
}

// ZapSugarInfof finds Infof and its kind of a zap.SugaredLogger and promises what
// ZapInfo does.
//
//idiom:kind log
//idiom:also Debugf Warnf Errorf DPanicf Panicf Fatalf
func ZapSugarInfof(ctx context.Context, l *zap.SugaredLogger, format string, args ...any) {
	l.Infof(format, args...)
}

// ZapSugarInfo finds Info and its kind of a zap.SugaredLogger and promises what
// ZapInfo does.
//
//idiom:kind log
//idiom:also Debug Warn Error DPanic Panic Fatal
func ZapSugarInfo(ctx context.Context, l *zap.SugaredLogger, args ...any) {
	l.Info(args...)
}
