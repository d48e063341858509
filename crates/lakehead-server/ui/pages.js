// The table of pages: the one place where a page is added (see docs/how-to/add-a-page.md).
//
// path    below /ui; `:name` is a parameter, given to the page as `params.name`
// title   of the browser's tab and of the navigation
// group   heading in the navigation, of GROUPS; a page without one is reached from other pages only
// icon    of components/icon.js, for pages in the navigation
// module  loaded when the page is opened first; its default export is the component, called with {params, query}
// open    true for a page that can be seen without signing in

export const GROUPS = ['Connect', 'Operate', 'Data', 'Administration'];

export const PAGES = [
  { path: '/sources', title: 'Sources', group: 'Connect', icon: 'plug', module: () => import('./pages/sources.js') },
  { path: '/datasets', title: 'Datasets', group: 'Data', icon: 'database', module: () => import('./pages/datasets.js') },
  { path: '/datasets/:id', title: 'Dataset', module: () => import('./pages/dataset.js') },
  { path: '/datasets/:id/batches/:batch', title: 'Batch', module: () => import('./pages/batch.js') },
  { path: '/admin/sandboxes', title: 'Sandboxes', group: 'Administration', icon: 'box', module: () => import('./pages/admin/sandboxes.js') },
  { path: '/admin/access', title: 'Access', group: 'Administration', icon: 'user', module: () => import('./pages/admin/access.js') },
  { path: '/admin/keys', title: 'Encryption keys', group: 'Administration', icon: 'key', module: () => import('./pages/admin/keys.js') },
  { path: '/admin/audit', title: 'Audit trail', group: 'Administration', icon: 'shield', module: () => import('./pages/admin/audit.js') },
  { path: '/admin/health', title: 'Health', group: 'Administration', icon: 'bell', module: () => import('./pages/admin/health.js') },
  { path: '/sign-in', title: 'Sign in', open: true, module: () => import('./pages/sign_in.js') },
  { path: '/components', title: 'Components', open: true, module: () => import('./pages/components.js') },
];

// Where `/ui/` leads.
export const HOME = '/sources';
