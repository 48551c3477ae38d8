package realnode

import (
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"text/template"

	"flyball.dev/flyball/e2e/cluster"
)

//go:embed config
var configs embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{"quote": strconv.Quote}).ParseFS(configs, "config/*"))

// PauseImage is the name of the image that holds a pod's namespaces, BurnerImage that of the sample application.
const (
	PauseImage  = "flyball.dev/pause:e2e"
	BurnerImage = "flyball.dev/burner:e2e"
)

// files are the paths of what the daemons read.
type files struct {
	containerd, networks, kubelet, kubeconfig, enclosure string
	images                                               []string
	scraper                                              cluster.Pair
}

// write makes the node's folder with all that the daemons read in it.
func (n *Node) write() error {
	for _, dir := range []string{"networks", "images", "run", "var-lib", "var-log"} {
		if err := os.MkdirAll(filepath.Join(n.dir, dir), 0o755); err != nil {
			return err
		}
	}
	n.files = files{
		containerd: filepath.Join(n.dir, "containerd.toml"),
		networks:   filepath.Join(n.dir, "networks"),
		kubelet:    filepath.Join(n.dir, "kubelet.yaml"),
		kubeconfig: filepath.Join(n.dir, "kubelet.kubeconfig"),
		enclosure:  filepath.Join(n.dir, "enclosure.json"),
	}
	for _, write := range []func() error{n.writeImages, n.writeContainerd, n.writeKubelet, n.writeEnclosure} {
		if err := write(); err != nil {
			return err
		}
	}
	var err error
	n.files.scraper, err = n.options.Cluster.Authority.Issue(cluster.Subject{File: scraper, User: scraper})
	return err
}

func (n *Node) writeImages() error {
	n.files.images = append(n.files.images, n.options.Archives...)
	images := append([]Image{
		{Name: PauseImage, Binary: filepath.Join(n.options.Binaries, "pause")},
		{Name: BurnerImage, Binary: filepath.Join(n.options.Binaries, "burner")},
	}, n.options.Images...)
	for i, image := range images {
		path := filepath.Join(n.dir, "images", strconv.Itoa(i)+".tar")
		archive, err := os.Create(path)
		if err != nil {
			return err
		}
		if err := image.Write(archive); err != nil {
			_ = archive.Close()
			return err
		}
		if err := archive.Close(); err != nil {
			return err
		}
		n.files.images = append(n.files.images, path)
	}
	return nil
}

func (n *Node) writeContainerd() error {
	runc, err := exec.LookPath("runc")
	if err != nil {
		return err
	}
	plugins, err := cniFolder()
	if err != nil {
		return err
	}
	if err := render(filepath.Join(n.files.networks, "10-flyball.conflist"), "network.conflist", map[string]any{"Connected": n.options.Connected, "Pods": podRange}); err != nil {
		return err
	}
	return render(n.files.containerd, "containerd.toml", map[string]any{
		"PauseImage": PauseImage, "Runc": runc, "CNIFolder": plugins, "NetworkFolder": n.files.networks,
	})
}

func (n *Node) writeKubelet() error {
	authority := n.options.Cluster.Authority
	identity, err := authority.Issue(cluster.Subject{File: "node-" + n.Name, User: "system:node:" + n.Name, Groups: []string{"system:nodes"}})
	if err != nil {
		return err
	}
	serving, err := authority.Issue(cluster.Subject{File: "node-" + n.Name + "-serving", User: n.Name, Hosts: []string{"127.0.0.1"}})
	if err != nil {
		return err
	}
	if err := n.options.Cluster.WriteKubeconfig(n.files.kubeconfig, cluster.Credentials{Pair: identity}); err != nil {
		return err
	}
	return render(n.files.kubelet, "kubelet.yaml", map[string]any{
		"Port": n.Port, "Serving": serving, "ClientCA": authority.CertFile, "CgroupRoot": "/" + groupName(),
	})
}

// render fills in one of the embedded files.
func render(path, name string, values any) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := templates.ExecuteTemplate(file, name, values); err != nil {
		_ = file.Close()
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return file.Close()
}
