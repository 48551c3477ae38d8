package cluster

import (
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	api "k8s.io/client-go/tools/clientcmd/api"
)

// Credentials are what a client shows the API server: a certificate or a bearer token.
type Credentials struct {
	Pair  Pair
	Token string
}

// WriteKubeconfig writes a kubeconfig with these credentials to path.
func (c *Cluster) WriteKubeconfig(path string, credentials Credentials) error {
	return clientcmd.WriteToFile(*kubeconfig(c.apiServerURL, c.Authority.CertFile, credentials), path)
}

func kubeconfig(server, caFile string, credentials Credentials) *api.Config {
	const name = "flyball"
	config := api.NewConfig()
	config.Clusters[name] = &api.Cluster{Server: server, CertificateAuthority: caFile}
	config.AuthInfos[name] = &api.AuthInfo{
		ClientCertificate: credentials.Pair.CertFile,
		ClientKey:         credentials.Pair.KeyFile,
		Token:             credentials.Token,
	}
	config.Contexts[name] = &api.Context{Cluster: name, AuthInfo: name, Namespace: "default"}
	config.CurrentContext = name
	return config
}

// adminConfig is the client configuration of a test or a person: it may do anything, and is not slowed down.
func adminConfig(path string) (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 500, 1000
	config.UserAgent = "flyball-e2e"
	return config, nil
}
