package xray

import (
	"context"

	"go.uber.org/zap"
)

func ZapInfo(ctx context.Context, l *zap.Logger, msg string, fields ...zap.Field) {
	l.Info(msg, append(fields, xrayZap(ctx))...)
}

func ZapSugarInfow(ctx context.Context, l *zap.SugaredLogger, msg string, pairs ...any) {
	l.Infow(msg, append(pairs, xrayZap(ctx))...)
}

func ZapSugarInfof(ctx context.Context, l *zap.SugaredLogger, format string, args ...any) {
	l.With(xrayZap(ctx)).Infof(format, args...)
}

func ZapSugarInfo(ctx context.Context, l *zap.SugaredLogger, args ...any) {
	l.With(xrayZap(ctx)).Info(args...)
}

// xrayZap returns the field that says which trace a line belongs to.
func xrayZap(ctx context.Context) zap.Field {
	if id := xrayTraceID(ctx); id != "" {
		return zap.String("trace_id", id)
	}
	return zap.Skip()
}
