// The table of pages: the one place where a page is added (see docs/how-to/add-a-page.md).
//
// path    below /ui; `:name` is a parameter, given to the page as `params.name`
// title   of the browser's tab and of the navigation
// group   heading in the navigation, of GROUPS; a page without one is reached from other pages only
// icon    of components/icon.js, for pages in the navigation
// module  loaded when the page is opened first; its default export is the component, called with {params, query}
// open    true for a page that can be seen without signing in

export const GROUPS = ['Now', 'Connect', 'Operate', 'Data', 'Administration'];

export const PAGES = [
  { path: '/overview', title: 'Overview', group: 'Now', icon: 'screen', module: () => import('./pages/overview.js') },
  { path: '/sources', title: 'Sources', group: 'Connect', icon: 'plug', module: () => import('./pages/sources.js') },
  { path: '/schemas', title: 'Schemas', group: 'Data', icon: 'schema', module: () => import('./pages/schemas.js') },
  { path: '/schemas/:id', title: 'Schema', module: () => import('./pages/schema.js') },
  { path: '/mapping-sets', title: 'Mappings', group: 'Data', icon: 'link', module: () => import('./pages/mapping_sets.js') },
  { path: '/mapping-sets/:id', title: 'Mapping', module: () => import('./pages/mapping_set.js') },
  { path: '/sources/:spec/add', title: 'Add data', module: () => import('./pages/add_data.js') },
  { path: '/accounts', title: 'Accounts', group: 'Connect', icon: 'key', module: () => import('./pages/accounts.js') },
  { path: '/accounts/new/:spec', title: 'New account', module: () => import('./pages/accounts/new.js') },
  { path: '/accounts/:id', title: 'Account', module: () => import('./pages/accounts/account.js') },
  { path: '/flows', title: 'Dataflows', group: 'Operate', icon: 'flow', module: () => import('./pages/flows.js') },
  { path: '/flows/:id', title: 'Dataflow', module: () => import('./pages/flow.js') },
  { path: '/runs', title: 'Runs', group: 'Operate', icon: 'clock', module: () => import('./pages/runs.js') },
  { path: '/runs/:id', title: 'Run', module: () => import('./pages/run.js') },
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
export const HOME = '/overview';

// Nothing leads to a page that is not there.
export const hasPage = (path) => PAGES.some((one) => one.path === path);
