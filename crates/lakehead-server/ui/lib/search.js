// containing('title', text): the `property` of a list of the registry or the Catalog that finds what has this text, whatever the
// case of its letters; nothing where there is no text.
export const containing = (member, text) => (text.trim() ? `${member}~(?i)${text.trim().replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}` : '');
