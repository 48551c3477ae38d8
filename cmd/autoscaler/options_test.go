package main

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func optionsOf(t *testing.T, args ...string) *options {
	t.Helper()
	o := defaultOptions()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	o.addFlags(flags)
	if err := flags.Parse(append([]string{"--leader-elect-namespace=flyball", "--state-namespace=flyball"}, args...)); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestValidFlags(t *testing.T) {
	for _, args := range []string{
		"",
		"--prometheus-url=http://prometheus.monitoring:9090 --rules=rules.yaml",
		"--prometheus-config=prometheus.yaml --rules=rules.yaml",
		"--tolerance=0 --cpu-initialization-period=0s --initial-readiness-delay=0s --max-sample-age=0s",
		"--namespace=shop",
		"--tolerance=0.05 --downscale-stabilization=1h --status-period=0s",
	} {
		if err := optionsOf(t, strings.Fields(args)...).validate(); err != nil {
			t.Errorf("%s: %v", args, err)
		}
	}
}

func TestInvalidFlagsAreRejected(t *testing.T) {
	for _, test := range []struct{ flag, says string }{
		{"--tolerance=NaN", "--tolerance NaN: must be from 0 to 10"},
		{"--tolerance=Inf", "--tolerance +Inf: must be from 0 to 10"},
		{"--tolerance=-Inf", "--tolerance -Inf: must be"},
		{"--tolerance=-0.1", "--tolerance -0.1: must be"},
		{"--tolerance=10.5", "--tolerance 10.5: must be"},
		{"--cpu-initialization-period=-1s", "--cpu-initialization-period -1s: must be from 0s to 24h0m0s"},
		{"--cpu-initialization-period=25h", "--cpu-initialization-period 25h0m0s: must be"},
		{"--initial-readiness-delay=-5m", "--initial-readiness-delay -5m0s: must be"},
		{"--initial-readiness-delay=1000h", "--initial-readiness-delay 1000h0m0s: must be"},
		{"--max-sample-age=-1s", "--max-sample-age -1s: must be"},
		{"--max-sample-age=1000h", "--max-sample-age 1000h0m0s: must be"},
		{"--downscale-stabilization=61m", "--downscale-stabilization 1h1m0s: must be from 0s to 1h0m0s"},
		{"--period=0s", "--period 0s: must be from 1s to 10m"},
		{"--status-period=25h", "--status-period 25h0m0s: must be from 0s to 24h"},
		{"--without-corrections=Nothing", "--without-corrections"},
		{"--rules-configmap-selector=a=b --rules-configmap-namespace=*", "--rules a=b: rules need --prometheus-url or --prometheus-config"},
		{"--discovery-interval=1ms", "--discovery-interval 1ms: must be between 1s and 1h"},
		{"--rules=rules.yaml", "--rules rules.yaml: rules need --prometheus-url or --prometheus-config"},
		{"--prometheus-url=prometheus:9090", "--prometheus-url: the Prometheus URL"},
		{"--prometheus-url=http://me:s3cret@prometheus", "contains credentials"},
		{"--prometheus-url=http://a --prometheus-config=b", "leave one out"},
		{"--namespace=Shop", `--namespace "Shop": must be the name of a namespace`},
		{"--state-shards=0", "--state-shards 0: must be from 1 to 1024"},
		{"--state-interval=1ms", "--state-interval 1ms: must be"},
	} {
		err := optionsOf(t, strings.Fields(test.flag)...).validate()
		if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s gave the error %v, want %q", test.flag, err, test.says)
		}
	}
}

func TestAllInvalidFlagsAreNamed(t *testing.T) {
	err := optionsOf(t, "--tolerance=NaN", "--max-sample-age=-1s", "--period=1h", "--prometheus-url=ftp://x").validate()
	for _, flag := range []string{"--tolerance", "--max-sample-age", "--period", "--prometheus-url"} {
		if err == nil || !strings.Contains(err.Error(), flag) {
			t.Errorf("the refusal does not name %s: %v", flag, err)
		}
	}
}
