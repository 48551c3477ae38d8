package cluster

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
)

// Ports come from below the range that the kernel gives to outgoing connections: a client could take a port of that range
// before its server binds it. Each process has a part of the range, so that two test programs that start clusters at the
// same time rarely pick the same port.
const (
	firstPort = 20000
	parts     = 24
	partSize  = 500
)

// picked are the ports that this process has picked. It never picks one again, because its server may not listen yet.
var picked struct {
	sync.Mutex
	ports map[int]bool
}

// FreePort returns a TCP port on loopback that no process listens on.
func FreePort() (int, error) {
	picked.Lock()
	defer picked.Unlock()
	for range 2000 {
		port := firstPort + os.Getpid()%parts*partSize + rand.IntN(partSize)
		if picked.ports[port] {
			continue
		}
		listener, err := net.Listen("tcp", loopback(port))
		if err != nil {
			continue
		}
		if picked.ports == nil {
			picked.ports = map[int]bool{}
		}
		picked.ports[port] = true
		return port, listener.Close()
	}
	return 0, errors.New("found no free TCP port on 127.0.0.1 in 2000 tries")
}

// freePorts returns n free ports.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		var err error
		if ports[i], err = FreePort(); err != nil {
			return nil, err
		}
	}
	return ports, nil
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// onLoopback rejects an address, host:port, that may lead off this machine.
func onLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("address %q: %w", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("address %q is not on loopback: simulated pods have invented addresses, which no program may call", address)
	}
	return nil
}
