package xray

import (
	"context"

	"github.com/sirupsen/logrus"
)

func LogrusInfo(ctx context.Context, args ...any) {
	logrus.WithFields(xrayFields(ctx)).Info(args...)
}

func LogrusInfoln(ctx context.Context, args ...any) {
	logrus.WithFields(xrayFields(ctx)).Infoln(args...)
}

func LogrusInfof(ctx context.Context, format string, args ...any) {
	logrus.WithFields(xrayFields(ctx)).Infof(format, args...)
}

func LogrusLoggerInfo(ctx context.Context, l *logrus.Logger, args ...any) {
	l.WithFields(xrayFields(ctx)).Info(args...)
}

func LogrusLoggerInfoln(ctx context.Context, l *logrus.Logger, args ...any) {
	l.WithFields(xrayFields(ctx)).Infoln(args...)
}

func LogrusLoggerInfof(ctx context.Context, l *logrus.Logger, format string, args ...any) {
	l.WithFields(xrayFields(ctx)).Infof(format, args...)
}

func LogrusEntryInfo(ctx context.Context, e *logrus.Entry, args ...any) {
	e.WithFields(xrayFields(ctx)).Info(args...)
}

func LogrusEntryInfoln(ctx context.Context, e *logrus.Entry, args ...any) {
	e.WithFields(xrayFields(ctx)).Infoln(args...)
}

func LogrusEntryInfof(ctx context.Context, e *logrus.Entry, format string, args ...any) {
	e.WithFields(xrayFields(ctx)).Infof(format, args...)
}

// xrayFields returns the field that says which trace a line belongs to.
func xrayFields(ctx context.Context) logrus.Fields {
	if id := xrayTraceID(ctx); id != "" {
		return logrus.Fields{"trace_id": id}
	}
	return nil
}
