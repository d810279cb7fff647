/** Where @grafana/ui finds its icons; has to be set before it is loaded, hence a module of its own. */
Object.assign(window, { __grafana_public_path__: '/assets/grafana/' });
