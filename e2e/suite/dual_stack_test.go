package suite

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"flyball.dev/flyball/e2e/install"
)

// TestDualStack lets both programs listen at their default address and query Prometheus at an address of IPv6. Both answer on IPv4 and
// IPv6, and an autoscaler scales.
func TestDualStack(t *testing.T) {
	s := exclusiveEnvironment(t).newStory(t)
	flags := []string{"--bind-address=0.0.0.0", "--prometheus-url=" + onIPv6(t, s.PrometheusURL)}
	s.restart(s.Flyball.Autoscaler, flags...)
	s.restart(s.Flyball.Adapter, flags...)
	t.Cleanup(func() {
		s.restart(s.Flyball.Autoscaler)
		s.restart(s.Flyball.Adapter)
	})
	for name, program := range map[string]*install.Program{"autoscaler": s.Flyball.Autoscaler, "adapter": s.Flyball.Adapter} {
		for _, host := range []string{"127.0.0.1", "[::1]"} {
			health := strings.Replace(program.URL, "127.0.0.1", host, 1) + "/healthz"
			s.eventually(name+" to answer at "+host, func() (bool, string) {
				code, body := s.requests(http.MethodGet, health, nil, nil, nil)
				return code == http.StatusOK, fmt.Sprint(code, " ", body)
			})
		}
	}
	s.deploy("web", 1)
	s.apply(query("10"))
	s.load("web", requests(27))
	s.scalesTo("web", 3)
	s.eventually("the usage of the pods from the adapter", func() (bool, string) {
		answer, err := s.Client.Discovery().RESTClient().Get().AbsPath("/apis/metrics.k8s.io/v1beta1/namespaces/" + s.namespace + "/pods").DoRaw(t.Context())
		return err == nil && strings.Contains(string(answer), `"usage"`), fmt.Sprint(string(answer), " ", err)
	})
}

// onIPv6 is another address of a server on this machine.
func onIPv6(t *testing.T, server string) string {
	t.Helper()
	target, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skipf("this machine has no IPv6: %v", err)
	}
	relay := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(target))
	relay.Listener = listener
	relay.Start()
	t.Cleanup(relay.Close)
	return relay.URL
}

func (s *story) restart(p *install.Program, flags ...string) {
	s.t.Helper()
	p.Stop(context.WithoutCancel(s.t.Context()))
	if err := p.Start(flags...); err != nil {
		s.t.Fatal(err)
	}
}
