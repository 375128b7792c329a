package behaviour

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"github.com/sirupsen/logrus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/aws/aws-xray-sdk-go/v2/xray"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

// line is a function that writes one line of text with two values.
type line func(ctx context.Context, w io.Writer)

// slogs, zaps and the others make the lines of one dialect.
func slogs(
	fresh func(slog.Handler) *slog.Logger,
	info func(context.Context, string, ...any),
	method func(context.Context, *slog.Logger, string, ...any),
) []line {
	logger := func(w io.Writer) *slog.Logger {
		return fresh(slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))
	}
	return []line{
		func(ctx context.Context, w io.Writer) {
			method(ctx, logger(w).With("a", 1).WithGroup("g"), "text", "b", 2)
		},
		func(ctx context.Context, w io.Writer) {
			method(ctx, fresh(logger(w).Handler()), "text, from a handler of a logger")
		},
		func(ctx context.Context, w io.Writer) {
			defer slog.SetDefault(slog.Default())
			defer log.SetOutput(log.Writer())
			defer log.SetFlags(log.Flags())
			slog.SetDefault(logger(w))
			info(ctx, "text", "b", 2)
		},
	}
}

func zaps(
	info func(context.Context, *zap.Logger, string, ...zap.Field),
	infow func(context.Context, *zap.SugaredLogger, string, ...any),
	infof func(context.Context, *zap.SugaredLogger, string, ...any),
	sugar func(context.Context, *zap.SugaredLogger, ...any),
) []line {
	logger := func(w io.Writer) *zap.Logger {
		c := zap.NewProductionEncoderConfig()
		c.TimeKey = ""
		return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(c), zapcore.AddSync(w), zap.DebugLevel), zap.AddCaller())
	}
	return []line{
		func(ctx context.Context, w io.Writer) { info(ctx, logger(w), "text", zap.Int("b", 2)) },
		func(ctx context.Context, w io.Writer) { infow(ctx, logger(w).Sugar(), "text", "b", 2) },
		func(ctx context.Context, w io.Writer) { infof(ctx, logger(w).Sugar(), "text %d", 2) },
		func(ctx context.Context, w io.Writer) { sugar(ctx, logger(w).Sugar(), "text", 2) },
	}
}

func zerologs(
	msg func(context.Context, *zerolog.Event, string),
	msgf func(context.Context, *zerolog.Event, string, ...any),
	send func(context.Context, *zerolog.Event),
) []line {
	return []line{
		func(ctx context.Context, w io.Writer) { l := zerolog.New(w); msg(ctx, l.Info().Int("b", 2), "text") },
		func(ctx context.Context, w io.Writer) { l := zerolog.New(w); msgf(ctx, l.Warn(), "text %d", 2) },
		func(ctx context.Context, w io.Writer) { l := zerolog.New(w); send(ctx, l.Error().Int("b", 2)) },
		func(ctx context.Context, w io.Writer) {
			l := zerolog.New(w).Level(zerolog.Disabled)
			msg(ctx, l.Info(), "no text")
		},
	}
}

func logruses(
	info, infoln func(context.Context, ...any), infof func(context.Context, string, ...any),
	logger, loggerln func(context.Context, *logrus.Logger, ...any), loggerf func(context.Context, *logrus.Logger, string, ...any),
	entry, entryln func(context.Context, *logrus.Entry, ...any), entryf func(context.Context, *logrus.Entry, string, ...any),
) []line {
	to := func(w io.Writer) *logrus.Logger {
		l := logrus.New()
		l.Out, l.Formatter = w, &logrus.TextFormatter{DisableTimestamp: true, DisableColors: true}
		return l
	}
	std := func(w io.Writer, write func()) {
		l := logrus.StandardLogger()
		defer func(out io.Writer, f logrus.Formatter) { l.Out, l.Formatter = out, f }(l.Out, l.Formatter)
		l.Out, l.Formatter = w, to(w).Formatter
		write()
	}
	return []line{
		func(ctx context.Context, w io.Writer) { std(w, func() { info(ctx, "text", 2) }) },
		func(ctx context.Context, w io.Writer) { std(w, func() { infoln(ctx, "text", 2) }) },
		func(ctx context.Context, w io.Writer) { std(w, func() { infof(ctx, "text %d", 2) }) },
		func(ctx context.Context, w io.Writer) { logger(ctx, to(w), "text", 2) },
		func(ctx context.Context, w io.Writer) { loggerln(ctx, to(w), "text", 2) },
		func(ctx context.Context, w io.Writer) { loggerf(ctx, to(w), "text %d", 2) },
		func(ctx context.Context, w io.Writer) { entry(ctx, to(w).WithField("a", 1), "text", 2) },
		func(ctx context.Context, w io.Writer) { entryln(ctx, to(w).WithField("a", 1), "text", 2) },
		func(ctx context.Context, w io.Writer) { entryf(ctx, to(w).WithField("a", 1), "text %d", 2) },
	}
}

// callers are the places that zap adds: the dialects' own files.
var callers = regexp.MustCompile(`"caller":"[^"]*",`)

// A line says which trace it belongs to, and is the same otherwise.
func TestLogs(t *testing.T) {
	for name, sides := range map[string][2][]line{
		"slog":    {slogs(plain.SlogNew, plain.SlogInfo, plain.SlogLoggerInfo), slogs(traced.SlogNew, traced.SlogInfo, traced.SlogLoggerInfo)},
		"zap":     {zaps(plain.ZapInfo, plain.ZapSugarInfow, plain.ZapSugarInfof, plain.ZapSugarInfo), zaps(traced.ZapInfo, traced.ZapSugarInfow, traced.ZapSugarInfof, traced.ZapSugarInfo)},
		"zerolog": {zerologs(plain.ZerologMsg, plain.ZerologMsgf, plain.ZerologSend), zerologs(traced.ZerologMsg, traced.ZerologMsgf, traced.ZerologSend)},
		"logrus": {
			logruses(plain.LogrusInfo, plain.LogrusInfoln, plain.LogrusInfof, plain.LogrusLoggerInfo, plain.LogrusLoggerInfoln, plain.LogrusLoggerInfof, plain.LogrusEntryInfo, plain.LogrusEntryInfoln, plain.LogrusEntryInfof),
			logruses(traced.LogrusInfo, traced.LogrusInfoln, traced.LogrusInfof, traced.LogrusLoggerInfo, traced.LogrusLoggerInfoln, traced.LogrusLoggerInfof, traced.LogrusEntryInfo, traced.LogrusEntryInfoln, traced.LogrusEntryInfof),
		},
	} {
		for i := range sides[0] {
			t.Run(fmt.Sprint(name, " ", i), func(t *testing.T) { testLine(t, sides[0][i], sides[1][i]) })
		}
	}
}

func testLine(t *testing.T, plain, traced line) {
	written := func(l line, ctx context.Context) string {
		var b bytes.Buffer
		l(ctx, &b)
		return callers.ReplaceAllString(b.String(), "")
	}
	want := written(plain, context.Background())
	if got := written(traced, context.Background()); got != want {
		t.Errorf("without a segment: %s, plain %s", got, want)
	}
	ctx, closed := segment(t)
	got := written(traced, ctx)
	id := closed().Trace
	if n := strings.Count(got, id); want != "" && n != 1 || want == "" && n != 0 {
		t.Errorf("the trace id stands %d times in %s", n, got)
	}
	if rest := strings.NewReplacer(`,"trace_id":"`+id+`"`, "", ` trace_id=`+id, "").Replace(got); rest != want {
		t.Errorf("got %s, plain %s", got, want)
	}
	lambda := context.WithValue(context.Background(), xray.LambdaTraceHeaderKey, "Root="+id+";Parent=53995c3f42cd8ad8;Sampled=1")
	if got := written(traced, lambda); want != "" && !strings.Contains(got, id) {
		t.Errorf("in AWS Lambda: %s", got)
	}
}

// The handler that slog begins with is not wrapped: as the default one it would
// wait for itself.
func TestSlogBegins(t *testing.T) {
	defer log.SetFlags(log.Flags())
	defer log.SetOutput(log.Writer())
	log.SetFlags(0)
	var b bytes.Buffer
	log.SetOutput(&b)
	for _, fresh := range []func(slog.Handler) *slog.Logger{plain.SlogNew, traced.SlogNew} {
		slog.SetDefault(fresh(slog.Default().Handler()))
		slog.Info("text")
	}
	if got := b.String(); got != "INFO text\nINFO text\n" {
		t.Errorf("got %q", got)
	}
}
