package enclosure

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Spec says what the enclosure looks like and what runs in it. It travels from the caller to the enclosure as a file.
type Spec struct {
	// Mounts are made in order before anything starts; they exist only inside.
	Mounts []Mount `json:"mounts"`
	// Programs are started in order.
	Programs []Program `json:"programs"`
}

// Mount shows a folder or file of the machine at another path inside the enclosure.
type Mount struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Program is one program of the enclosure.
type Program struct {
	// Name in messages.
	Name string `json:"name"`
	// Args with the program's path first.
	Args []string `json:"args"`
	// Log is the file, as seen from the machine, that takes the program's output.
	Log string `json:"log"`
	// Step is a program that must end with success before the next one starts. Without it the program must run
	// as long as the enclosure does, and its end ends the enclosure.
	Step bool `json:"step,omitempty"`
	// Socket, when set, is a unix socket inside the enclosure that must accept a connection before the next program starts.
	Socket string `json:"socket,omitempty"`
	// OwnNetwork gives the program, and all it starts, a network namespace that holds nothing but a loopback interface.
	OwnNetwork bool `json:"ownNetwork,omitempty"`
	// Link, when set, connects the own network with the machine's.
	Link *Link `json:"link,omitempty"`
}

// Link is a pair of interfaces, one on the machine and one in a network namespace. The kernel removes both when the namespace ends.
type Link struct {
	// Name of both interfaces.
	Name string `json:"name"`
	// Machine has the addresses, with prefix lengths, of the end on the machine. The first is the way out for the other end.
	Machine []string `json:"machine"`
	// Inside is the address of the other end.
	Inside string `json:"inside"`
	// Behind is the network that the machine reaches through the other end.
	Behind string `json:"behind"`
}

// Hides returns the mount that hides path inside the enclosure, if one does.
func (s *Spec) Hides(path string) (Mount, bool) {
	for _, mount := range s.Mounts {
		if rel, err := filepath.Rel(mount.To, path); err == nil && rel != ".." && !strings.HasPrefix(rel, "../") {
			return mount, true
		}
	}
	return Mount{}, false
}

// Write stores the spec in a file that Read reads.
func (s *Spec) Write(path string) error {
	content, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("enclosure spec: %w", err)
	}
	return os.WriteFile(path, content, 0o600)
}

// Read loads a spec that Write stored.
func Read(path string) (*Spec, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("enclosure spec: %w", err)
	}
	spec := &Spec{}
	if err := json.Unmarshal(content, spec); err != nil {
		return nil, fmt.Errorf("enclosure spec %s: %w", path, err)
	}
	return spec, nil
}
