package enclosure

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// connect makes the link of a network namespace that the calling thread has entered. machine sends to the machine's network.
func connect(machine *netlink.Handle, link *Link) error {
	if err := makePair(machine, link); err != nil {
		return err
	}
	outer, err := up(machine, link.Name, link.Machine)
	if err != nil {
		return err
	}
	own, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer own.Close()
	inner, err := up(own, link.Name, []string{link.Inside})
	if err != nil {
		return err
	}
	inside, _, err := net.ParseCIDR(link.Inside)
	if err != nil {
		return err
	}
	gateway, _, err := net.ParseCIDR(link.Machine[0])
	if err != nil {
		return err
	}
	_, behind, err := net.ParseCIDR(link.Behind)
	if err != nil {
		return err
	}
	return errors.Join(
		machine.RouteAdd(&netlink.Route{LinkIndex: outer.Attrs().Index, Dst: behind, Gw: inside}),
		own.RouteAdd(&netlink.Route{LinkIndex: inner.Attrs().Index, Gw: gateway}),
		// Of the calling thread's network, and not of the machine's.
		os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644),
	)
}

// makePair makes an interface on the machine and its other end, of the same name, in the network of the calling thread.
func makePair(machine *netlink.Handle, link *Link) error {
	inside, err := netns.Get()
	if err != nil {
		return err
	}
	defer func() { _ = inside.Close() }()
	attributes := netlink.NewLinkAttrs()
	attributes.Name = link.Name
	pair := &netlink.Veth{LinkAttrs: attributes, PeerName: link.Name, PeerNamespace: netlink.NsFd(inside)}
	if err := machine.LinkAdd(pair); err != nil {
		return fmt.Errorf("interface %s: %w", link.Name, err)
	}
	return nil
}

// up gives an interface its addresses and brings it up.
func up(network *netlink.Handle, name string, addresses []string) (netlink.Link, error) {
	link, err := network.LinkByName(name)
	if err != nil {
		return nil, fmt.Errorf("interface %s: %w", name, err)
	}
	for _, address := range addresses {
		parsed, err := netlink.ParseAddr(address)
		if err != nil {
			return nil, err
		}
		if err := network.AddrAdd(link, parsed); err != nil {
			return nil, fmt.Errorf("address %s of %s: %w", address, name, err)
		}
	}
	return link, network.LinkSetUp(link)
}
