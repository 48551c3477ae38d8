package cluster

import (
	"os"
	"path/filepath"
)

// frontProxyUser is the common name that the aggregation layer shows to an extension API server.
const frontProxyUser = "front-proxy-client"

// credentialFiles are the files that the components prove themselves and each other with.
type credentialFiles struct {
	apiServer, kubeletClient, frontProxy Pair
	frontProxyCA                         string
	serviceAccountKey                    string
	controllerManager, scheduler, kwok   string // kubeconfigs
}

func (c *Cluster) issueCredentials() (*credentialFiles, error) {
	dir := filepath.Join(c.Dir, "pki")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	var err error
	if c.Authority, err = newAuthority(dir, "ca"); err != nil {
		return nil, err
	}
	frontProxy, err := newAuthority(dir, "front-proxy-ca")
	if err != nil {
		return nil, err
	}
	files := &credentialFiles{frontProxyCA: frontProxy.CertFile, serviceAccountKey: filepath.Join(dir, "service-account.key")}
	if _, err := writeKey(files.serviceAccountKey); err != nil {
		return nil, err
	}
	if files.frontProxy, err = frontProxy.Issue(Subject{File: "front-proxy", User: frontProxyUser}); err != nil {
		return nil, err
	}
	files.apiServer, err = c.Authority.Issue(Subject{File: "kube-apiserver", User: "kube-apiserver", Hosts: []string{
		"127.0.0.1", ServiceAddress, "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
	}})
	if err != nil {
		return nil, err
	}
	files.kubeletClient, err = c.Authority.Issue(Subject{File: "kube-apiserver-kubelet", User: "kube-apiserver-kubelet", Groups: []string{"system:masters"}})
	if err != nil {
		return nil, err
	}
	return files, c.writeKubeconfigs(files)
}

func (c *Cluster) writeKubeconfigs(files *credentialFiles) error {
	c.Kubeconfig = filepath.Join(c.Dir, "kubeconfig")
	for _, client := range []struct {
		path    *string
		subject Subject
	}{
		{&c.Kubeconfig, Subject{File: "admin", User: "admin", Groups: []string{"system:masters"}}},
		{&files.controllerManager, Subject{File: "kube-controller-manager", User: "system:kube-controller-manager"}},
		{&files.scheduler, Subject{File: "kube-scheduler", User: "system:kube-scheduler"}},
		{&files.kwok, Subject{File: "kwok", User: "kwok", Groups: []string{"system:masters"}}},
	} {
		pair, err := c.Authority.Issue(client.subject)
		if err != nil {
			return err
		}
		if *client.path == "" {
			*client.path = filepath.Join(c.Dir, client.subject.File+".kubeconfig")
		}
		if err := c.WriteKubeconfig(*client.path, Credentials{Pair: pair}); err != nil {
			return err
		}
	}
	return nil
}
