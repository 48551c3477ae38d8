// Package dashboard is flyball dashboard: it opens the web page of the autoscaler in a browser, through a proxy on this machine that
// adds the credentials of the kubeconfig.
package dashboard
