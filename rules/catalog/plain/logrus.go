package plain

import (
	"context"

	"github.com/sirupsen/logrus"
)

//idiom:library github.com/sirupsen/logrus
//idiom:traces a line written where a context is in reach -> field trace_id, where a segment is open
//idiom:untraced Log and its kind, which are given their level; the interfaces of loggers

// LogrusInfo finds Info and its kind of package logrus. The line gets the field
// trace_id where a segment is open.
//
//idiom:kind log
//idiom:also Trace Debug Print Warn Warning Error Fatal Panic
func LogrusInfo(ctx context.Context, args ...any) {
	logrus.Info(args...)
}

// LogrusInfoln finds Infoln and its kind of package logrus and
// promises what LogrusInfo does.
//
//idiom:kind log
//idiom:also Traceln Debugln Println Warnln Warningln Errorln Fatalln Panicln
func LogrusInfoln(ctx context.Context, args ...any) {
	logrus.Infoln(args...)
}

// LogrusInfof finds Infof and its kind of package logrus and
// promises what LogrusInfo does.
//
//idiom:kind log
//idiom:also Tracef Debugf Printf Warnf Warningf Errorf Fatalf Panicf
func LogrusInfof(ctx context.Context, format string, args ...any) {
	logrus.Infof(format, args...)
}

// LogrusLoggerInfo finds Info and its kind of a logger and
// promises what LogrusInfo does.
//
//idiom:kind log
//idiom:also Trace Debug Print Warn Warning Error Fatal Panic
func LogrusLoggerInfo(ctx context.Context, l *logrus.Logger, args ...any) {
	l.Info(args...)
}

// LogrusLoggerInfoln finds Infoln and its kind of a logger and
// promises what LogrusInfo does.
//
//idiom:kind log
//idiom:also Traceln Debugln Println Warnln Warningln Errorln Fatalln Panicln
func LogrusLoggerInfoln(ctx context.Context, l *logrus.Logger, args ...any) {
	l.Infoln(args...)
}

// LogrusLoggerInfof finds Infof and its kind of a logger and
// promises what LogrusInfo does.
//
//idiom:kind log
//idiom:also Tracef Debugf Printf Warnf Warningf Errorf Fatalf Panicf
func LogrusLoggerInfof(ctx context.Context, l *logrus.Logger, format string, args ...any) {
	l.Infof(format, args...)
}

// LogrusEntryInfo finds Info and its kind of an entry and
// promises what LogrusInfo does.
//
//idiom:kind log
//idiom:also Trace Debug Print Warn Warning Error Fatal Panic
func LogrusEntryInfo(ctx context.Context, e *logrus.Entry, args ...any) {
	e.Info(args...)
}

// LogrusEntryInfoln finds Infoln and its kind of an entry and
// promises what LogrusInfo does.
//
//idiom:kind log
//idiom:also Traceln Debugln Println Warnln Warningln Errorln Fatalln Panicln
func LogrusEntryInfoln(ctx context.Context, e *logrus.Entry, args ...any) {
	e.Infoln(args...)
}

// LogrusEntryInfof finds Infof and its kind of an entry and
// promises what LogrusInfo does.
//
//idiom:kind log
//idiom:also Tracef Debugf Printf Warnf Warningf Errorf Fatalf Panicf
func LogrusEntryInfof(ctx context.Context, e *logrus.Entry, format string, args ...any) {
	e.Infof(format, args...)
}
