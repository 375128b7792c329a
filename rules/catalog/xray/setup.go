package xray

import (
	"io"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/awsplugins/beanstalk"
	"github.com/aws/aws-xray-sdk-go/v2/awsplugins/ec2"
	"github.com/aws/aws-xray-sdk-go/v2/awsplugins/ecs"
	"github.com/aws/aws-xray-sdk-go/v2/strategy/ctxmissing"
	"github.com/aws/aws-xray-sdk-go/v2/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

// xraySetup sets up the SDK before main begins. A later xray.Configure wins over it.
//
//lint:ignore U1000 It is initialized for its effect.
var xraySetup = xrayConfigure(xraySetupVersion, xraySetupMissing, xraySetupSampling, xraySetupPlugins)

// xraySetupVersion is the version of the service that segments carry.
const xraySetupVersion = ""

// xraySetupMissing is what becomes of calls outside a segment: log or ignore.
const xraySetupMissing = ""

// xraySetupSampling are the sampling rules that hold instead of those kept in X-Ray.
const xraySetupSampling = ""

// xraySetupPlugins are the places whose metadata segments carry.
const xraySetupPlugins = ""

// xrayConfigure sets up the SDK. What goes wrong is logged and left at its default: no
// program fails to start for it.
func xrayConfigure(version, missing, rules, places string) error {
	config := xray.Config{ServiceVersion: version}
	switch missing {
	case "log":
		config.ContextMissingStrategy = ctxmissing.NewDefaultLogErrorStrategy()
	case "ignore":
		config.ContextMissingStrategy = ctxmissing.NewDefaultIgnoreErrorStrategy()
	}
	if rules != "" {
		s, err := sampling.NewLocalizedStrategyFromJSONBytes([]byte(rules))
		if err != nil {
			log.Print("X-Ray sampling rules: ", err)
		} else {
			config.SamplingStrategy = s
		}
	}
	for _, place := range strings.Fields(places) {
		switch place {
		case "ec2":
			if xrayOnInstance("http://169.254.169.254") {
				ec2.Init()
			}
		case "ecs":
			ecs.Init()
		case "beanstalk":
			beanstalk.Init()
		}
	}
	err := xray.Configure(config)
	if err != nil {
		log.Print("X-Ray set-up: ", err)
	}
	return err
}

// xrayOnInstance reports whether the metadata service of EC2 answers. The SDK asks it
// without a timeout: elsewhere, or in a container that its answers do not reach, the
// program would not start.
func xrayOnInstance(address string) bool {
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	req, err := http.NewRequest(http.MethodPut, address+"/latest/api/token", nil)
	if err != nil {
		return false
	}
	req.Header.Set("X-aws-ec2-metadata-token-ttl-seconds", "60")
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	return err == nil
}
