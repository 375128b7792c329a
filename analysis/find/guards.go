package find

import (
	"github.com/seed-4257438c/xray-instrument/rules"
)

// A guard is a precondition of an idiom that its pattern cannot express. It
// returns Traceable, or what the site is instead and why.
type guard func(*finder, *Site) (Status, string)

// guards are the preconditions that idioms name.
var guards = map[string]guard{
	"untraced-handler":   untracedHandler,
	"default-server":     defaultServer,
	"untraced-router":    untracedRouter,
	"made-handler":       madeHandler,
	"untraced-grpc":      unhooked(rules.GRPCServer),
	"unrecorded-grpc":    unrecordedGRPC,
	"untraced-client":    untracedClient,
	"untraced-transport": untracedTransport,
	"opaque-transport":   opaqueTransport,
	"untraced-library":   untracedLibrary,
	"given-client":       givenClient,
	"given-transport":    givenTransport,
	"opaque-proxy":       opaqueProxy,
	"untraced-connector": untracedConnector,
	"opaque-driver":      opaqueDriver,
	"untraced-aws":       untracedAWS,
	"fresh-options":      freshOptions,
	"mocked-interface":   mockedInterface,
	"own-context":        ownContext,
	"early-transport":    earlyTransport,
	"plain-log-handler":  plainLogHandler,
	"resty-context":      restyContext,
	"untraced-gorm":      unhooked(rules.SQLCall),
	"gorm-chain":         gormChain,
	"context-runner":     contextRunner,
	"untraced-pgx":       unhooked(rules.SQLOpen),
	"unhooked-redis":     unhooked(rules.Redis),
	"unmonitored-mongo":  unhooked(rules.Mongo),
	"unannounced":        unhooked(rules.Messaging),
	"uncaptured":         uncaptured,
	"takes-context":      takesContextArgs,
}

// OwnGuards are the guards that users may name for idioms of their own, each with the
// hole that it is about, "" for none. The others know the idioms that name them.
var OwnGuards = map[string]string{
	"untraced-handler":   "h",
	"untraced-client":    "c",
	"untraced-transport": "t",
	"opaque-transport":   "",
	"untraced-connector": "c",
	"opaque-driver":      "",
	"untraced-aws":       "",
}

// plainLogHandler: the handler does not add the trace's id yet.
func plainLogHandler(f *finder, s *Site) (Status, string) {
	if f.anyOrigin(s.Match.Holes["h"].Exprs[0], "xrayLog") {
		return Already, "its lines say their trace"
	}
	return Traceable, ""
}
