package realnode

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"time"

	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/realnode/enclosure"
)

const (
	// podRange has the addresses of the pods.
	podRange = "10.244.0.0/16"
	// linkName is the interface of this machine that leads to the pods, machineAddress its address and insideAddress that of
	// the other end.
	linkName       = "flyball-node"
	machineAddress = "10.245.255.1"
	insideAddress  = "10.245.255.2"
	// prometheusPort is the port on machineAddress where pods reach Prometheus.
	prometheusPort = "9090"
)

// PrometheusURL is where the pods of a connected node reach the cluster's Prometheus.
const PrometheusURL = "http://" + machineAddress + ":" + prometheusPort

// link is how the pods' network and this machine's are connected; nil if they are not.
func (n *Node) link() *enclosure.Link {
	if !n.options.Connected {
		return nil
	}
	return &enclosure.Link{
		Name:    linkName,
		Machine: []string{machineAddress + "/30", cluster.ServiceAddress + "/32"},
		Inside:  insideAddress + "/30",
		Behind:  podRange,
	}
}

// startRelays makes the API server and Prometheus, which listen on loopback, answer the pods as well.
func (n *Node) startRelays() error {
	if !n.options.Connected {
		return nil
	}
	for from, to := range map[string]string{
		net.JoinHostPort(cluster.ServiceAddress, "443"):  n.options.Cluster.Config.Host,
		net.JoinHostPort(machineAddress, prometheusPort): n.options.Cluster.PrometheusURL,
	} {
		target, err := url.Parse(to)
		if err != nil {
			return err
		}
		listener, err := net.Listen("tcp", from)
		if err != nil {
			return fmt.Errorf("relay for pods: %w", err)
		}
		n.relays = append(n.relays, listener)
		go relay(listener, target.Host)
	}
	return nil
}

// relay passes connections on until the listener is closed.
func relay(listener net.Listener, to string) {
	for {
		from, err := listener.Accept()
		if err != nil {
			return
		}
		go pass(from, to)
	}
}

func pass(from net.Conn, to string) {
	defer func() { _ = from.Close() }()
	target, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer func() { _ = target.Close() }()
	done := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{from, target}, {target, from}} {
		go func() {
			_, _ = io.Copy(way[1], way[0])
			done <- struct{}{}
		}()
	}
	<-done
}

// awaitNoLink waits until the kernel has removed the interface, which it does some time after the end of the last process.
func awaitNoLink(ctx context.Context) error {
	for {
		if _, err := net.InterfaceByName(linkName); err != nil {
			return nil //nolint:nilerr // the interface is gone
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the interface %s is still there: %w", linkName, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
