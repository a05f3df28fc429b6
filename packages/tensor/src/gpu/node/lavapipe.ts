import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/** The driver file of Mesa's lavapipe, if one is installed. */
export function findLavapipe(): string | null {
  for (const folder of FOLDERS) {
    if (!existsSync(folder)) continue;
    const file = readdirSync(folder).find((name) => name.startsWith('lvp_icd'));
    if (file) return join(folder, file);
  }
  return null;
}
