// download(path, 'rows.json'): an answer of the API as a file on the reader's disk. The token goes in a header, never in an address.
import { toast } from '../components/toast.js';
import { send } from './api.js';

export async function download(path, name, options) {
  try {
    const { body } = await send('GET', path, options);
    save(body instanceof Blob ? body : new Blob([typeof body === 'string' ? body : JSON.stringify(body)]), name);
  } catch (error) {
    toast(`Not downloaded: ${error.message}`, 'bad');
  }
}

// Puts bytes or text of the page itself onto the disk.
export function save(content, name) {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content]));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
