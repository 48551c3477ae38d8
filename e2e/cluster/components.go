package cluster

import (
	"path/filepath"
	"strconv"
	"time"

	"flyball.dev/flyball/e2e/process"
)

// serviceRange is the range of the Services' virtual addresses. Nothing routes them.
const serviceRange = "10.96.0.0/16"

// ServiceAddress is the address of the Service kubernetes, the first of the range.
const ServiceAddress = "10.96.0.1"

// A client of the control plane may ask this often; upstream's 20 a second make a thousand pods slow.
const (
	clientQPS   = "1000"
	clientBurst = "2000"
)

// The data of a cluster dies with it, so its programs get little time to end cleanly.
const grace = 2 * time.Second

func (c *Cluster) etcd() process.Spec {
	return c.controlPlane("etcd",
		"--data-dir="+filepath.Join(c.Dir, "etcd"),
		"--listen-client-url="+c.etcdURL,
		"--listen-peer-url=http://"+loopback(c.ports.etcdPeer))
}

func (c *Cluster) apiServer(files *credentialFiles) process.Spec {
	args := []string{
		"--etcd-servers=" + c.etcdURL,
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		"--secure-port=" + strconv.Itoa(c.ports.apiServer),
		// The endpoints of the Service "kubernetes" may not be on loopback, and nothing on this cluster needs them.
		"--endpoint-reconciler-type=none",
		"--service-cluster-ip-range=" + serviceRange,
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--allow-privileged=true",
		"--client-ca-file=" + c.Authority.CertFile,
		"--tls-cert-file=" + files.apiServer.CertFile,
		"--tls-private-key-file=" + files.apiServer.KeyFile,
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + files.serviceAccountKey,
		"--service-account-signing-key-file=" + files.serviceAccountKey,
		"--kubelet-certificate-authority=" + c.Authority.CertFile,
		"--kubelet-client-certificate=" + files.kubeletClient.CertFile,
		"--kubelet-client-key=" + files.kubeletClient.KeyFile,
		"--requestheader-client-ca-file=" + files.frontProxyCA,
		"--requestheader-allowed-names=" + frontProxyUser,
		"--requestheader-username-headers=X-Remote-User",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + files.frontProxy.CertFile,
		"--proxy-client-key-file=" + files.frontProxy.KeyFile,
		"--max-requests-inflight=2000",
		"--max-mutating-requests-inflight=1000",
		"--shutdown-send-retry-after=false",
	}
	return c.controlPlane("kube-apiserver", append(args, c.options.APIServerArgs...)...)
}

func (c *Cluster) controllerManager(files *credentialFiles) process.Spec {
	args := []string{
		"--kubeconfig=" + files.controllerManager,
		"--authentication-kubeconfig=" + files.controllerManager,
		"--authorization-kubeconfig=" + files.controllerManager,
		"--bind-address=127.0.0.1",
		"--secure-port=" + strconv.Itoa(c.ports.controllerManager),
		"--service-account-private-key-file=" + files.serviceAccountKey,
		"--root-ca-file=" + c.Authority.CertFile,
		"--use-service-account-credentials=true",
		"--leader-elect=false",
		"--kube-api-qps=" + clientQPS,
		"--kube-api-burst=" + clientBurst,
		"--concurrent-horizontal-pod-autoscaler-syncs=5",
	}
	if c.options.HPASyncPeriod > 0 {
		args = append(args, "--horizontal-pod-autoscaler-sync-period="+c.options.HPASyncPeriod.String())
	}
	return c.controlPlane("kube-controller-manager", append(args, c.options.ControllerManagerArgs...)...)
}

func (c *Cluster) scheduler(configFile string) process.Spec {
	return c.controlPlane("kube-scheduler",
		"--config="+configFile,
		"--bind-address=127.0.0.1",
		"--secure-port="+strconv.Itoa(c.ports.scheduler))
}

func (c *Cluster) controlPlane(component string, args ...string) process.Spec {
	return process.Spec{
		Name: component, Path: c.Binary("controlplane"), Args: append([]string{component}, args...),
		Dir: c.Dir, Grace: grace, Env: c.options.ControlPlaneEnv,
	}
}

func (c *Cluster) kwok(files *credentialFiles, configFile string) process.Spec {
	return process.Spec{
		Name: "kwok", Path: c.Binary("kwok"), Dir: c.Dir, Grace: grace,
		// A configuration in the home folder of the person who runs this is none of the cluster's.
		Env: []string{"HOME=" + c.Dir, "KWOK_WORKDIR=" + filepath.Join(c.Dir, "kwok")},
		Args: []string{
			"--kubeconfig=" + files.kwok,
			"--config=" + configFile,
			// By annotation, so that a real node can stand beside the simulated ones.
			"--manage-nodes-with-annotation-selector=" + simulatedNode,
			"--cidr=" + podRange,
			"--node-ip=127.0.0.1",
			"--node-lease-duration-seconds=40",
		},
	}
}
