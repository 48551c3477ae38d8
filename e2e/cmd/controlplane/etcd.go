package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/embed"
	genericapiserver "k8s.io/apiserver/pkg/server"
)

// newEtcdCommand runs one etcd member alone.
//
// It skips fsync: the data lives as long as the cluster does, and a disk's latency is not what the tests measure.
func newEtcdCommand() *cobra.Command {
	var dataDir, clientURL, peerURL string
	command := &cobra.Command{
		Use:          "etcd",
		Short:        "One etcd member on loopback",
		Args:         cobra.NoArgs,
		SilenceUsage: true,
		RunE: func(*cobra.Command, []string) error {
			config, err := etcdConfig(dataDir, clientURL, peerURL)
			if err != nil {
				return err
			}
			return runEtcd(config, genericapiserver.SetupSignalHandler())
		},
	}
	command.Flags().StringVar(&dataDir, "data-dir", "", "folder for the data")
	command.Flags().StringVar(&clientURL, "listen-client-url", "http://127.0.0.1:2379", "URL to serve clients on")
	command.Flags().StringVar(&peerURL, "listen-peer-url", "http://127.0.0.1:2380", "URL to serve peers on; etcd requires one, although it has no peers")
	_ = command.MarkFlagRequired("data-dir")
	return command
}

func etcdConfig(dataDir, clientURL, peerURL string) (*embed.Config, error) {
	client, err := url.Parse(clientURL)
	if err != nil {
		return nil, fmt.Errorf("--listen-client-url %q: %w", clientURL, err)
	}
	peer, err := url.Parse(peerURL)
	if err != nil {
		return nil, fmt.Errorf("--listen-peer-url %q: %w", peerURL, err)
	}
	config := embed.NewConfig()
	config.Name = "flyball"
	config.Dir = dataDir
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{*client}, []url.URL{*client}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{*peer}, []url.URL{*peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.UnsafeNoFsync = true
	config.LogLevel = "warn"
	config.LogOutputs = []string{"stderr"}
	config.QuotaBackendBytes = 8 << 30
	config.AutoCompactionMode = embed.CompactorModePeriodic
	config.AutoCompactionRetention = "5m"
	return config, config.Validate()
}

func runEtcd(config *embed.Config, stop <-chan struct{}) error {
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		return fmt.Errorf("starting etcd: %w", err)
	}
	defer etcd.Close()
	select {
	case <-stop:
		return nil
	case <-etcd.Server.StopNotify():
		return fmt.Errorf("etcd stopped by itself")
	case err := <-etcd.Err():
		return fmt.Errorf("etcd: %w", err)
	}
}
