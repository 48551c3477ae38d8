package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"
)

// securePort of the autoscaler's pods, as the chart has it.
const securePort = "8443"

// autoscalerClient sends the credentials of a kubeconfig to the autoscaler. At the end of a forwarded port the API server vouches
// for the pod: its certificate is made in memory, and not verified.
func autoscalerClient(config *rest.Config, forwarded bool) (*http.Client, error) {
	if config.Impersonate.UserName != "" {
		return nil, errors.New("--as: the autoscaler does not impersonate users; leave it out")
	}
	own := rest.CopyConfig(config)
	own.Insecure = forwarded
	own.CAFile, own.CAData, own.ServerName = "", nil, "" // those of the API server
	if forwarded {
		own.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	}
	client, err := rest.HTTPClientFor(own)
	if err != nil {
		return nil, err
	}
	// The transport would send the credentials to wherever a redirect leads.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client, nil
}

// forwardPort forwards a free port of this machine to the secure port of a pod, until stop is called, and returns its address.
func forwardPort(ctx context.Context, config *rest.Config, namespace, pod string) (address string, stop func(), err error) {
	dialer, err := podDialer(config, namespace, pod)
	if err != nil {
		return "", nil, err
	}
	ctx, stop = context.WithCancel(ctx)
	ready, ended := make(chan struct{}), make(chan error, 1)
	forwarder, err := portforward.NewForStreaming(dialer, []string{"0:" + securePort}, ctx.Done(), ready, io.Discard, io.Discard)
	if err != nil {
		stop()
		return "", nil, err
	}
	go func() { ended <- forwarder.ForwardPorts() }()
	select {
	case err = <-ended:
		stop()
		return "", nil, err
	case <-ctx.Done(): // an API server that does not answer
		stop()
		return "", nil, ctx.Err()
	case <-ready:
	}
	ports, err := forwarder.GetPorts()
	if err != nil {
		stop()
		return "", nil, err
	}
	return net.JoinHostPort("localhost", fmt.Sprint(ports[0].Local)), stop, nil
}

// podDialer connects over a WebSocket, as kubectl does, or over SPDY to API servers that do not have it.
func podDialer(config *rest.Config, namespace, pod string) (httpstream.Dialer, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	target := client.CoreV1().RESTClient().Post().Resource("pods").Namespace(namespace).Name(pod).SubResource("portforward").URL()
	transport, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		return nil, err
	}
	webSocket, err := portforward.NewSPDYOverWebsocketDialerForStreaming(target, config)
	if err != nil {
		return nil, err
	}
	old := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport}, http.MethodPost, target)
	return portforward.NewFallbackDialerForStreaming(webSocket, old, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	}), nil
}
