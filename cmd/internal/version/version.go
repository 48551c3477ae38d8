package version

import (
	"runtime/debug"
	"strings"

	"k8s.io/component-base/version"
)

// String returns the version that a release is stamped with. Another build has the version that Go derives from the commit, such as
// v0.0.0-20261130120000-aecceb676946, or "development" without one.
func String() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return of(version.Get().GitVersion, info.Main.Version)
}

func of(stamped, derived string) string {
	switch {
	case !strings.Contains(stamped, "$Format"): // the placeholder of a build that is not stamped
		return stamped
	case derived == "" || derived == "(devel)":
		return "development"
	default:
		return derived
	}
}
