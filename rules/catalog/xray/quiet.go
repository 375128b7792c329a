package xray

import (
	"github.com/aws/aws-xray-sdk-go/v2/strategy/ctxmissing"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

// xrayQuiet keeps the SDK from logging an error for each statement and call of
// work that belongs to no request, at start-up or in the background. The
// environment variable AWS_XRAY_CONTEXT_MISSING and a later xray.Configure win
// over it.
//
//lint:ignore U1000 It is initialized for its effect.
var xrayQuiet = xray.Configure(xray.Config{ContextMissingStrategy: ctxmissing.NewDefaultIgnoreErrorStrategy()})
