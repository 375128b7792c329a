package gomod

import (
	"go/version"

	"golang.org/x/mod/semver"
)

// The module paths of the X-Ray SDK.
const (
	V1 = "github.com/aws/aws-xray-sdk-go" // the last one that knows AWS SDK for Go v1
	V2 = V1 + "/v2"
)

// SDK is a version of the X-Ray SDK: its module path and its version.
type SDK struct{ Path, Version string }

// release is a version of the SDK with the go line its module has.
type release struct{ version, goLine string }

// releases lists the versions to choose from, the newest first. Of versions with the same
// go line those are left out that no program needs: v1.8.2 is the last one that does not
// raise gRPC, and by way of it OpenTelemetry, to versions with which older programs no
// longer load.
var releases = map[string][]release{
	V1: {{"v1.8.5", "1.19"}, {"v1.8.2", "1.19"}},
	V2: {{"v2.0.3", "1.25.0"}, {"v2.0.1", "1.24.0"}, {"v2.0.0", "1.19"}},
}

// Fallback returns the SDK to try where one does not go together with the modules of a
// program, the last that requires little, and whether that is another.
func Fallback(sdk SDK) (SDK, bool) {
	least := SDK{V1, releases[V1][len(releases[V1])-1].version}
	return least, sdk.Path != V1 || semver.Compare(least.Version, sdk.Version) < 0
}

// Facts is what the choice of the SDK depends on. [Read] finds what go.mod says of it.
type Facts struct {
	GoVersion string            // of the module's go line; "": there is none
	UsesAWSv1 bool              // the program calls AWS SDK for Go v1
	Direct    map[string]string // versions of the modules that go.mod requires directly
	Linked    map[string]string // versions of the modules whose packages the program imports, directly or not
}

// Choose returns the SDK for a module.
//
// An SDK that the module requires is kept, in its version; so is one that a dependency
// links into the program, because both majors in one binary register the same
// drivers and panic. Otherwise it is V1 where the program uses AWS SDK for Go v1, and
// else V2 in the newest version whose go line the module's go line allows.
func Choose(f Facts) SDK {
	for _, known := range []map[string]string{f.Direct, f.Linked} {
		if sdk, ok := f.prefer(known); ok {
			return sdk
		}
	}
	path := V2
	if f.UsesAWSv1 {
		path = V1
	}
	return candidates(path, f.GoVersion)[0]
}

// prefer picks one of the SDKs a module has already; of both, that which is linked, and
// then that which knows the AWS SDK in use.
func (f Facts) prefer(known map[string]string) (SDK, bool) {
	v1, v2 := known[V1], known[V2]
	switch {
	case v1 == "" && v2 == "":
		return SDK{}, false
	case v1 == "":
		return SDK{V2, v2}, true
	case v2 == "":
		return SDK{V1, v1}, true
	}
	onlyV1 := f.Linked[V1] != "" && f.Linked[V2] == ""
	onlyV2 := f.Linked[V2] != "" && f.Linked[V1] == ""
	if onlyV1 || f.UsesAWSv1 && !onlyV2 {
		return SDK{V1, v1}, true
	}
	return SDK{V2, v2}, true
}

// candidates lists the versions of an SDK that a go line allows, the newest first. A go line
// older than all of them allows the last go line: before Go 1.21 go lines of dependencies bind nobody.
func candidates(path, goVersion string) []SDK {
	list := releases[path]
	for i, r := range list {
		if r.goLine == list[len(list)-1].goLine || allows(goVersion, r.goLine) {
			return sdks(path, list[i:])
		}
	}
	return nil
}

// olderThan lists the versions to try when a chosen one can't be had.
func olderThan(sdk SDK) []SDK {
	for i, r := range releases[sdk.Path] {
		if semver.Compare(r.version, sdk.Version) < 0 {
			return sdks(sdk.Path, releases[sdk.Path][i:])
		}
	}
	return nil
}

func sdks(path string, list []release) []SDK {
	var out []SDK
	for _, r := range list {
		out = append(out, SDK{path, r.version})
	}
	return out
}

// allows compares go lines; note that 1.25, the language, is less than 1.25.0, the release.
func allows(module, dependency string) bool {
	return module != "" && version.Compare("go"+module, "go"+dependency) >= 0
}
